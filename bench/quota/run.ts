// How many operations a second PAI's 50 calls a second serve: by naive Apollo, with DataLoader, and by this server at its
// default ages. Each server has a PAI of its own, with its quota; all get the same operations.
//   npm run bench:quota -- [--write]
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { type Child, type Launch, startChild } from '../child.js';
import { ask, post } from '../http-request.js';
import { entry } from '../ours.js';
import { seededRandom } from '../random.js';
import { circumstances, publish } from '../report.js';
import { SERVER_CORE } from '../row.js';
import { launchPeer, NAIVE, OURS } from '../servers.js';
import { markdownTable } from '../table.js';
import { type Offered, offer } from './offer.js';
import { createOperations } from './operations.js';
import { KEY } from './registry.js';
import { type Found, highestSustained } from './search.js';

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });

const MAX_REFUSED = 0.01;
const MAX_P95_MS = 1000;
const LOAD_CORE = 1;
const COMPARED = 20;

interface Server {
  readonly name: string;
  readonly firstRate: number;
  /** Longer than its ages where it has a cache: until as much expires as is read. */
  readonly settleSeconds: number;
  readonly seconds: number;
  launch(upstreamUrl: string): Omit<Launch, 'core'>;
}

const naive = (loader: 'on' | 'off') => (upstreamUrl: string) =>
  launchPeer('cold', upstreamUrl, ['bench/peers/apollo.mjs'], { PEER_LOADER: loader });

/** All else is as it starts. */
const ours = (upstreamUrl: string) => ({
  args: entry,
  env: {
    PORT: '0',
    LOG_LEVEL: 'warn',
    PAI_ENDPOINT: upstreamUrl,
    ALIBABA_CLOUD_ACCESS_KEY_ID: KEY.id,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: KEY.secret,
  },
});

const SERVERS: readonly Server[] = [
  { name: NAIVE, firstRate: 20, settleSeconds: 2, seconds: 12, launch: naive('off') },
  { name: 'with DataLoader', firstRate: 25, settleSeconds: 2, seconds: 12, launch: naive('on') },
  { name: OURS, firstRate: 150, settleSeconds: 35, seconds: 20, launch: ours },
];

const isSustained = ({ refused, p95Ms }: Offered) => refused <= MAX_REFUSED && p95Ms <= MAX_P95_MS;

async function withServer<T>(server: Server, use: (child: Child) => Promise<T>): Promise<T> {
  const upstreamScript = ['--import', 'tsx', 'bench/quota/upstream.ts'];
  const upstream = await startChild({ args: upstreamScript, core: LOAD_CORE });
  try {
    const child = await startChild({ ...server.launch(upstream.url), core: SERVER_CORE });
    try {
      return await use(child);
    } finally {
      await child.stop();
    }
  } finally {
    await upstream.stop();
  }
}

/** The data of the first operations, one by one, within the quota. */
async function sampleOf({ url }: Child): Promise<unknown[]> {
  const nextOperation = createOperations(seededRandom(1));
  const sample: unknown[] = [];
  for (let count = 0; count < COMPARED; count += 1) {
    const { data } = JSON.parse(await ask(url, post(nextOperation())));
    sample.push(data);
  }
  return sample;
}

interface Measured {
  readonly name: string;
  readonly sample: readonly unknown[];
  readonly found: Found;
}

async function measure(server: Server): Promise<Measured> {
  return withServer(server, async (child) => {
    const sample = await sampleOf(child);
    const nextOperation = createOperations(seededRandom(2));
    const random = seededRandom(3);
    const { firstRate, settleSeconds, seconds } = server;
    const found = await highestSustained(
      firstRate,
      async (perSecond) => {
        const { url } = child;
        const offered = await offer({
          ...{ url, perSecond, settleSeconds, seconds, nextOperation, random },
        });
        process.stderr.write(`${server.name}: ${cells(offered).join(', ')}\n`);
        return offered;
      },
      isSustained,
    );
    return { name: server.name, sample, found };
  });
}

function cells({ perSecond, p95Ms, refused }: Offered): string[] {
  return [perSecond.toFixed(0), p95Ms.toFixed(0), `${(refused * 100).toFixed(1)} %`];
}

const measured: Measured[] = [];
for (const server of SERVERS) measured.push(await measure(server));
const [least] = measured;
for (const { name, sample } of measured) {
  assert.deepEqual(sample, least?.sample, `${name}: another answer`);
}

const head = [
  ...['server', 'operations a second', 'p95 ms', 'refused'],
  ...['not sustained', 'p95 ms', 'refused', 'of naive'],
];
const rows = measured.map(({ name, found: { sustained, failed } }) => {
  const ratio = sustained.perSecond / (least?.found.sustained.perSecond ?? Number.NaN);
  return [name, ...cells(sustained), ...cells(failed), ratio.toFixed(1)];
});
publish('bench:quota', `${circumstances()}\n\n${markdownTable(head, rows)}`, values.write);
