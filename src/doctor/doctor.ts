// `npm run doctor`: examines the settings, then the PAI that they name, with at most one call of each operation; it
// changes nothing and shows no host, key, token or body.
import type { Config } from '../config/config.js';
import type { ParsedConfig } from '../config/parse.js';
import { SettingsError } from '../config/settings-error.js';
import type { CredentialSource } from '../domain/credentials.js';
import { type Inputs, openInputs } from '../inputs.js';
import { SYSTEM_CLOCK } from '../lib/time.js';
import { staticCredentials } from '../pai/credentials.js';
import { createTransport } from '../pai/transport.js';
import { createStartup } from '../startup.js';
import type { Upstream } from '../upstream.js';
import { checkContract } from './compare.js';
import { checkCredentials } from './credentials.js';
import { exitCodeOf, type Finding, fail, ok, printFindings, skip, warn } from './finding.js';
import {
  type Call,
  callOneModel,
  callOperations,
  checkClock,
  checkOperations,
  clockSkewMs,
  type Send,
} from './operations.js';
import { checkPorts } from './ports.js';
import { checkRedis } from './redis.js';
import { checkRoute, otherHost } from './route.js';
import { checkKeyServer, checkSts } from './servers.js';

interface Examination {
  readonly text: string;
  readonly exitCode: number;
}

export async function examine(parsed: ParsedConfig, now: () => number): Promise<Examination> {
  const warnings = parsed.warnings.map((warning) => warn('settings', warning));
  if (!parsed.ok) return wrongSettings(parsed.problems, warnings);
  // The sandbox of a server may have the port.
  const config = { ...parsed.config, sandboxPort: null };
  const startup = createStartup(new AbortController().signal, () => {});
  try {
    const options = { config, startup, report: () => {}, clock: SYSTEM_CLOCK };
    return await examineService(config, await openInputs(options, () => {}), warnings, now);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return wrongSettings(error.problems, warnings);
  } finally {
    await startup.close();
  }
}

function wrongSettings(problems: readonly string[], warnings: readonly Finding[]): Examination {
  return toExamination([
    ...problems.map((problem) => fail('settings', problem)),
    ...warnings,
    skip('PAI', 'the settings are wrong.'),
  ]);
}

async function examineService(
  config: Config,
  inputs: Inputs,
  warnings: readonly Finding[],
  now: () => number,
): Promise<Examination> {
  const { timeoutMs } = config.upstream;
  const isLinked = config.linkedEntities === 'resolve';
  const { upstream } = inputs;
  const credentials = await checkCredentials(upstream, config);
  const { calls, tried, whyNone } = await callPai(config, upstream, credentials, now);
  const findings = [
    ok('settings', describeSettings(config, upstream)),
    ...warnings,
    await checkPorts(config),
    credentials,
    checkRoute(config, upstream, calls, tried),
    checkClock(clockSkewMs(calls)),
    ...checkOperations(whyNone === null ? calls : [], timeoutMs, whyNone, isLinked),
    ...checkContract(calls),
    ...(await checkSts(config, upstream)),
    ...(await checkKeyServer(config)),
    ...(await checkRedis(config, inputs)),
  ];
  return toExamination(findings, calls.length + tried.length);
}

function toExamination(findings: readonly Finding[], calls = 0): Examination {
  return { text: printFindings(findings, calls), exitCode: exitCodeOf(findings) };
}

function describeSettings({ upstream: { target } }: Config, { source }: Upstream): string {
  return target.kind === 'sandbox'
    ? 'valid; without PAI_REGION the embedded sandbox is examined, not PAI'
    : `valid; ${source} is examined`;
}

interface PaiCalls {
  readonly calls: readonly Call[];
  /** The calls to the region's other host. */
  readonly tried: readonly Call[];
  /** Why the operations were not called; null: they were. */
  readonly whyNone: string | null;
}

/** PAI refuses them, which shows that it is reached. */
const NO_KEYS = staticCredentials({ accessKeyId: 'none', accessKeySecret: 'none' });

async function callPai(
  config: Config,
  upstream: Upstream,
  { level }: Finding,
  now: () => number,
): Promise<PaiCalls> {
  const { target, pageSizeMax } = config.upstream;
  if (level !== 'ok') return { calls: [], tried: [], whyNone: 'there are no credentials' };
  const isCaller = config.identity.kind === 'caller';
  const isLinked = config.linkedEntities === 'resolve';
  const ask = asker(config, isCaller ? NO_KEYS : upstream.credentials, now);
  const askOnce = async (send: Send) => [await callOneModel(send, now)];
  const askAll = (send: Send) => callOperations(send, now, pageSizeMax, isLinked);
  const calls = await ask(upstream.baseUrl, isCaller ? askOnce : askAll);
  const other = otherHost(target, calls);
  return {
    calls,
    tried: other === null ? [] : await ask(other, askOnce),
    whyNone: isCaller
      ? 'PAI_IDENTITY=caller asks PAI with the tokens of callers, of which there is none here'
      : null,
  };
}

type Ask = (
  baseUrl: string,
  asking: (send: Send) => Promise<readonly Call[]>,
) => Promise<readonly Call[]>;

/** Gives a transport for the calls to a base URL, and closes it after them. */
function asker({ proxy, upstream }: Config, credentials: CredentialSource, now: () => number): Ask {
  const { timeoutMs } = upstream;
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
