// Real groups of Redis of a test's own: a primary with a replica and three Sentinels, and a cluster of three nodes with a
// replica each. They keep nothing that lasts.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './free-port.js';
import { type RedisProcess, startRedis, untilTrue } from './redis-process.js';

export interface RedisGroup extends AsyncDisposable {
  /** As a setting has it. */
  readonly url: string;
  /** The process that holds the keys of a quota, at present. */
  primary(): Promise<RedisProcess>;
  /** Resolves when another process has taken the place of this one. */
  untilReplaced(primary: RedisProcess): Promise<void>;
  /** All keys. */
  keys(): Promise<string[]>;
}

const portOf = ({ url }: RedisProcess) => Number(new URL(url).port);

function closing(processes: readonly AsyncDisposable[], files: readonly string[]) {
  return async () => {
    await Promise.all(processes.map((one) => one[Symbol.asyncDispose]()));
    await Promise.all(files.map((file) => rm(file, { force: true })));
  };
}

interface Sentinel extends AsyncDisposable {
  readonly port: number;
  readonly client: Redis;
}

/** Sentinels rewrite their file, so each has its own. */
async function startSentinel(executable: string, primary: number, file: string): Promise<Sentinel> {
  const port = await freePort();
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `sentinel monitor main 127.0.0.1 ${primary} 2`,
    'sentinel down-after-milliseconds main 1000',
    'sentinel failover-timeout main 5000',
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const child = spawn(executable, [file, '--sentinel'], { cwd: tmpdir(), stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const client = new Redis(port, '127.0.0.1', {
    retryStrategy: () => 50,
    maxRetriesPerRequest: null,
    enableReadyCheck: false,
  });
  client.on('error', () => {});
  return {
    port,
    client,
    async [Symbol.asyncDispose]() {
      client.disconnect();
      child.kill('SIGKILL');
      await ended;
    },
  };
}

export async function startSentinels(executable: string): Promise<RedisGroup> {
  const first = await startRedis(executable);
  const second = await startRedis(executable);
  await second.client.replicaof('127.0.0.1', portOf(first));
  const files = Array.from({ length: 3 }, () => join(tmpdir(), `sentinel-${randomUUID()}.conf`));
  const sentinels = await Promise.all(
    files.map((file) => startSentinel(executable, portOf(first), file)),
  );
  const nodes = [first, second];
  const knows = async ({ client }: Sentinel) => {
    const text = String(await client.call('INFO', 'sentinel'));
    return /slaves=1,sentinels=3/.test(text);
  };
  await untilTrue(async () => (await Promise.all(sentinels.map(knows))).every(Boolean));
  async function named({ client }: Sentinel): Promise<RedisProcess> {
    const address = await client.call('SENTINEL', 'get-master-addr-by-name', 'main');
    const port = Array.isArray(address) ? Number(address[1]) : 0;
    const found = nodes.find((node) => portOf(node) === port);
    if (found === undefined) throw new Error('No primary.');
    return found;
  }
  async function primary(): Promise<RedisProcess> {
    const [sentinel] = sentinels;
    if (sentinel === undefined) throw new Error('No Sentinel.');
    return named(sentinel);
  }
  return {
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/main`,
    primary,
    keys: async () => (await primary()).client.keys('*'),
    // Sentinels hear of the new primary one after the other, within two seconds.
    untilReplaced: (old) =>
      untilTrue(async () => !(await Promise.all(sentinels.map(named))).includes(old)),
    [Symbol.asyncDispose]: closing([...sentinels, ...nodes], files),
  };
}

const SLOTS = 16_384;
const NODE_TIMEOUT_MS = '2000';

/** `key`: it decides which of the three primaries `primary` is. */
export async function startCluster(executable: string, key: string): Promise<RedisGroup> {
  const files = Array.from({ length: 6 }, () => join(tmpdir(), `nodes-${randomUUID()}.conf`));
  const nodes = await Promise.all(
    files.map(async (file) => {
      const options = { enabled: 'yes', 'config-file': file, port: String(await freePort()) };
      const flags = Object.entries({ ...options, 'node-timeout': NODE_TIMEOUT_MS });
      const after = flags.flatMap(([name, value]) => [`--cluster-${name}`, value]);
      return { bus: options.port, ...(await startRedis(executable, undefined, after)) };
    }),
  );
  const [first, ...others] = nodes;
  if (first === undefined) throw new Error('No node.');
  for (const other of others) {
    await first.client.call('CLUSTER', 'MEET', '127.0.0.1', portOf(other), other.bus);
  }
  const primaries = nodes.slice(0, 3);
  await Promise.all(
    primaries.map(({ client }, index) => {
      const from = Math.ceil((SLOTS * index) / 3);
      return client.call(
        'CLUSTER',
        'ADDSLOTSRANGE',
        from,
        Math.ceil((SLOTS * (index + 1)) / 3) - 1,
      );
    }),
  );
  const ids = await Promise.all(primaries.map(({ client }) => client.call('CLUSTER', 'MYID')));
  const text = async ({ client }: RedisProcess, ...words: [string, ...string[]]) =>
    String(await client.call('CLUSTER', words));
  await untilTrue(async () => {
    const known = await Promise.all(nodes.map((node) => text(node, 'INFO')));
    return known.every((info) => info.includes('cluster_known_nodes:6'));
  });
  for (const [index, { client }] of nodes.slice(3).entries()) {
    await client.call('CLUSTER', 'REPLICATE', String(ids[index]));
  }
  const isSynced = async ({ client }: RedisProcess) =>
    String(await client.info('replication')).includes('master_link_status:up');
  await untilTrue(async () => {
    const infos = await Promise.all(nodes.map((node) => text(node, 'INFO')));
    const known = await text(first, 'NODES');
    return (
      infos.every((info) => info.includes('cluster_state:ok')) &&
      known.match(/ slave /g)?.length === 3 &&
      (await Promise.all(nodes.slice(3).map(isSynced))).every(Boolean)
    );
  });
  const slot = Number(await first.client.call('CLUSTER', 'KEYSLOT', key));
  async function primary(): Promise<RedisProcess> {
    for (const node of nodes) {
      const lines = await Promise.race([
        text(node, 'NODES').catch(() => ''),
        new Promise<string>((resolve) => setTimeout(resolve, 300, '')),
      ]);
      for (const line of lines.split('\n')) {
        const [, address = '', flags = '', , , , , , ...ranges] = line.split(' ');
        const isOwner = ranges.some((range) => {
          const [from = '', to = from] = range.split('-');
          return Number(from) <= slot && slot <= Number(to);
        });
        if (!isOwner || flags.includes('fail')) continue;
        const port = Number(/:(\d+)@/.exec(address)?.[1]);
        const found = nodes.find((one) => portOf(one) === port);
        if (found !== undefined) return found;
      }
    }
    throw new Error('No primary.');
  }
  return {
    url: `redis+cluster://${nodes
      .slice(0, 2)
      .map((one) => `127.0.0.1:${portOf(one)}`)
      .join(',')}`,
    primary,
    keys: async () => (await Promise.all(primaries.map(({ client }) => client.keys('*')))).flat(),
    async untilReplaced(old) {
      await untilTrue(async () => (await primary().catch(() => old)) !== old);
    },
    [Symbol.asyncDispose]: closing(nodes, files),
  };
}
