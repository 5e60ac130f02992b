// Starts the whole app over sockets against a sandbox of its own; `await using` stops both.

import {
  type Sandbox,
  type SandboxOptions,
  sampleModels,
  startSandbox,
} from '../../sandbox/sandbox.js';
import { type App, type AppOptions, startApp } from '../../src/app.js';
import { parseConfig } from '../../src/config/parse.js';
import type { Event } from '../../src/domain/events.js';

export interface GraphqlAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into answers whose shape they state.
  readonly data: any;
  readonly errors: readonly {
    message: string;
    path?: (string | number)[];
    extensions: Record<string, unknown>;
  }[];
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly extensions: any;
}

export interface TestApp extends AsyncDisposable {
  readonly url: string;
  readonly app: App;
  readonly sandbox: Sandbox;
  readonly events: Event[];
  /** Both clocks of the app go on by so much at once, and PAI's, too. */
  passes(ms: number): void;
  /** The app's wall clock is set by so much; its monotonic clock does not notice. */
  steps(ms: number): void;
  /** One GraphQL request over HTTP. */
  query(
    query: string,
    variables?: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<GraphqlAnswer>;
}

export interface TestAppOptions {
  /** Or made when the sandbox has an address. */
  readonly env?: Record<string, string> | ((sandbox: Sandbox) => Record<string, string>);
  readonly sandbox?: SandboxOptions;
  /** The app's clocks go on by passes() alone. */
  readonly isClockStill?: boolean;
  readonly hooks?: Pick<AppOptions, 'timer' | 'heapBytes'>;
}

export const SANDBOX_ENV = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: 'sandbox',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'sandbox-secret',
};

/** The reading of an app's monotonic clock at its start. */
const UPTIME_MS = 1000;

export async function withApp(testOptions: TestAppOptions = {}) {
  const { env = {}, sandbox: options, isClockStill = false, hooks } = testOptions;
  const events: Event[] = [];
  let passedMs = 0;
  let steppedMs = 0;
  const startedAt = Date.now();
  // Time passes for PAI, too; only a step of the app's own wall clock makes the two differ.
  // Their addresses are the same in every sandbox, so that answers of two apps are.
  const models = sampleModels();
  const sandbox = await startSandbox({ models, now: () => Date.now() + passedMs, ...options });
  const sinceStartMs = () => (isClockStill ? 0 : Date.now() - startedAt) + passedMs;
  // Far apart, as they are in a process: a moment of one that is taken for the other shows.
  const monotonic = () => UPTIME_MS + sinceStartMs();
  const now = () => startedAt + sinceStartMs() + steppedMs;
  const settings = typeof env === 'function' ? env(sandbox) : env;
  const target = { PAI_ENDPOINT: sandbox.url };
  const app = await startTestApp({ ...target, ...settings }, events, { ...hooks, now, monotonic });
  const testApp: TestApp = {
    url: app.url,
    app,
    sandbox,
    events,
    passes: (ms) => {
      passedMs += ms;
    },
    steps: (ms) => {
      steppedMs += ms;
    },
    query: (query, variables, headers) => postGraphql(app.url, { query, variables }, headers),
    async [Symbol.asyncDispose]() {
      await app.close();
      await sandbox.close();
    },
  };
  return testApp;
}

/** Of the accelerator, which changes no answer: `RESPONSE_CACHE=off COMPILED_OPERATIONS=off npm test` shows it. */
function givenStages(): Record<string, string> {
  const { RESPONSE_CACHE, COMPILED_OPERATIONS } = process.env;
  return {
    ...(RESPONSE_CACHE && { RESPONSE_CACHE }),
    ...(COMPILED_OPERATIONS && { COMPILED_OPERATIONS }),
  };
}

export async function startTestApp(
  env: Record<string, string>,
  events: Event[] = [],
  options: AppOptions = {},
) {
  // The cache allocates room for all of its entries, which takes longer than most tests when there is much of it.
  const small = { PORT: '0', LOG_LEVEL: 'silent', CACHE_MAX_MB: '16' };
  const defaults = { ...small, ...SANDBOX_ENV, ...givenStages() };
  const parsed = parseConfig({ ...defaults, ...env });
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
  return startApp(parsed.config, { ...options, observe: (event) => events.push(event) });
}

/** In the media type whose status tells errors apart; tests of application/json ask for it. */
const HEADERS = {
  'content-type': 'application/json',
  accept: 'application/graphql-response+json',
};

export async function postGraphql(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<GraphqlAnswer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { ...HEADERS, ...headers },
    body: JSON.stringify(body),
  });
  const { data, errors = [], extensions } = (await response.json()) as GraphqlAnswer;
  return { status: response.status, headers: response.headers, data, errors, extensions };
}

export const DOCUMENTED_ID = 'model-rbvg5wzljzks92';

export function sampleIds(count: number): string[] {
  const ids = sampleModels().map(({ model }) => String(model.ModelId));
  return ids.filter((id) => id !== DOCUMENTED_ID).slice(0, count);
}
