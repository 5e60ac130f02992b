// The values that the settings give to the parts of the program. It parses nothing.
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
  /** null: the metrics share the main port. */
  readonly metricsPort: number | null;
  readonly relayNode: boolean;
  readonly answerMemo: boolean;
  readonly compiledExecution: boolean;
  readonly auth: AuthConfig;
  readonly identity: IdentityConfig;
  /** null: off. */
  readonly operationsPerSecond: number | null;
  /** The proxies whose `X-Forwarded-For` counts: addresses, or ranges as `address/prefix`. */
  readonly trustedProxies: readonly string[];
  readonly trustedDocuments: {
    readonly mode: 'off' | 'log' | 'only';
    readonly file: string | null;
  };
  readonly limits: LimitsConfig;
}

export interface AuthConfig {
  /** Empty: any client that reaches the port may send operations. */
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
      /** null: the endpoint of the region. */
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

/** A setting is wrong, or the file that it names. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly string[];
  /** Possible causes: a setting with a misspelt name is missing. */
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
  /** The share of `ratePerSecond` that each replica takes while Redis does not work. */
  readonly rateWithoutRedis: number;
  readonly pageSizeMax: number;
  readonly isListBatching: boolean;
  /** The limit on the upstream calls of one operation. */
  readonly callsPerOperation: number;
}

export interface PaiTarget {
  readonly region: string | null;
  readonly network: 'public' | 'vpc';
  readonly endpoint: string | null;
  /** null: the standard credential chain. */
  readonly key: AccessKey | null;
  /** The role of the keys that the chain gives; null: not given. */
  readonly role: ChainRole | null;
}

export interface ChainRole {
  readonly arn: string;
  /** True: an OIDC token is exchanged for the keys of the role. */
  readonly isOidc: boolean;
}

export interface AccessKey {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
}
