// The scope of each caller: callers of one scope get the same answers from the cache.
import { createScope, type Scope, type ScopeParts } from '../cache/scope.js';
import type { CredentialSource } from '../domain/credentials.js';
import { credentialIdentity } from '../pai/identity.js';
import type { ScopeRequest } from './catalog.js';

/** `place`: the deployment and its PAI. `service`: the keys of the service. */
export function createScopes(
  place: Omit<ScopeParts, 'identity' | 'view'>,
  service: CredentialSource,
): (request: ScopeRequest) => Promise<Scope> {
  return async ({ caller: { own, view }, requestId }) => {
    // The keys come first, so that a refusal of STS does not count as a failed attempt at PAI.
    const keys = await (own?.credentials ?? service).get(requestId);
    // A caller's keys are not part of it: they change every hour, and the view identifies the caller.
    const identity = own === null ? credentialIdentity(keys) : 'own';
    return createScope({ ...place, identity, view });
  };
}
