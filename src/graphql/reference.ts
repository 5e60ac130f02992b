// References of a gateway: their keys, whether a query selects anything beyond the keys, and the entities to echo.
import type { FieldNode, GraphQLResolveInfo } from 'graphql';
import { AppError } from '../domain/errors.js';
import type { SourcedModel, SourcedModelVersion } from '../domain/model.js';
import { decodeModel } from '../pai/decode/model.js';
import { decodeVersion } from '../pai/decode/version.js';
import { selectedFields } from './selection.js';

/** The reference as the gateway sent it: it is certain only that it is an object. */
export type Representation = Readonly<Record<string, unknown>>;

export function keyText(reference: Representation, key: string): string {
  const value = reference[key];
  if (typeof value !== 'string') throw malformedKey(key);
  return value;
}

export function malformedKey(key: string): AppError {
  return new AppError('BAD_USER_INPUT', `${key}: the reference has no such key in its form.`);
}

/** true: the reference is echoed, unverified and without a call. */
export function selectsOnly(
  keyFields: readonly string[],
  info: GraphQLResolveInfo,
  typeName: string,
): boolean {
  const isEcho = () =>
    [...selectedFields(info, typeName)].every((field) => keyFields.includes(field));
  const known = answers.get(info.fieldNodes) ?? new Map<string, boolean>();
  const answer = known.get(typeName) ?? isEcho();
  answers.set(info.fieldNodes, known.set(typeName, answer));
  return answer;
}

/**
 * Answers by the nodes of a field that remain after @skip and @include, and by type: a thousand references do not search
 * the same selection a thousand times.
 */
const answers = new WeakMap<readonly FieldNode[], Map<string, boolean>>();

const meta = { requestId: null, fetchedAt: null, fetchedMoment: null, source: null, region: null };
const ignoreDrift = () => {};

/** A model of which only the key is known; PAI was not asked whether it exists. */
export function modelStub(id: string): SourcedModel {
  return { ...decodeModel({}, id, ignoreDrift), meta };
}

export function versionStub(modelId: string, versionName: string): SourcedModelVersion | null {
  const version = decodeVersion({ VersionName: versionName }, modelId, '', ignoreDrift);
  return version && { ...version, meta };
}
