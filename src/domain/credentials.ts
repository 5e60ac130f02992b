// The keys that requests to PAI are signed with, and where they come from.

export interface Credentials {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
}

export type CredentialStatus = 'unknown' | 'ok' | 'failing';

export interface CredentialSource {
  get(): Promise<Credentials>;
  /** Drops what is remembered, so that the next get() asks again; false: there is nobody to ask. */
  refresh(): boolean;
  /** How the latest attempt ended, for readiness; refresh() does not change it. */
  status(): CredentialStatus;
}
