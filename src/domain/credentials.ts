// The keys that requests to PAI are signed with, and where they come from.
import type { MaybePromise } from './maybe-promise.js';

export interface Credentials {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
}

export type CredentialStatus = 'unknown' | 'ok' | 'failing';

export interface CredentialSource {
  get(): MaybePromise<Credentials>;
  /** Drops what is remembered, so that the next get() asks again; false: there is nobody to ask. */
  refresh(): boolean;
  /** How the latest attempt ended, for readiness; refresh() does not change it. */
  status(): CredentialStatus;
}

/** Somebody has to be asked, if only whether what is remembered still holds. */
export interface AskedCredentialSource extends CredentialSource {
  get(): Promise<Credentials>;
}
