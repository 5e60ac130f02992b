// What the parts of the program are told by the settings, as values. It parses nothing.
import type { LOG_LEVELS } from '../settings/forms.js';
import type { MemoryShares } from './memory-shares.js';

export interface Config {
  readonly listen: { readonly host: string; readonly port: number; readonly isLoopback: boolean };
  readonly maxConnections: number;
  readonly corsOrigins: readonly string[];
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly playground: boolean;
  readonly sandboxPort: number;
  readonly upstream: UpstreamConfig;
  readonly requestTimeoutMs: number;
  readonly cache: CacheConfig;
  readonly memory: MemoryShares;
  /** null: off. */
  readonly redis: RedisConfig | null;
  /** null: beside the rest. */
  readonly metricsPort: number | null;
  readonly relayNode: boolean;
  readonly answerMemo: boolean;
  readonly compiledExecution: boolean;
  readonly auth: AuthConfig;
  readonly identity: IdentityConfig;
  /** null: off. */
  readonly operationsPerSecond: number | null;
  /** Whose `X-Forwarded-For` counts: addresses, or ranges as `address/prefix`. */
  readonly trustedProxies: readonly string[];
  readonly trustedDocuments: {
    readonly mode: 'off' | 'log' | 'only';
    readonly file: string | null;
  };
  readonly limits: LimitsConfig;
}

export interface AuthConfig {
  /** None: whoever reaches the port may ask. */
  readonly methods: readonly ('api-key' | 'jwt')[];
  readonly apiKeysFile: string | null;
  readonly jwt: JwtConfig | null;
}

export interface JwtConfig {
  readonly jwks: string;
  readonly issuer: string;
  readonly audience: string;
  readonly workspacesClaim: string | null;
}

export type IdentityConfig =
  | { readonly kind: 'service' }
  | {
      readonly kind: 'caller';
      readonly oidcProviderArn: string;
      readonly roleMapFile: string;
      /** null: the region's. */
      readonly stsEndpoint: string | null;
    };

export interface LimitsConfig {
  readonly bodyBytes: number;
  readonly tokens: number;
  readonly operations: number;
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: number;
  readonly directives: number;
  readonly fields: number;
  readonly repeats: number;
  readonly ids: number;
  readonly rows: number;
  readonly representations: number;
  readonly responseBytes: number;
}

/** A setting is wrong, or the file that it points at. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly string[];
  /** Perhaps the cause: a misspelt name is a setting that is missing. */
  readonly warnings: readonly string[];

  constructor(problems: readonly string[], warnings: readonly string[] = []) {
    super(problems.join(' '));
    this.problems = problems;
    this.warnings = warnings;
  }
}

export interface CacheConfig {
  /** Part of every scope; null: not named. */
  readonly namespace: string | null;
  readonly ttlMs: number;
  readonly revalidateMs: number;
  readonly staleMs: number;
  readonly missingMs: number;
}

export interface RedisConfig {
  readonly url: string;
  readonly cacheTimeoutMs: number;
  readonly quotaTimeoutMs: number;
}

export interface UpstreamConfig {
  /** null: the embedded sandbox. */
  readonly target: PaiTarget | null;
  readonly timeoutMs: number;
  readonly concurrency: number;
  readonly ratePerSecond: number;
  /** Each replica's share of it while Redis does not work. */
  readonly rateWithoutRedis: number;
  readonly pageSizeMax: number;
  readonly isListBatching: boolean;
  /** What one operation may cost. */
  readonly callsPerOperation: number;
}

export interface PaiTarget {
  readonly region: string | null;
  readonly network: 'public' | 'vpc';
  readonly endpoint: string | null;
  /** null: the standard credential chain. */
  readonly key: AccessKey | null;
  /** Of the keys that the chain gives; null: not said. */
  readonly role: ChainRole | null;
}

export interface ChainRole {
  readonly arn: string;
  /** An OIDC token is to be exchanged for its keys. */
  readonly isOidc: boolean;
}

export interface AccessKey {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
}
