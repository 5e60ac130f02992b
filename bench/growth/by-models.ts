// What a request costs, and a model holds, by how many models are in the cache.
import { SMALL } from '../documents.js';
import { post, toBytes } from '../http-request.js';
import { modelId } from '../registry.js';
import { seededRandom } from '../soak/load.js';
import { medianCpuMicros } from './cost.js';
import { startProbed } from './probed.js';

export interface ByModels {
  readonly models: number;
  readonly cpuMicros: number;
  readonly heldBytes: number;
  readonly residentBytes: number;
}

const REQUESTS = 20_000;

export async function growByModels(models: number): Promise<ByModels> {
  const probed = await startProbed(models);
  try {
    const random = seededRandom(models);
    const requests = Array.from({ length: Math.min(REQUESTS, models) }, () => {
      const id = modelId(Math.floor(random() * models));
      return toBytes(post({ query: SMALL, variables: { id } }));
    });
    const cpuMicros = await medianCpuMicros(probed, requests, 64);
    return { models, cpuMicros, ...(await probed.memory()) };
  } finally {
    await probed.stop();
  }
}
