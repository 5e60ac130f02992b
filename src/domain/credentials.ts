// The keys that requests to PAI are signed with, and where they come from.
import type { MaybePromise } from './maybe-promise.js';

export interface Credentials {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
  /** The role that they are of, where the settings say it: other keys of that role see the same. */
  readonly role?: string;
}

export type CredentialStatus = 'unknown' | 'ok' | 'failing';

export interface CredentialSource {
  /** `requestId` is of the operation that needs them, for the log. */
  get(requestId?: string): MaybePromise<Credentials>;
  /** Drops the keys that were refused; false: to ask again would give no others. */
  refresh(): boolean;
  /** How the latest attempt ended, for readiness; refresh() does not change it. */
  status(): CredentialStatus;
}

/** A source that asks another party, if only whether what is remembered still holds. */
export interface AskedCredentialSource extends CredentialSource {
  get(requestId?: string): Promise<Credentials>;
}
