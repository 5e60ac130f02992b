// `npm run doctor`: examines the settings, then the PAI that they name, with at most four calls; it changes nothing and
// shows no host, key, token or body.
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config/config.js';
import type { ParsedConfig } from '../config/parse.js';
import { SettingsError } from '../config/settings-error.js';
import { codeOf } from '../domain/errors.js';
import type { UpstreamOperation } from '../domain/events.js';
import { parseRedisFile } from '../lib/redis-url.js';
import { loadFile } from '../lib/reloaded-file.js';
import { SYSTEM_CLOCK } from '../lib/time.js';
import { createTransport } from '../pai/transport.js';
import { parseCaFile } from '../redis/ca-file.js';
import { chooseUpstream, type Upstream } from '../upstream.js';
import { checkContract } from './compare.js';
import { exitCodeOf, type Finding, fail, ok, printFindings, warn } from './finding.js';
import {
  type Call,
  callOneModel,
  callOperations,
  checkCall,
  checkClock,
  clockSkewMs,
  type Send,
} from './operations.js';
import { checkRoute, otherHost } from './route.js';

interface Examination {
  readonly text: string;
  readonly exitCode: number;
}

/** In the order in which they are called. */
const OPERATIONS: readonly UpstreamOperation[] = [
  'ListModels',
  'GetModel',
  'ListModelVersions',
  'GetModelVersion',
];

export async function examine(parsed: ParsedConfig, now: () => number): Promise<Examination> {
  const warnings = parsed.warnings.map((warning) => warn('settings', warning));
  if (!parsed.ok) {
    const problems = parsed.problems.map((problem) => fail('settings', problem));
    return toExamination([...problems, ...warnings]);
  }
  try {
    return await examineService(parsed.config, warnings, now);
  } catch (error) {
    // Files of keys are read with the credentials.
    if (!(error instanceof SettingsError)) throw error;
    const problems = error.problems.map((problem) => fail('settings', problem));
    return toExamination([...problems, ...warnings]);
  }
}

async function examineService(
  config: Config,
  warnings: readonly Finding[],
  now: () => number,
): Promise<Examination> {
  const { timeoutMs, target } = config.upstream;
  const upstream = await chooseUpstream(target);
  try {
    const credentials = await checkCredentials(upstream, config);
    const isReady = credentials.level === 'ok';
    const ask = asker(config, upstream, now);
    const askAll = (send: Send) => callOperations(send, now, config.upstream.pageSizeMax);
    const calls = isReady ? await ask(upstream.baseUrl, askAll) : [];
    const other = otherHost(target, calls);
    const tried =
      other === null ? null : await ask(other, async (send) => [await callOneModel(send, now)]);
    const findings = [
      ok('settings', describeSettings(config, upstream)),
      ...warnings,
      credentials,
      checkRoute(config, upstream, tried),
      checkClock(clockSkewMs(calls)),
      ...OPERATIONS.map((operation) => checkOperation(operation, calls, timeoutMs)),
      ...checkContract(calls),
      ...(config.redis === null ? [] : [await checkRedis(config.redis)]),
    ];
    return toExamination(findings, calls.length + (tried?.length ?? 0));
  } finally {
    await upstream.close();
  }
}

function toExamination(findings: readonly Finding[], calls = 0): Examination {
  return { text: printFindings(findings, calls), exitCode: exitCodeOf(findings) };
}

function describeSettings({ upstream: { target } }: Config, { source }: Upstream): string {
  return target.kind === 'sandbox'
    ? 'valid; without PAI_REGION the embedded sandbox is examined, not PAI'
    : `valid; ${source} is examined`;
}

/** Whether credentials are available; only PAI knows whether they are valid, and the operations show it. */
async function checkCredentials({ credentials }: Upstream, config: Config): Promise<Finding> {
  const { target } = config.upstream;
  try {
    await credentials.get();
  } catch (error) {
    if (codeOf(error) === null) throw error;
    return fail(
      'credentials',
      'none. Set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or give the machine a RAM role or another link of the standard credential chain.',
    );
  }
  if (target.kind === 'sandbox') return ok('credentials', 'those of the sandbox');
  if (target.keyFiles !== null) return ok('credentials', 'of the files that the settings name');
  return ok('credentials', target.key ? 'of the settings' : 'of the standard credential chain');
}

type Ask = (
  baseUrl: string,
  asking: (send: Send) => Promise<readonly Call[]>,
) => Promise<readonly Call[]>;

/** Gives a transport for the calls to a base URL, and closes it after them. */
function asker(config: Config, { credentials }: Upstream, now: () => number): Ask {
  const { proxy } = config;
  const { timeoutMs } = config.upstream;
  // The transport has its own time limit.
  const { signal } = new AbortController();
  return async (baseUrl, asking) => {
    const transport = createTransport({ baseUrl, timeoutMs, maxSockets: 1, proxy, now });
    try {
      return await asking((request) => transport.send(request, { credentials, signal }));
    } finally {
      transport.close();
    }
  };
}

function checkOperation(
  operation: UpstreamOperation,
  calls: readonly Call[],
  timeoutMs: number,
): Finding {
  const call = calls.find((candidate) => candidate.operation === operation);
  if (call !== undefined) return checkCall(call, timeoutMs);
  return warn(operation, `not checked: ${whyNotCalled(calls.length)}.`);
}

function whyNotCalled(calls: number): string {
  if (calls === 0) return 'there are no credentials';
  return calls === 1 ? 'ListModels names no model' : 'the model has no version';
}

const REDIS_TRIES = 40;
const REDIS_PAUSE_MS = 50;

/** Whether Redis answers and refuses nothing; the service also runs without it. */
async function checkRedis(config: NonNullable<Config['redis']>): Promise<Finding> {
  const { targetFile: path, caFile } = config;
  const ca = caFile === null ? null : await loadFile({ path: caFile, parse: parseCaFile });
  if (ca?.ok === false) return fail('redis', `REDIS_TLS_CA_FILE: ${ca.problems.join(' ')}`);
  const file = path === null ? null : await loadFile({ path, parse: parseRedisFile });
  if (file?.ok === false) return fail('redis', `REDIS_URL_FILE: ${file.problems.join(' ')}`);
  const target = file?.value ?? config.target;
  if (target === null) throw new Error('No setting says where Redis is.');
  // Loaded on demand, as app.ts does.
  const { openRedis } = await import('../redis/redis.js');
  const redis = openRedis({
    ...config,
    access: { ...config.access, ca: ca?.value },
    target,
    report: () => {},
    monotonic: SYSTEM_CLOCK.monotonic,
  });
  try {
    await redis.known;
    // A Redis that has just started refuses commands for a moment.
    for (let left = REDIS_TRIES; left > 0 && redis.state().kind !== 'up'; left -= 1) {
      await pause(REDIS_PAUSE_MS);
    }
    const state = redis.state();
    if (state.kind === 'up') return ok('redis', 'answers');
    const problem =
      state.kind === 'down'
        ? `does not answer (${state.cause}). Check REDIS_URL, its password and the network`
        : `refuses commands (${state.reason}). Check its role, the rights of its user and its memory`;
    return warn('redis', `${problem}; until then replicas share neither cache nor quota.`);
  } finally {
    redis.close();
  }
}
