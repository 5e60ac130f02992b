// This server with a probe in its process, over an upstream of a given number of models, all of them in its cache.
import { type Child, startChild } from '../child.js';
import { ask, post } from '../http-request.js';
import { launchOurs } from '../ours.js';
import { modelIds } from '../registry.js';
import { SERVER_CORE, startUpstream } from '../row.js';

export interface Memory {
  /** Heap and external, after a collection. */
  readonly heldBytes: number;
  readonly residentBytes: number;
}

export interface Delay {
  readonly p999Ms: number;
  readonly maxMs: number;
  readonly samples: number;
}

export interface Probed {
  readonly server: Child;
  readonly upstream: Child;
  memory(): Promise<Memory>;
  watch(): Promise<void>;
  delay(): Promise<Delay>;
  stop(): Promise<void>;
}

const NODE_FLAGS = ['--expose-gc', '--max-old-space-size=8192'];
const PROBE = ['--import', './bench/growth/probe.mjs'];
const ROOM = { CACHE_TTL_SECONDS: '86400', CACHE_MAX_MB: '8192' };

const FILL = `query Fill($refs: [_Any!]!) {
  _entities(representations: $refs) { ... on Model { name } }
}`;
const BATCH = 100;

export async function startProbed(models: number): Promise<Probed> {
  const upstream = await startUpstream({ UPSTREAM_MODELS: String(models) });
  const { args, env } = launchOurs('executed', upstream.url, ROOM);
  const launch = { args: [...NODE_FLAGS, ...PROBE, ...args], ...(env && { env }) };
  const server = await startChild({ ...launch, core: SERVER_CORE });
  await fill(server, models);
  return {
    server,
    upstream,
    memory: async () => (await server.question('memory')) as Memory,
    delay: async () => (await server.question('delay')) as Delay,
    async watch() {
      await server.question('watch');
    },
    async stop() {
      await server.stop();
      await upstream.stop();
    },
  };
}

export function asReferences(ids: readonly string[]) {
  return ids.map((id) => ({ __typename: 'Model', id }));
}

async function fill({ url }: Child, models: number): Promise<void> {
  for (let from = 0; from < models; from += BATCH) {
    const refs = asReferences(modelIds(Math.min(BATCH, models - from), from));
    await ask(url, post({ query: FILL, variables: { refs } }));
  }
}
