// The requests of each row of the bench, and their load.
import { ALIASED, MANY, NESTED, REFERENCES, SMALL } from './documents.js';
import {
  type HttpRequest,
  type Operation,
  persistedGet,
  post,
  registration,
} from './http-request.js';
import type { Mode } from './ours.js';
import { seededRandom } from './random.js';
import { modelId, modelIds } from './registry.js';

export interface Workload {
  readonly name: string;
  readonly meaning: string;
  readonly modes: readonly Mode[];
  readonly connections: number;
  /** Sent in this order, over and over. */
  readonly requests: readonly HttpRequest[];
  /** Sent once before. */
  readonly registration?: HttpRequest;
  readonly isFederation?: boolean;
  /** Latency is measured and not CPU: the server is not to be saturated. */
  readonly latency?: Latency;
  /** The number of upstream calls that one request must cost. */
  readonly callsPerRequest: number;
}

export interface Latency {
  readonly upstreamMs: number;
  /** A steady rate: connections that wait for their answers would send in bursts and wait for each other. */
  readonly perSecond: number;
}

export const MODELS = 2000;
const HOT: readonly Mode[] = ['executed', 'memoised'];
/** Also measured by the credentials of callers and of this server. */
const BY_CREDENTIALS: readonly Mode[] = [...HOT, 'default'];
const ONE = modelId(7);

function forEachModel(query: string): Operation[] {
  return modelIds(MODELS).map((id) => ({ query, variables: { id } }));
}

/** Each asks for 25 models twice, in an order in which duplicates are not adjacent. */
function halfDuplicates(): Operation[] {
  return Array.from({ length: MODELS / 25 }, (_, batch) => {
    const ids = modelIds(25, batch * 25);
    return { query: MANY, variables: { ids: [...ids, ...ids] } };
  });
}

function references(): Operation[] {
  const random = seededRandom(20_261_124);
  const reference = () => ({
    __typename: 'Model',
    id: modelId(Math.floor(random() * MODELS)),
  });
  // More than the number of whole requests that any server keeps.
  return Array.from({ length: 2000 }, () => ({
    query: REFERENCES,
    variables: { refs: Array.from({ length: 100 }, reference) },
  }));
}

const nested: Operation = { query: NESTED, variables: { id: ONE } };

export const WORKLOADS: readonly Workload[] = [
  {
    name: 'S',
    meaning: 'one model, five scalars',
    modes: BY_CREDENTIALS,
    connections: 64,
    requests: [post({ query: SMALL, variables: { id: ONE } })],
    callsPerRequest: 0,
  },
  {
    name: 'N',
    meaning: 'one model, everything nested',
    modes: BY_CREDENTIALS,
    connections: 64,
    requests: [post(nested)],
    callsPerRequest: 0,
  },
  {
    name: 'V',
    meaning: `the document of N, ids that vary over ${MODELS} models`,
    modes: HOT,
    connections: 64,
    requests: forEachModel(NESTED).map(post),
    callsPerRequest: 0,
  },
  {
    name: 'E',
    meaning: '`_entities` of 100 references, others each time',
    modes: ['executed'],
    connections: 16,
    requests: references().map(post),
    isFederation: true,
    callsPerRequest: 0,
  },
  {
    name: 'H',
    meaning: 'N by its hash (APQ GET)',
    modes: HOT,
    connections: 64,
    requests: [persistedGet(nested)],
    registration: registration(nested),
    callsPerRequest: 0,
  },
  {
    name: 'M',
    meaning: '50 ids, half duplicates',
    modes: ['cold'],
    connections: 8,
    requests: halfDuplicates().map(post),
    callsPerRequest: 25,
  },
  {
    name: 'A',
    meaning: '20 aliases of one id',
    modes: ['cold'],
    connections: 32,
    requests: forEachModel(ALIASED).map(post),
    callsPerRequest: 1,
  },
  {
    name: 'C',
    meaning: 'the document of S, upstream takes 10 ms, 200 requests a second',
    modes: ['cold'],
    connections: 64,
    requests: forEachModel(SMALL).map(post),
    latency: { upstreamMs: 10, perSecond: 200 },
    callsPerRequest: 1,
  },
];
