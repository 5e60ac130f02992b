// Both gateways before the built server and three subgraphs of other teams, each a process of its own.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../test/support/free-port';
import { startProgram } from '../support/program';
import { type RecordedRequest, startRecorder } from '../support/recorder';
import { PROGRAM, type Server, startServer } from '../support/server';

export const GATEWAYS = ['Apollo Gateway', 'Hive Gateway'] as const;
export type GatewayName = (typeof GATEWAYS)[number];

export const OTHER_SUBGRAPHS = ['reviews', 'downloads', 'licences'] as const;

export interface Version {
  readonly modelId: string;
  readonly versionName: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into answers whose shape they state.
  readonly data: any;
  readonly errors: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: Readonly<Record<string, unknown>>;
  }[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export interface Federation extends AsyncDisposable {
  readonly models: Server;
  /** The requests of the gateways to the built server. */
  readonly requests: RecordedRequest[];
  /** PAI answers by these rules, and by none of those before. */
  setFaults(...rules: object[]): Promise<void>;
  query(gateway: GatewayName, body: object, headers?: Record<string, string>): Promise<Answer>;
  /** By GET. */
  get(gateway: GatewayName, query: string): Promise<Answer>;
}

const NPM_ROOT = join(import.meta.dirname, '..');
const PAI_KEYS = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: 'sandbox',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'sandbox-secret',
};

interface FederationOptions {
  /** The other subgraphs refer to these and to their models. */
  readonly versions?: readonly Version[];
  readonly env?: Record<string, string>;
  /** The collector of the built server and of Apollo Gateway. */
  readonly collector?: string;
  /** That the built server asks for. */
  readonly credentials?: Record<string, string>;
}

export async function startFederation(options: FederationOptions = {}): Promise<Federation> {
  const { versions = [], env, credentials = {}, collector } = options;
  const traces: Record<string, string> =
    collector === undefined
      ? {}
      : { OTEL_EXPORTER_OTLP_ENDPOINT: collector, OTEL_BSP_SCHEDULE_DELAY: '50' };
  const sandbox = await startWithOrigin([PROGRAM, 'sandbox'], { SANDBOX_PORT: '0' });
  const models = await startServer({
    ...PAI_KEYS,
    PAI_ENDPOINT: sandbox.origin,
    ...traces,
    ...env,
  });
  const recorder = await startRecorder(models.origin);
  const others = await startOthers(await withIds(models.url, versions, credentials));
  const folder = makeFolder();
  await download(`${models.origin}/subgraph.graphql`, join(folder, 'models.graphql'), credentials);
  compose(folder, { models: `${recorder.origin}/graphql`, ...others.urls });
  const apollo = await startApolloGateway(folder, traces);
  const hive = await startHiveGateway(folder);
  const origins = { 'Apollo Gateway': apollo.origin, 'Hive Gateway': hive.origin };
  return {
    models,
    requests: recorder.requests,
    async setFaults(...rules) {
      const { ok } = await fetch(`${sandbox.origin}/_sandbox/faults`, {
        method: 'PUT',
        body: JSON.stringify(rules),
      });
      if (!ok) throw new Error('The sandbox does not take these rules.');
    },
    query: (gateway, body, headers) => ask(`${origins[gateway]}/graphql`, body, headers),
    get: (gateway, query) => get(`${origins[gateway]}/graphql`, query),
    async [Symbol.asyncDispose]() {
      for (const program of [hive, apollo, others, recorder, models, sandbox]) {
        await program[Symbol.asyncDispose]();
      }
      rmSync(folder, { recursive: true });
    },
  };
}

export async function ask(
  url: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return answerOf(response);
}

async function get(url: string, query: string): Promise<Answer> {
  const headers = { 'apollo-require-preflight': 'true' };
  return answerOf(await fetch(`${url}?${new URLSearchParams({ query })}`, { headers }));
}

async function answerOf(response: Response): Promise<Answer> {
  const { data, errors = [], extensions } = await response.json();
  return { status: response.status, headers: response.headers, data, errors, extensions };
}

/** The ids of versions, which the server makes, also of those that are absent. */
async function withIds(url: string, versions: readonly Version[], headers: Record<string, string>) {
  const query = `query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on ModelVersion { id } } }`;
  const keys = versions.map((version) => ({ __typename: 'ModelVersion', ...version }));
  const { data } = await ask(url, { query, variables: { keys } }, headers);
  return versions.map((version, index) => ({ id: data._entities[index].id, ...version }));
}

/** With the files of the document at the places that it names. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateways-'));
  for (const name of ['gateways', 'node_modules']) {
    symlinkSync(join(NPM_ROOT, name), join(folder, name));
  }
  for (const name of OTHER_SUBGRAPHS) {
    cpSync(join(NPM_ROOT, `gateways/subgraphs/${name}.graphql`), join(folder, `${name}.graphql`));
  }
  return folder;
}

async function download(url: string, path: string, headers: Record<string, string>) {
  const response = await fetch(url, { headers });
  if (!response.ok) throw new Error(`${url} answers ${response.status}.`);
  writeFileSync(path, await response.text());
}

function compose(folder: string, urls: Record<string, string>): void {
  const subgraphs = Object.entries(urls).map(([name, url]) => `${name}=${url}`);
  execFileSync(process.execPath, ['gateways/compose.mjs', ...subgraphs], { cwd: folder });
}

async function startWithOrigin(
  script: readonly string[],
  env: Record<string, string> = {},
  cwd = NPM_ROOT,
) {
  const ready = /at (http:\/\/[^/\s]+)/;
  const program = await startProgram(script, ready, { env, cwd });
  const [, origin = ''] = ready.exec(program.output) ?? [];
  return { ...program, origin };
}

async function startOthers(versions: readonly object[]) {
  const script = ['gateways/subgraphs/main.mjs', JSON.stringify(versions)];
  const program = await startProgram(script, /^licences at .+$/m);
  const found = program.output.matchAll(/^(\w+) at (\S+)$/gm);
  return { ...program, urls: Object.fromEntries([...found].map(([, name, url]) => [name, url])) };
}

function startApolloGateway(folder: string, traces: Record<string, string>) {
  const isTraced = Object.keys(traces).length > 0;
  const script = ['gateways/apollo-gateway.mjs', 'supergraph.graphql', '0'];
  const flags = isTraced ? ['--import', './gateways/tracing.mjs'] : [];
  return startWithOrigin([...flags, ...script], traces, folder);
}

async function startHiveGateway(folder: string) {
  const port = await freePort();
  const options = ['--config-path', 'gateways/hive-gateway.config.mjs', '--port', `${port}`];
  const script = ['node_modules/.bin/hive-gateway', 'supergraph', ...options];
  const program = await startProgram(script, /Listening on http/, { cwd: folder });
  return { ...program, origin: `http://127.0.0.1:${port}` };
}
