// The keys that sign requests to PAI, and their sources.

export interface Credentials {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
  /** The role of the keys, where the settings name it: other keys of that role see the same. */
  readonly role?: string;
}

export type CredentialStatus = 'unknown' | 'ok' | 'failing';

export interface CredentialSource {
  /** `requestId` is the id of the operation that needs the keys, for the log. */
  get(requestId?: string): Promise<Credentials>;
  /** The keys that `get` would give at once; null: it would have to obtain them. */
  current(): Credentials | null;
  /** Drops the keys that were refused; false: asking again would give the same keys. */
  refresh(): boolean;
  /** How the latest attempt ended, for readiness; refresh() does not change it. */
  status(): CredentialStatus;
}
