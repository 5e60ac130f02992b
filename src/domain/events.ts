// All events that a part of this program can report about itself; parts report, telemetry listens.
import type { Usage } from './call.js';
import type { ErrorCode } from './errors.js';

export type UpstreamOperation = 'GetModel' | 'GetModelVersion' | 'ListModels' | 'ListModelVersions';

export type DriftKind =
  | 'unexpected_type'
  | 'out_of_range'
  | 'unrecognized_value'
  | 'unknown_key'
  | 'dropped_item';

/** Why an attempt over the wire had no answer. */
export type WireCause =
  | 'DNS'
  | 'REFUSED'
  | 'RESET'
  | 'CERTIFICATE'
  | 'TIMEOUT'
  | 'BROKEN_OFF'
  | 'TOO_LARGE'
  | 'OTHER';

export type Event =
  | {
      /** One GraphQL operation has its response. */
      readonly type: 'operation';
      readonly requestId: string;
      /** As the client named it, which need not be unique or bounded. */
      readonly name: string | null;
      readonly kind: string | null;
      readonly durationMs: number;
      /** OK, or the codes of its errors, each once. */
      readonly outcome: string;
      readonly usage: Usage;
      /** The response cache answered it, so that it was not executed. */
      readonly isFromResponseCache: boolean;
      /** The errors that the caller saw masked. */
      readonly unexpected: readonly Error[];
    }
  | {
      /** A failure that the code does not expect; the caller saw a masked error. */
      readonly type: 'unexpected';
      readonly requestId: string;
      readonly error: unknown;
    }
  | {
      /** One attempt over the wire has ended. */
      readonly type: 'upstream_attempt';
      readonly operation: UpstreamOperation;
      readonly outcome: 'OK' | 'NOT_FOUND' | 'CANCELLED' | ErrorCode;
      /** undefined: an answer came, or the attempt was abandoned. */
      readonly cause?: WireCause | undefined;
      readonly durationMs: number;
      /** The id of the operation; the first one where several share the attempt. */
      readonly requestId: string;
      readonly upstreamRequestId?: string | undefined;
      readonly upstreamCode?: string | undefined;
    }
  | {
      /** One attempt to exchange a caller's token for temporary keys has ended. */
      readonly type: 'token_exchange';
      readonly outcome: 'OK' | ErrorCode;
      readonly cause?: WireCause | undefined;
      readonly durationMs: number;
      /** The id of the operation that the keys are for; null: it has none yet. */
      readonly requestId: string | null;
      readonly upstreamRequestId?: string | undefined;
      readonly upstreamCode?: string | undefined;
    }
  | { readonly type: 'retry'; readonly operation: UpstreamOperation; readonly after: ErrorCode }
  | {
      readonly type: 'breaker';
      readonly operation: UpstreamOperation;
      readonly state: BreakerState;
    }
  | {
      /** A call has got its turn, possibly without a wait. */
      readonly type: 'quota_wait';
      readonly operation: UpstreamOperation;
      readonly ms: number;
    }
  | {
      /** One thing was read, from PAI or from a cache. */
      readonly type: 'read';
      readonly kind: ReadKind;
      readonly source: 'LIVE' | 'CACHE' | 'STALE';
    }
  | {
      /** PAI refused the date of a request; from then on requests follow PAI's clock. */
      readonly type: 'clock_skew';
      /** How far our clock is ahead of PAI's; about 0: they agree again. */
      readonly seconds: number;
    }
  | { readonly type: 'redis'; readonly state: RedisState }
  | {
      /** Redis refused one command, or it did not answer it in time. */
      readonly type: 'redis_error';
      readonly reason: RedisReason;
    }
  | {
      /** Keys to sign requests are available, or are not. */
      readonly type: 'credentials';
      readonly state: 'up' | 'down';
      /** Why keys are not available; it contains neither a key nor a provider's text. */
      readonly reason?: string | undefined;
    }
  | {
      /** A request was refused before it became an operation. */
      readonly type: 'refusal';
      readonly requestId: string;
      readonly code: ErrorCode;
    }
  | {
      /** A connection was closed, so that one client does not use up resources that all clients need. */
      readonly type: 'connection_cut';
      readonly reason: 'slow_reader' | 'too_many_connections' | 'too_many_waiting';
    }
  | {
      /** The responses of the process hold as much memory as allowed; one more was refused. */
      readonly type: 'response_refused';
      readonly bytes: number;
    }
  | {
      /** The keys that authenticate callers cannot be read at present. */
      readonly type: 'auth_problem';
      readonly problem: 'api_keys_unreadable' | 'jwks_unreadable' | 'jwks_unavailable';
      readonly reasons: readonly string[];
    }
  | {
      /** The server executed a document that TRUSTED_DOCUMENTS=only would refuse. */
      readonly type: 'untrusted_document';
      readonly hash: string;
      readonly operationName: string | null;
    }
  | {
      /** Pages of a list were searched for missing models. */
      readonly type: 'list_batch';
      readonly wanted: number;
      readonly found: number;
      readonly pages: number;
    }
  | {
      /** A list disagreed with GetModel; models are no longer read from lists in that scope. */
      readonly type: 'list_mismatch';
      readonly models: number;
    }
  | {
      /** PAI sent something that this version does not know; the rest of the answer stands. */
      readonly type: 'drift';
      readonly operation: UpstreamOperation;
      /** A field of the PAI documentation; `*` for keys that are not in it, to bound the names. */
      readonly field: string;
      readonly kind: DriftKind;
    };

export type ReadKind = 'model' | 'version' | 'model_page' | 'version_page';

export type BreakerState = 'closed' | 'open' | 'half_open';

export type Report = (event: Event) => void;

/** The first word of an error reply; TIMEOUT: no reply in time; OTHER: any other error reply. */
export const REDIS_REASONS = [
  'READONLY',
  'MOVED',
  'ASK',
  'CROSSSLOT',
  'CLUSTERDOWN',
  'NOPERM',
  'NOAUTH',
  'WRONGPASS',
  'OOM',
  'MISCONF',
  'NOREPLICAS',
  'LOADING',
  'MASTERDOWN',
  'BUSY',
  'TIMEOUT',
  'OTHER',
] as const;

export type RedisReason = (typeof REDIS_REASONS)[number];

export type RedisState =
  | { readonly kind: 'up' }
  /** `cause`: the code of a system error, TIMEOUT, CLOSED, or CONNECTING before the first outcome. */
  | { readonly kind: 'down'; readonly cause: string }
  /** Redis answers, or did a moment ago, but it refuses commands or does not reply. */
  | { readonly kind: 'degraded'; readonly reason: RedisReason };

export function describeRedis(state: RedisState): string {
  if (state.kind === 'up') return 'up';
  return `${state.kind}: ${state.kind === 'down' ? state.cause : state.reason}`;
}
