// Decides whether one answer is right: the registry of its key at its time, or a typed error. It makes no calls.
import { ERRORS } from '../../../src/domain/errors.js';
import type { Ask, Operation } from './script.js';
import { idOf, MODEL_COUNT, type Truth } from './truth.js';

export const WINDOWS = { ttlMs: 1000, revalidateMs: 1000, staleMs: 2000, missingMs: 1000 };
export const ATTEMPT_TIMEOUT_MS = 500;
/** Between the moment that the sandbox took its answer from and the moment that its end was noted here. */
const ON_THE_WAY_MS = ATTEMPT_TIMEOUT_MS + 300;

const META = 'meta { source ageSeconds fetchedAt }';

export const QUERIES: Readonly<Record<Ask['kind'], string>> = {
  model: `query ($id: ID!) { model(id: $id) { id name ${META} } }`,
  models: `query ($ids: [ID!]!) { modelsByIds(ids: $ids) { id name ${META} } }`,
  version: `query ($id: ID!, $version: String!) { modelVersion(modelId: $id, versionName: $version) { modelId versionName description ${META} } }`,
  list: `query ($first: Int!) { models(first: $first) { nodes { id name ${META} } } }`,
  versions: `query ($id: ID!) { model(id: $id) { id name ${META} versions { nodes { modelId versionName description ${META} } } } }`,
};

export function variablesOf(ask: Ask): Record<string, unknown> {
  switch (ask.kind) {
    case 'models':
      return { ids: ask.indexes.map(idOf) };
    case 'version':
      return { id: idOf(ask.index), version: ask.version };
    case 'list':
      return { first: ask.first };
    default:
      return { id: idOf(ask.index) };
  }
}

interface Meta {
  readonly source: string;
  readonly ageSeconds: number;
  readonly fetchedAt: string;
}

interface Thing {
  readonly id?: string;
  readonly name?: string;
  readonly modelId?: string;
  readonly versionName?: string;
  readonly description?: string;
  readonly meta: Meta;
  readonly versions?: { readonly nodes: readonly Thing[] } | null;
}

export interface Answered {
  readonly key: string;
  readonly truth: Truth;
  readonly operation: Operation;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly status: number;
  readonly body: {
    readonly data?: Record<string, unknown> | null;
    readonly errors?: readonly {
      readonly path?: readonly (string | number)[];
      readonly extensions?: { readonly code?: string };
    }[];
  };
}

interface Verdict {
  /** The mistakes in the answer, in words. */
  readonly problems: readonly string[];
  /** The sources of the answer: LIVE, CACHE, STALE, ABSENT or the code of an error. */
  readonly parts: readonly string[];
}

/** Codes that neither the caller nor the upstream can bring about here. */
const IMPOSSIBLE = new Set(['INTERNAL_SERVER_ERROR', 'UNAUTHENTICATED', 'QUERY_TOO_COMPLEX']);

export function judge(answered: Answered): Verdict {
  const { operation, status, body } = answered;
  // Refused before its first call, since the quota leaves it no time. In application/json the status says nothing of it.
  if (status === 200 && !body.data && body.errors?.[0]?.extensions?.code === 'RATE_LIMITED') {
    return { problems: [], parts: ['RATE_LIMITED'] };
  }
  const problems: string[] = [];
  const parts: string[] = [];
  if (status !== 200 || !body.data) problems.push(`status ${status}, data ${body.data}`);
  for (const { path, extensions } of body.errors ?? []) {
    const code = extensions?.code ?? 'none';
    parts.push(code);
    if (!(code in ERRORS) || IMPOSSIBLE.has(code)) problems.push(`error ${code} at ${path}`);
  }
  const failed = (...path: (string | number)[]) =>
    (body.errors ?? []).some((error) => error.path?.join('/') === path.join('/'));

  const check = (thing: Thing | null, index: number, ...path: (string | number)[]): void => {
    if (thing !== null) return void judgeThing(thing, index, answered, problems, parts);
    if (failed(...path)) return;
    parts.push('ABSENT');
    const { truth, startedAt, endedAt } = answered;
    const since = startedAt - WINDOWS.missingMs - ON_THE_WAY_MS;
    // Ids beyond the registry never existed.
    if (index < MODEL_COUNT && !truth.was(idOf(index), 'absent', since, endedAt)) {
      problems.push(`${idOf(index)} is null and was there`);
    }
  };

  const { ask } = operation;
  const data = body.data ?? {};
  if (ask.kind === 'model') check(data.model as Thing | null, ask.index, 'model');
  if (ask.kind === 'version') check(data.modelVersion as Thing | null, ask.index, 'modelVersion');
  if (ask.kind === 'models') {
    const things = (data.modelsByIds ?? []) as (Thing | null)[];
    if (data.modelsByIds && things.length !== ask.indexes.length) problems.push('a wrong number');
    things.forEach((thing, at) => {
      check(thing, ask.indexes[at] ?? -1, 'modelsByIds', at);
    });
  }
  if (ask.kind === 'list') {
    const { nodes = [] } = (data.models ?? {}) as { nodes?: Thing[] };
    for (const node of nodes) check(node, Number(node.id?.replace('model-', '')));
  }
  if (ask.kind === 'versions') {
    const model = data.model as Thing | null;
    check(model, ask.index, 'model');
    for (const node of model?.versions?.nodes ?? []) check(node, ask.index);
  }
  return { problems, parts };
}

function judgeThing(
  thing: Thing,
  index: number,
  { key, truth, operation, startedAt, endedAt }: Answered,
  problems: string[],
  parts: string[],
): void {
  const id = idOf(index);
  const { source, ageSeconds, fetchedAt } = thing.meta;
  const fetched = Date.parse(fetchedAt);
  parts.push(source);
  const text = thing.name ?? thing.description ?? '';
  const [ofKey, ofId, revision, version] = text.split('/');
  if ((thing.id ?? thing.modelId) !== id || ofId !== id) problems.push(`${text} for ${id}`);
  if (ofKey !== key) problems.push(`${text} for the key ${key}`);
  if (thing.description !== undefined && version !== thing.versionName) {
    problems.push(`${text} for the version ${thing.versionName}`);
  }
  if (operation.ask.kind === 'version' && operation.ask.version !== thing.versionName) {
    problems.push(`the version ${thing.versionName} for ${operation.ask.version}`);
  }
  if (!truth.was(id, Number(revision), fetched - ON_THE_WAY_MS, fetched + 1)) {
    problems.push(`${text} was not so when it was fetched, ${startedAt - fetched} ms before`);
  }
  const oldest = oldestFor(source, operation);
  if (fetched <= startedAt - oldest) {
    problems.push(`${source}, ${startedAt - fetched} ms old, with ${operation.cacheControl}`);
  }
  const ageFrom = Math.floor(Math.max(0, startedAt - fetched) / 1000);
  const ageTo = Math.floor(Math.max(0, endedAt - fetched) / 1000);
  if (ageSeconds < ageFrom || ageSeconds > ageTo) {
    problems.push(`ageSeconds ${ageSeconds}, which is between ${ageFrom} and ${ageTo}`);
  }
}

/** How long before the request what it is served may have been fetched. */
function oldestFor(source: string, { cacheControl }: Operation): number {
  if (source === 'LIVE') return ON_THE_WAY_MS;
  if (cacheControl === 'no-cache') return Number.NEGATIVE_INFINITY;
  if (source === 'CACHE') return WINDOWS.ttlMs;
  if (cacheControl === 'max-stale=0') return Number.NEGATIVE_INFINITY;
  return WINDOWS.ttlMs + (cacheControl === 'max-stale=1' ? 1000 : WINDOWS.staleMs);
}
