// The cost of a request, and the memory of a model, by the number of models in the cache: servers with few and with
// many, side by side and in turns, each beside a server that only finds a text among as many.
import { type Child, startChild } from '../child.js';
import { SMALL } from '../documents.js';
import { post, toBytes } from '../http-request.js';
import { measureRound } from '../measure.js';
import { seededRandom } from '../random.js';
import { modelId } from '../registry.js';
import { SERVER_CORE } from '../row.js';
import { launchPeer } from '../servers.js';
import { type Probed, startProbed } from './probed.js';

export interface ByModels {
  readonly models: number;
  /** The CPU time of a request, in the round in which it was least: disturbances of the machine only ever add to it. */
  readonly cpuMicros: number;
  /** The same of the server that finds texts in a map. */
  readonly mapMicros: number;
  readonly heldBytes: number;
  readonly residentBytes: number;
}

interface Sized {
  readonly models: number;
  readonly probed: Probed;
  readonly map: Child;
  readonly requests: readonly Buffer[];
  readonly rounds: { readonly own: number[]; readonly map: number[] };
}

const REQUESTS = 20_000;
const CONNECTIONS = 64;
const WARM_SECONDS = 4;
const ROUND_SECONDS = 1;
const ROUNDS = 15;

export async function growByModels(counts: readonly number[]): Promise<ByModels[]> {
  const all: Sized[] = [];
  try {
    for (const models of counts) all.push(await startSized(models));
    for (const sized of all) await measure(sized, WARM_SECONDS);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (let turn = 0; turn < all.length; turn += 1) {
        const sized = all[(turn + round) % all.length];
        if (sized === undefined) continue;
        const { own, map } = await measure(sized, ROUND_SECONDS);
        sized.rounds.own.push(own);
        sized.rounds.map.push(map);
      }
    }
    return await Promise.all(all.map(toFigures));
  } finally {
    for (const { probed, map } of all) {
      await probed.stop();
      await map.stop();
    }
  }
}

async function startSized(models: number): Promise<Sized> {
  const probed = await startProbed(models);
  const launch = launchPeer('executed', probed.upstream.url, ['bench/peers/raw-map.mjs'], {
    PEER_MODELS: String(models),
  });
  const map = await startChild({ ...launch, core: SERVER_CORE });
  return { models, probed, map, requests: requestsFor(models), rounds: { own: [], map: [] } };
}

/**
 * All requests have different texts, so that even with few models each has to be executed and none is answered from the
 * memo.
 */
function requestsFor(models: number): Buffer[] {
  const random = seededRandom(models);
  return Array.from({ length: REQUESTS }, (_, turn) => {
    const id = modelId(Math.floor(random() * models));
    return toBytes(post({ query: SMALL, variables: { id, turn } }));
  });
}

async function measure({ probed: { server, upstream }, map, requests }: Sized, seconds: number) {
  const load = { requests, connections: CONNECTIONS, seconds, isAwake: true };
  const minRequests = seconds === WARM_SECONDS ? REQUESTS : 0;
  const own = await measureRound(server, upstream, { ...load, minRequests });
  const bare = await measureRound(map, upstream, { ...load, minRequests });
  return { own: own.cpuMicros, map: bare.cpuMicros };
}

async function toFigures({ models, probed, rounds }: Sized): Promise<ByModels> {
  return {
    models,
    cpuMicros: Math.min(...rounds.own),
    mapMicros: Math.min(...rounds.map),
    ...(await probed.memory()),
  };
}
