// The keys that sign requests to PAI, and their sources.
import type { PartStatus } from './part-status.js';
import type { Origin } from './span.js';

export interface Credentials {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
  /** The role of the keys, where the settings name it: other keys of that role see the same. */
  readonly role?: string;
}

export interface CredentialSource {
  /** `origin`: the operation that needs the keys. */
  get(origin?: Origin): Promise<Credentials>;
  /** The keys that `get` would give at once; null: it would have to obtain them. */
  current(): Credentials | null;
  /** Drops the keys that were refused; false: asking again would give the same keys. */
  refresh(): boolean;
  /** How the latest attempt ended, for readiness; refresh() does not change it. */
  status(): PartStatus;
  /** When the keys were last given or confirmed, by the monotonic clock; null: not yet. Absent: the keys are fixed. */
  confirmedAt?(): number | null;
}

/** A verified token of a caller, and the role whose keys it may be exchanged for. */
export interface CallerToken {
  /** As the request brought it; it is never logged. */
  readonly token: string;
  readonly issuer: string;
  readonly subject: string;
  readonly roleArn: string;
  /** Milliseconds since the epoch. */
  readonly tokenExpiresAt: number;
  /** The operation that needs the keys. */
  readonly origin?: Origin | undefined;
}
