// STS as a service: makes one question of the parameters of query and form; decides nothing about it.

import type { Service } from '../question.js';
import type { Query } from '../registry/parameters.js';
import { decodeQuery, type ReceivedRequest } from '../signature/canonical.js';
import { ASSUME_ROLE, assumeRole, grantOf, type Sts } from './assume-role.js';

const FORM = 'application/x-www-form-urlencoded';

/** RPC style: every operation has the same path, which no operation of the registry has. */
export function isStsRequest(method: string | undefined, path: string): boolean {
  return method === 'POST' && path === '/';
}

/** The parameters of the query and, when the body is a form, of the form. Throws Refused. */
export function parametersOf({ query, headers, body }: ReceivedRequest): Query {
  const isForm = headers['content-type']?.split(';')[0]?.trim().toLowerCase() === FORM;
  const form = isForm ? Buffer.from(body).toString('utf8') : '';
  return Object.fromEntries([...decodeQuery(query), ...decodeQuery(form)]);
}

export function createStsService(sts: Sts): Service {
  return {
    product: 'Sts',
    question: (request) => ({
      operation: ASSUME_ROLE,
      modelId: '',
      admit() {
        const grant = grantOf(parametersOf(request), sts);
        const body = () => assumeRole(grant, sts);
        return { body, otherBody: body };
      },
    }),
  };
}
