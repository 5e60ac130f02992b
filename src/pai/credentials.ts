// Gives the keys that sign requests, fixed or from Alibaba Cloud's credential chain; it never stores or logs them, and
// repeats no text of a provider.

import { isDeepStrictEqual } from 'node:util';
import type { CredentialSource, Credentials } from '../domain/credentials.js';
import { AppError } from '../domain/errors.js';
import type { Report } from '../domain/events.js';
import type { PartStatus } from '../domain/part-status.js';
import { SYSTEM_CLOCK } from '../lib/time.js';
import { untilAborted } from '../lib/until-aborted.js';

export function staticCredentials(credentials: Credentials): CredentialSource {
  return {
    get: async () => credentials,
    current: () => credentials,
    refresh: () => false,
    status: () => 'ok',
  };
}

/** The part of a provider of `@alicloud/credentials` that is used here. */
export interface CredentialProvider {
  getCredentials(): Promise<ProvidedKeys>;
}

interface ProvidedKeys {
  readonly accessKeyId?: string;
  readonly accessKeySecret?: string;
  readonly securityToken?: string;
  /** The link of the chain that gave the keys, as `default/<link>`. */
  readonly providerName?: string;
}

/** The role that the settings name for the chain's keys. */
export interface ChainRole {
  readonly arn: string;
  /** The chain exchanges an OIDC token for keys of this role before it looks anywhere else. */
  readonly isOidc: boolean;
}

export interface ChainOptions {
  readonly loadProvider?: () => Promise<CredentialProvider>;
  readonly timeoutMs?: number;
  /** performance.now when absent. */
  readonly monotonic?: () => number;
  readonly role?: ChainRole | null;
  readonly report?: Report;
}

const TIMEOUT_MS = 10_000;
/** A provider renews its keys by itself when it is asked; asking costs 100 µs, even when no renewal is due. */
const ASK_EVERY_MS = 1000;
/** Providers renew keys with 15 minutes left, so the latest keys are used for this long while the chain is asked. */
const GOOD_FOR_MS = 60_000;
/** When PAI refuses keys permanently, not every request asks for new ones. */
const REFRESH_EVERY_MS = 10_000;
const NEVER = Number.NEGATIVE_INFINITY;

interface Chain {
  readonly provider: Promise<CredentialProvider>;
  /** The request to it that has not ended. */
  pending?: Promise<Credentials> | undefined;
}

/** Alibaba Cloud's default chain, asked at most once a second, with one request at a time. */
export function chainCredentials(options: ChainOptions = {}): CredentialSource {
  const { loadProvider = loadDefaultChain, timeoutMs = TIMEOUT_MS, role = null } = options;
  const { monotonic = SYSTEM_CLOCK.monotonic, report = () => {} } = options;
  const status = createStatusRecord(report);
  let chain: Chain | undefined;
  let latest: Credentials | undefined;
  let rejectedKeys: Credentials | undefined;
  let askedAt = NEVER;
  let confirmedAt = NEVER;
  /** As confirmedAt, but a refusal by PAI does not change it. */
  let lastGivenAt = NEVER;
  let refreshedAt = NEVER;

  function ask(): Promise<Credentials> {
    askedAt = monotonic();
    chain ??= { provider: loadProvider() };
    chain.pending ??= askProvider(chain);
    return chain.pending;
  }

  /** The outcome of a request to a chain that was replaced meanwhile changes nothing. */
  async function askProvider(asked: Chain): Promise<Credentials> {
    try {
      const given = toCredentials(await keysOf(asked.provider, timeoutMs), role);
      // Equal keys stay one object, by which refresh() recognises them.
      const keys = latest !== undefined && isDeepStrictEqual(latest, given) ? latest : given;
      if (chain === asked) {
        latest = keys;
        confirmedAt = monotonic();
        lastGivenAt = confirmedAt;
        status.record(null);
      }
      return keys;
    } catch (error) {
      if (chain === asked) {
        // Once all its providers have failed, the default chain asks only the last one, so it never recovers.
        chain = undefined;
        status.record(reasonOf(error));
      }
      const message = 'No credentials for the model registry could be obtained.';
      throw new AppError('UPSTREAM_REJECTED', message);
    } finally {
      asked.pending = undefined;
    }
  }

  function current(): Credentials | null {
    if (latest === undefined || monotonic() - confirmedAt >= GOOD_FOR_MS) return null;
    // In the background, so that no request waits; the status reports a failure.
    if (monotonic() - askedAt >= ASK_EVERY_MS) ask().catch(() => {});
    return latest;
  }

  return {
    get: async () => current() ?? ask(),
    current,
    refresh() {
      // Requests that were refused with the same keys share one request.
      if (confirmedAt === NEVER) return true;
      if (monotonic() - refreshedAt < REFRESH_EVERY_MS) return latest !== rejectedKeys;
      refreshedAt = monotonic();
      confirmedAt = NEVER;
      rejectedKeys = latest;
      chain = undefined;
      return true;
    },
    status: status.last,
    confirmedAt: () => (lastGivenAt === NEVER ? null : lastGivenAt),
  };
}

/** The provider takes no signal: it is not waited for any longer. */
async function keysOf(provider: Promise<CredentialProvider>, timeoutMs: number) {
  const provided = provider.then((loaded) => loaded.getCredentials());
  const keys = await untilAborted(provided, AbortSignal.timeout(timeoutMs));
  if (!keys.accessKeyId || !keys.accessKeySecret) throw new Error('Keys are missing.');
  return keys;
}

/** The provider's own text quotes response bodies, which may hold keys: it is not passed on. */
function reasonOf(error: unknown): string {
  return error instanceof DOMException && error.name === 'TimeoutError'
    ? 'The credential chain did not answer in time.'
    : 'No link of the credential chain gave keys.';
}

function toCredentials(provided: ProvidedKeys, role: ChainRole | null): Credentials {
  const { accessKeyId = '', accessKeySecret = '', securityToken, providerName = '' } = provided;
  if (!securityToken) return { accessKeyId, accessKeySecret };
  const keys = { accessKeyId, accessKeySecret, securityToken };
  const isKnown = role !== null && isRoleOf(role, providerName);
  return isKnown ? { ...keys, role: `${role.arn} ${providerName}` } : keys;
}

const OIDC = 'default/oidc_role_arn';
/** Links that name no role and add no session policy: the settings may name the role of their keys. */
const NAMED_BY_SETTINGS: ReadonlySet<string> = new Set([
  'default/ecs_ram_role',
  'default/credential_uri',
]);

/**
 * Whether the keys of a link are of this role. A profile names its own role, perhaps with a session policy, in a file
 * that replicas need not share. With a configured OIDC exchange, the role applies to keys of the exchange only: when the
 * exchange fails, the chain continues with links that may give another role, such as the role of a node.
 */
function isRoleOf({ isOidc }: ChainRole, link: string): boolean {
  return isOidc ? link === OIDC : NAMED_BY_SETTINGS.has(link);
}

// Loaded late because the chain may read CLI configuration, run the command named there, and ask the instance metadata
// address: none of these may happen in the sandbox or with fixed keys.
async function loadDefaultChain(): Promise<CredentialProvider> {
  const { DefaultCredentialsProvider } = await import('@alicloud/credentials');
  return DefaultCredentialsProvider.builder().build();
}

/** The result of the latest attempt to obtain keys, reported when it changes. */
export function createStatusRecord(report: Report) {
  let last: PartStatus = 'unknown';
  return {
    last: () => last,
    /** null: keys are available. A problem is for the log: it holds no key and no text of a provider. */
    record(problem: string | null): void {
      const next = problem === null ? 'ok' : 'failing';
      if (next === last) return;
      last = next;
      const type = 'credentials';
      report(problem === null ? { type, state: 'up' } : { type, state: 'down', reason: problem });
    },
  };
}
