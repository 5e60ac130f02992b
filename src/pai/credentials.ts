// Gives the keys that sign a request, fixed or from Alibaba Cloud's credential chain; it never stores or logs them.
import { SYSTEM_CLOCK } from '../domain/clock.js';
import type { CredentialSource, Credentials } from '../domain/credentials.js';
import type { Report } from '../domain/events.js';
import {
  type ChainQuestionsOptions,
  createChainQuestions,
  type GivenKeys,
} from './credential-chain.js';
import { createStatusRecord } from './credential-status.js';

/** The role that the settings name for the chain's keys. */
export interface ChainRole {
  readonly arn: string;
  /** The chain exchanges an OIDC token for keys of this role before it looks anywhere else. */
  readonly isOidc: boolean;
}

export interface ChainOptions extends ChainQuestionsOptions {
  /** performance.now when absent. */
  readonly monotonic?: () => number;
  readonly role?: ChainRole | null;
  readonly report?: Report;
}

/** A provider renews its keys by itself when it is asked; asking costs 100 µs, even when no renewal is due. */
const ASK_EVERY_MS = 1000;
/** Providers renew keys with 15 minutes left, so the latest keys are used for this long while the chain is asked. */
const GOOD_FOR_MS = 60_000;
/** When PAI refuses keys permanently, not every request asks for new ones. */
const REFRESH_EVERY_MS = 10_000;
const NEVER = Number.NEGATIVE_INFINITY;

export function staticCredentials(credentials: Credentials): CredentialSource {
  return { get: () => credentials, refresh: () => false, status: () => 'ok' };
}

/**
 * Alibaba Cloud's default chain, asked at most once a second. Equal keys are one object, by which other modules
 * recognise them, so that nothing has to be computed again for a request.
 */
export function chainCredentials(options: ChainOptions = {}): CredentialSource {
  const { monotonic = SYSTEM_CLOCK.monotonic, role = null, report = () => {} } = options;
  const status = createStatusRecord(report);
  let held: Credentials | undefined;
  let refused: Credentials | undefined;
  let [askedAt, confirmedAt, refreshedAt] = [NEVER, NEVER, NEVER];

  const chain = createChainQuestions(options, {
    read: (given) => unlessEqual(held, toCredentials(given, role)),
    succeeded(keys) {
      held = keys;
      confirmedAt = monotonic();
      status.settle(null);
    },
    failed: status.settle,
  });

  function ask(): Promise<Credentials> {
    askedAt = monotonic();
    return chain.ask();
  }

  return {
    get() {
      const at = monotonic();
      if (held === undefined || at - confirmedAt >= GOOD_FOR_MS) return ask();
      // In the background, so that no request waits; the status reports a failure.
      if (at - askedAt >= ASK_EVERY_MS) ask().catch(() => {});
      return held;
    },
    refresh() {
      // Requests that were refused with the same keys share one question.
      if (confirmedAt === NEVER) return true;
      if (monotonic() - refreshedAt < REFRESH_EVERY_MS) return held !== refused;
      [refreshedAt, confirmedAt, refused] = [monotonic(), NEVER, held];
      chain.startAnew();
      return true;
    },
    status: status.last,
  };
}

/** Equal keys keep the earlier object. */
function unlessEqual(held: Credentials | undefined, given: Credentials): Credentials {
  const isSame =
    held?.accessKeyId === given.accessKeyId &&
    held.accessKeySecret === given.accessKeySecret &&
    held.securityToken === given.securityToken &&
    held.role === given.role;
  return isSame ? held : given;
}

function toCredentials(given: GivenKeys, role: ChainRole | null): Credentials {
  const { accessKeyId = '', accessKeySecret = '', securityToken } = given;
  if (!securityToken) return { accessKeyId, accessKeySecret };
  const known = role === null ? null : roleOf(role, given.providerName);
  const keys = { accessKeyId, accessKeySecret, securityToken };
  return known === null ? keys : { ...keys, role: known };
}

const OIDC = 'default/oidc_role_arn';
/** Links that name no role and add no session policy: the settings may name the role of their keys. */
const SAID_BY_SETTINGS: ReadonlySet<string> = new Set([
  'default/ecs_ram_role',
  'default/credential_uri',
]);

/**
 * null: not known. A profile names its own role, perhaps with a session policy, in a file that replicas need not share.
 * With a configured OIDC exchange, the role applies to keys of the exchange only: when the exchange fails, the chain
 * continues with links that may give another role, such as the role of a node.
 */
function roleOf({ arn, isOidc }: ChainRole, link = ''): string | null {
  const isKnown = isOidc ? link === OIDC : SAID_BY_SETTINGS.has(link);
  return isKnown ? `${arn} ${link}` : null;
}
