// Real groups of Redis of a test's own: a primary with a replica and three Sentinels, and a cluster of three nodes with a
// replica each, on request over TLS and with passwords. They keep nothing that lasts.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { generate } from 'selfsigned';
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

/** TLS and passwords; the test's own clients use a plain port beside that of TLS. */
export interface GroupSecurity extends AsyncDisposable {
  /** The files of the certificate, which is its own authority, and of its key. */
  readonly cert: string;
  readonly key: string;
  readonly password: string;
  readonly sentinelPassword: string;
}

export async function createSecurity(): Promise<GroupSecurity> {
  const pem = await generate([{ name: 'commonName', value: 'redis' }], {
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  const folder = await mkdtemp(join(tmpdir(), 'redis-tls-'));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  await writeFile(cert, pem.cert);
  await writeFile(key, pem.private);
  return {
    ...{ cert, key, password: 'of-nodes', sentinelPassword: 'of-sentinels' },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

/** The settings of TLS, as pairs; each process speaks it with the others, too. */
const tlsSettings = ({ cert, key }: GroupSecurity, port: number): Record<string, string> => ({
  ...{ 'tls-port': String(port), 'tls-cert-file': cert, 'tls-key-file': key },
  ...{ 'tls-ca-cert-file': cert, 'tls-auth-clients': 'no', 'tls-replication': 'yes' },
});

const scheme = (security: GroupSecurity | null) => (security === null ? 'redis' : 'rediss');

interface Node extends RedisProcess {
  /** That of TLS, if there is one. */
  readonly port: number;
}

async function startNode(
  executable: string,
  security: GroupSecurity | null,
  more: Record<string, string> = {},
): Promise<Node> {
  const tlsPort = security === null ? null : await freePort();
  const secure: Record<string, string> =
    security === null || tlsPort === null
      ? {}
      : { ...tlsSettings(security, tlsPort), masterauth: security.password };
  const options = Object.entries({ ...secure, ...more });
  const flags = options.flatMap(([name, value]) => [`--${name}`, value]);
  const redis = await startRedis(executable, security?.password, flags);
  return { ...redis, port: tlsPort ?? Number(new URL(redis.url).port) };
}

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
async function startSentinel(
  executable: string,
  primary: number,
  file: string,
  security: GroupSecurity | null,
): Promise<Sentinel> {
  const port = await freePort();
  const plainPort = security === null ? port : await freePort();
  const lines = [
    `port ${plainPort}`,
    'bind 127.0.0.1',
    `sentinel monitor main 127.0.0.1 ${primary} 2`,
    'sentinel down-after-milliseconds main 1000',
    'sentinel failover-timeout main 5000',
    ...(security === null ? [] : secureLines(security, port)),
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const child = spawn(executable, [file, '--sentinel'], { cwd: tmpdir(), stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const client = new Redis(plainPort, '127.0.0.1', {
    ...(security !== null && { password: security.sentinelPassword }),
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

function secureLines(security: GroupSecurity, port: number): string[] {
  const { password, sentinelPassword } = security;
  return [
    ...Object.entries(tlsSettings(security, port)).map((pair) => pair.join(' ')),
    `requirepass ${sentinelPassword}`,
    `sentinel sentinel-pass ${sentinelPassword}`,
    `sentinel auth-pass main ${password}`,
  ];
}

export async function startSentinels(
  executable: string,
  security: GroupSecurity | null = null,
): Promise<RedisGroup> {
  const first = await startNode(executable, security);
  const second = await startNode(executable, security);
  await second.client.replicaof('127.0.0.1', first.port);
  const files = Array.from({ length: 3 }, () => join(tmpdir(), `sentinel-${randomUUID()}.conf`));
  const sentinels = await Promise.all(
    files.map((file) => startSentinel(executable, first.port, file, security)),
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
    const found = nodes.find((node) => node.port === port);
    if (found === undefined) throw new Error('No primary.');
    return found;
  }
  async function primary(): Promise<RedisProcess> {
    const [sentinel] = sentinels;
    if (sentinel === undefined) throw new Error('No Sentinel.');
    return named(sentinel);
  }
  return {
    url: `${scheme(security)}+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/main`,
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
export async function startCluster(
  executable: string,
  key: string,
  security: GroupSecurity | null = null,
): Promise<RedisGroup> {
  const files = Array.from({ length: 6 }, () => join(tmpdir(), `nodes-${randomUUID()}.conf`));
  const nodes = await Promise.all(
    files.map(async (file) => {
      const bus = String(await freePort());
      const node = await startNode(executable, security, {
        ...{ 'cluster-enabled': 'yes', 'cluster-config-file': file, 'cluster-port': bus },
        'cluster-node-timeout': NODE_TIMEOUT_MS,
        ...(security !== null && { 'tls-cluster': 'yes' }),
      });
      return { ...node, bus };
    }),
  );
  const [first, ...others] = nodes;
  if (first === undefined) throw new Error('No node.');
  for (const other of others) {
    await first.client.call('CLUSTER', 'MEET', '127.0.0.1', other.port, other.bus);
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
        // It names the port that this client came by.
        const found = nodes.find(({ url }) => Number(new URL(url).port) === port);
        if (found !== undefined) return found;
      }
    }
    throw new Error('No primary.');
  }
  return {
    url: `${scheme(security)}+cluster://${nodes
      .slice(0, 2)
      .map((one) => `127.0.0.1:${one.port}`)
      .join(',')}`,
    primary,
    keys: async () => (await Promise.all(primaries.map(({ client }) => client.keys('*')))).flat(),
    async untilReplaced(old) {
      await untilTrue(async () => (await primary().catch(() => old)) !== old);
    },
    [Symbol.asyncDispose]: closing(nodes, files),
  };
}
