// The cost of a request by the number of ids it asks for, and how long the largest answer blocks the event loop.
import { MODEL_FIELDS, REFERENCES } from '../documents.js';
import { ask, type HttpRequest, post, toBytes } from '../http-request.js';
import { runLoad } from '../load/load.js';
import { modelIds } from '../registry.js';
import { medianCpuMicros } from './cost.js';
import { asReferences, type Delay, type Probed } from './probed.js';

const CONNECTIONS = 8;
const WATCHED_SECONDS = 10;

/** Each request asks for other models, as far as the number of models allows. */
export function referenceRequests(query: string, ids: number, models: number): HttpRequest[] {
  return Array.from({ length: Math.max(1, Math.floor(models / ids)) }, (_, index) =>
    post({ query, variables: { refs: asReferences(modelIds(ids, index * ids)) } }),
  );
}

export function cpuMicrosByIds(probed: Probed, ids: number, models: number): Promise<number> {
  const requests = referenceRequests(REFERENCES, ids, models).map(toBytes);
  return medianCpuMicros(probed, requests, CONNECTIONS);
}

const EVERYTHING = `query Everything($refs: [_Any!]!) {
  _entities(representations: $refs) { ... on Model { ${MODEL_FIELDS} } }
}`;

export interface Largest extends Delay {
  readonly bytes: number;
}

/** Measured warm, with this number of requests at once. */
export async function watchLargest(
  probed: Probed,
  ids: number,
  models: number,
  connections: number,
): Promise<Largest> {
  const requests = referenceRequests(EVERYTHING, ids, models);
  const [first] = requests;
  if (first === undefined) throw new Error('Nothing to ask for.');
  const bytes = Buffer.byteLength(await ask(probed.server.url, first));
  const load = {
    port: probed.server.port,
    requests: requests.map(toBytes),
    connections,
  };
  await runLoad({ ...load, seconds: WATCHED_SECONDS / 2 });
  await probed.watch();
  await runLoad({ ...load, seconds: WATCHED_SECONDS });
  return { bytes, ...(await probed.delay()) };
}
