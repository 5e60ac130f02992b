// `npm run doctor`: examines the settings, then the PAI that they name, with at most four calls; it changes nothing and
// shows no host, key, token or body.

import type { Config } from '../config/config.js';
import type { ParsedConfig } from '../config/parse.js';
import { codeOf } from '../domain/errors.js';
import type { UpstreamOperation } from '../domain/events.js';
import { createTransport } from '../pai/transport.js';
import { chooseUpstream, type Upstream } from '../upstream.js';
import { createAsk } from './ask.js';
import { clockSkewMs, judgeClock } from './clock.js';
import { exitCodeOf, type Finding, fail, ok, printFindings, warn } from './finding.js';
import { judgeContract } from './judge-contract.js';
import { judgeOperation } from './judge-operation.js';
import { checkRedis } from './redis.js';
import { askAll, type Round } from './round.js';

export interface Examination {
  readonly text: string;
  readonly exitCode: number;
}

/** In the order in which they are asked. */
const OPERATIONS: readonly UpstreamOperation[] = [
  'ListModels',
  'GetModel',
  'ListModelVersions',
  'GetModelVersion',
];

export async function examine(parsed: ParsedConfig, now: () => number): Promise<Examination> {
  if (!parsed.ok) {
    return report([
      ...parsed.problems.map((problem) => fail('settings', problem)),
      ...parsed.warnings.map((warning) => warn('settings', warning)),
    ]);
  }
  const { config } = parsed;
  const upstream = await chooseUpstream(config.upstream.target);
  try {
    const credentials = await checkCredentials(upstream, config);
    const round =
      credentials.level === 'ok' ? await askUpstream(config, upstream, now) : NOTHING_ASKED;
    const redis = config.redis === null ? [] : [await checkRedis(config.redis)];
    const findings = [
      ok('settings', describeSettings(config, upstream)),
      ...parsed.warnings.map((warning) => warn('settings', warning)),
      credentials,
      judgeClock(clockSkewMs(round.asked)),
      ...OPERATIONS.map((operation) => judge(operation, round, config.upstream.timeoutMs)),
      ...judgeContract(round),
      ...redis,
    ];
    return report(findings, round.asked.length);
  } finally {
    await upstream.close();
  }
}

const NOTHING_ASKED: Round = { asked: [], twins: [] };

function report(findings: readonly Finding[], calls = 0): Examination {
  return { text: printFindings(findings, calls), exitCode: exitCodeOf(findings) };
}

function describeSettings({ upstream: { target } }: Config, { source }: Upstream): string {
  return target.kind === 'sandbox'
    ? 'valid; without PAI_REGION the embedded sandbox is examined, not PAI'
    : `valid; examined is ${source}`;
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
  return ok('credentials', target.key ? 'of the settings' : 'of the standard credential chain');
}

async function askUpstream(
  { upstream: { timeoutMs, pageSizeMax } }: Config,
  { baseUrl, credentials }: Upstream,
  now: () => number,
): Promise<Round> {
  const transport = createTransport({
    ...{ baseUrl, credentials, timeoutMs, maxSockets: 1 },
    now: () => new Date(now()),
  });
  try {
    return await askAll(createAsk(transport, now), pageSizeMax);
  } finally {
    transport.close();
  }
}

function judge(operation: UpstreamOperation, { asked }: Round, timeoutMs: number): Finding {
  const one = asked.find((candidate) => candidate.operation === operation);
  if (one !== undefined) return judgeOperation(one, timeoutMs);
  return warn(operation, `not checked: ${whyNotAsked(asked.length)}.`);
}

function whyNotAsked(calls: number): string {
  if (calls === 0) return 'there are no credentials';
  return calls === 1 ? 'ListModels names no model' : 'the model has no version';
}
