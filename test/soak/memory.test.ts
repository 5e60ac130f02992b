// The memory of the built server under walks over a registry that is far larger than its cache. In full, in some
// minutes: WALK_PAGES=5000 npx vitest run test/soak/memory.test.ts
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { startSandbox } from '../../sandbox/sandbox.js';
import { modelId, numberedModels, numberedVersions, range } from '../graphql/numbered-registry.js';
import { modelIdOf, startLargeRegistry } from '../support/large-registry.js';
import { type MainOptions, type MainProcess, startMain } from '../support/programs.js';
import { postGraphql, SANDBOX_ENV } from '../support/with-app.js';

const PAGES = Number(process.env.WALK_PAGES ?? 500);
const PAGE_SIZE = 100;
/** From 24 on, node's young generation takes up to 160 MB more (decision 25). */
const PROCESS_MB = Number(process.versions.node.split('.')[0]) < 24 ? 150 : 310;
const WALK_TIMEOUT_MS = 120_000 + PAGES * 200;

const PAGE = `query Page($after: String) {
  models(first: ${PAGE_SIZE}, after: $after) {
    nodes { id name labels { key value } latestVersion { versionName metricResults { metrics { name } } } }
    pageInfo { endCursor }
  }
}`;

function startServer(url: string, env: Record<string, string>, options: MainOptions = {}) {
  const settings = { PORT: '0', LOG_LEVEL: 'silent', PAI_ENDPOINT: url, ...SANDBOX_ENV };
  const ample = { UPSTREAM_RATE_PER_SECOND: '10000', CACHE_TTL_SECONDS: '3600' };
  return startMain({ ...settings, ...ample, ...env }, options);
}

/** Each page so many times in a row. */
async function walk(url: string, pages: number, times = 1): Promise<void> {
  let after: string | null = null;
  for (let page = 0; page < pages; page += 1) {
    for (let time = 0; time < times; time += 1) {
      const { data, errors } = await postGraphql(url, { query: PAGE, variables: { after } });
      if (time > 0) continue;
      expect(errors).toEqual([]);
      expect(data.models.nodes[0].id).toBe(modelIdOf(page * PAGE_SIZE));
      after = data.models.pageInfo.endCursor;
    }
  }
}

/** The most that the process ever had in memory, as Linux tells. */
function peakMb({ child }: MainProcess): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

describe.skipIf(process.platform !== 'linux')('the memory of the server', () => {
  test.each([
    ['once', 1, 0],
    ['twice in a row, so that whole answers are kept', 2, 32],
  ])(
    `stays within its bounds while ${PAGES} pages are walked two times, each asked for %s`,
    async (_, times, answersMb) => {
      await using registry = await startLargeRegistry(PAGES * PAGE_SIZE);
      await using server = startServer(registry.url, { CACHE_MAX_MB: '32' });
      const url = await server.url;
      await walk(url, PAGES, times);
      await walk(url, PAGES, times);
      const peak = peakMb(server);
      process.stdout.write(`Peak after ${PAGES} pages, each ${times} times: ${peak} MB\n`);
      expect(peak).toBeLessThanOrEqual(PROCESS_MB + 2 * (32 + answersMb));
    },
    WALK_TIMEOUT_MS,
  );

  test('fits into a heap of 64 MB: it starts, serves requests, and stays alive', async () => {
    await using registry = await startLargeRegistry(1_000_000);
    const nodeFlags = ['--max-old-space-size=64'];
    await using server = startServer(registry.url, {}, { nodeFlags });
    const url = await server.url;
    await walk(url, 300);
    for (let round = 0; round < 3000; round += 25) {
      const answers = await Promise.all(
        Array.from({ length: 25 }, (_, index) => postGraphql(url, mixed(round + index))),
      );
      expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
    }
    await walk(url, 100);
    expect(server.child.exitCode).toBeNull();
    expect(peakMb(server)).toBeLessThan(PROCESS_MB + 50);
  }, 300_000);

  test('holds in a heap of 256 MB, whatever number of items wait for their turn', async () => {
    const scores = range(0, 50_000).map((index) => [`m${index}`, 1] as const);
    const versions = numberedVersions(1, () => ({ Metrics: Object.fromEntries(scores) }));
    const sandbox = await startSandbox({ models: numberedModels(1, () => ({ versions })) });
    await using _ = { [Symbol.asyncDispose]: () => sandbox.close() };
    const nodeFlags = ['--max-old-space-size=256'];
    await using server = startServer(sandbox.url, {}, { nodeFlags });
    const url = await server.url;
    const copies = range(0, 20).map((copy) => {
      return `m${copy}: model(id: "${modelId(0)}") {
        versions(first: 1) { nodes { metricResults { metrics { name } } } }
      }`;
    });
    for (let round = 0; round < 3; round += 1) {
      const { errors } = await postGraphql(url, { query: `{ ${copies.join(' ')} }` });
      expect(errors).toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX' } }]);
    }
    expect(server.child.exitCode).toBeNull();
  }, 120_000);
});

/** New documents, few documents with many variables, references, and what comes again. */
function mixed(index: number): { query: string; variables?: Record<string, unknown> } {
  const id = modelIdOf(index);
  const some = Array.from({ length: 10 }, (_, of) => modelIdOf(index * 10 + of));
  const kinds = [
    { query: `query Q${index} { model(id: "${id}") { id name raw latestVersion { raw } } }` },
    {
      query: 'query One($id: ID!) { model(id: $id) { name labels { key value } } }',
      variables: { id },
    },
    {
      query:
        'query Many($refs: [_Any!]!) { _entities(representations: $refs) { ... on Model { name raw } } }',
      variables: { refs: some.map((ref) => ({ __typename: 'Model', id: ref })) },
    },
    { query: `{ model(id: "${modelIdOf(index % 40)}") { name } }` },
  ];
  return kinds[index % kinds.length] ?? { query: '{ __typename }' };
}
