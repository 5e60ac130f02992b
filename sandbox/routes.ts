// Determines the operation of a method and path; knows only the four read operations.
import { Refused } from './answers.js';

export type Operation = 'GetModel' | 'GetModelVersion' | 'ListModels' | 'ListModelVersions';

export interface Route {
  readonly operation: Operation;
  /** '' for ListModels. */
  readonly modelId: string;
  /** '' unless the operation names a version. */
  readonly versionName: string;
}

const PATH = /^\/api\/v1\/models(?:\/([^/]+)(?:\/(versions)(?:\/([^/]+))?)?)?$/;

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Refused(400, 'InvalidParameter', 'The path is not percent-encoded UTF-8.');
  }
}

function operationOf(parts: readonly (string | undefined)[]): Operation {
  const [modelId, versions, versionName] = parts;
  if (modelId === undefined) return 'ListModels';
  if (versions === undefined) return 'GetModel';
  return versionName === undefined ? 'ListModelVersions' : 'GetModelVersion';
}

export function findRoute(method: string, path: string): Route {
  const match = PATH.exec(path);
  if (!match) throw new Refused(404, 'InvalidAction.NotFound', 'No operation has this path.');
  if (method !== 'GET') {
    throw new Refused(403, 'UnsupportedHTTPMethod', 'The sandbox registry can only be read.');
  }
  const [, modelId, versions, versionName] = match;
  return {
    operation: operationOf([modelId, versions, versionName]),
    modelId: decodeSegment(modelId ?? ''),
    versionName: decodeSegment(versionName ?? ''),
  };
}

/** The route for the log and the faults, which also need the requests that are refused. */
export function routeOrUndefined(method: string | undefined, path: string): Route | undefined {
  try {
    return findRoute(method ?? '', path);
  } catch {
    return undefined;
  }
}
