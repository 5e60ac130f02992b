// Whether cost stays flat, by models in the cache and by ids in a request; the memory of a model; event loop blocking.
//   npm run bench:growth -- [--models 100000] [--write]
import { parseArgs } from 'node:util';
import { circumstances, publish } from '../report.js';
import { markdownTable } from '../table.js';
import { cpuMicrosByIds, watchLargest } from './by-ids.js';
import { growByModels } from './by-models.js';
import { startProbed } from './probed.js';

const { values } = parseArgs({
  options: {
    models: { type: 'string', default: '100000' },
    write: { type: 'boolean', default: false },
  },
});

const tell = (line: string) => process.stderr.write(`${line}\n`);
const kilobytes = (bytes: number) => (bytes / 1024).toFixed(1);
const megabytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(0);

async function modelsTable(): Promise<string> {
  const counts = [1, 100, 10_000, 100_000].filter((count) => count <= Number(values.models));
  tell(`${counts.join(', ')} models in the cache …`);
  const measured = await growByModels(counts);
  const [one] = measured;
  if (one === undefined) throw new Error('Nothing was measured.');
  const rows = measured.map(({ models, cpuMicros, mapMicros, heldBytes, residentBytes }) => [
    String(models),
    cpuMicros.toFixed(1),
    (cpuMicros / one.cpuMicros).toFixed(2),
    (mapMicros / one.mapMicros).toFixed(2),
    models > 100 ? kilobytes((heldBytes - one.heldBytes) / (models - 1)) : '–',
    megabytes(residentBytes),
  ]);
  const head = ['models in the cache', 'CPU µs a request, least', 'by that with one'];
  return markdownTable([...head, 'the same of a map of texts', 'KB a model', 'RSS MB'], rows);
}

const MODELS = 2000;
const MAX_IDS = 1000;

async function idsTables(): Promise<string> {
  const probed = await startProbed(MODELS);
  try {
    const rows: string[][] = [];
    for (const ids of [1, 10, 100, MAX_IDS]) {
      tell(`${ids} ids a request …`);
      const cpuMicros = await cpuMicrosByIds(probed, ids, MODELS);
      rows.push([String(ids), cpuMicros.toFixed(1), (cpuMicros / ids).toFixed(2)]);
    }
    const largest: string[][] = [];
    for (const clients of [1, 8]) {
      tell(`the largest answer, ${clients} at once …`);
      const watched = await watchLargest(probed, MAX_IDS, MODELS, clients);
      const { bytes, p999Ms, maxMs, samples } = watched;
      const delay = [p999Ms.toFixed(1), maxMs.toFixed(1), String(samples)];
      largest.push([String(clients), kilobytes(bytes), ...delay]);
    }
    const head = ['largest answer, at once', 'KB', 'event loop p99.9 ms', 'longest ms', 'samples'];
    return [
      markdownTable(['ids in a request', 'CPU µs a request', 'CPU µs an id'], rows),
      markdownTable(head, largest),
    ].join('\n');
  } finally {
    await probed.stop();
  }
}

const sections = [`${circumstances()}\n`, await modelsTable(), await idsTables()];
publish('bench:growth', sections.join('\n'), values.write);
