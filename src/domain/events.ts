// All events that a part of this program can report about itself; parts report, telemetry listens.
import type { Usage } from './call.js';
import type { Asked } from './caller.js';
import type { ErrorCode } from './errors.js';
import type { Origin, Span } from './span.js';

export type UpstreamOperation =
  | 'GetModel'
  | 'GetModelVersion'
  | 'ListModels'
  | 'ListModelVersions'
  | 'GetWorkspace'
  | 'ListWorkspaces'
  | 'GetDataset'
  | 'ListDatasets';

export type DriftKind =
  | 'unexpected_type'
  | 'out_of_range'
  | 'unrecognized_value'
  | 'unknown_key'
  | 'dropped_item';

/** Why an attempt over the wire had no answer. */
export type WireCause =
  | 'DNS'
  | 'PROXY'
  | 'REFUSED'
  | 'RESET'
  | 'CERTIFICATE'
  | 'TIMEOUT'
  | 'BROKEN_OFF'
  | 'TOO_LARGE'
  | 'OTHER';

/** The fields of each type of event. */
interface Contents {
  /** One GraphQL operation has its response. */
  operation: Asked & {
    /** As the client named it, which need not be unique or bounded. */
    name: string | null;
    kind: string | null;
    durationMs: number;
    /** OK, or the codes of its errors, each once. */
    outcome: string;
    usage: Usage;
    /** The response cache answered it, so that it was not executed. */
    isFromResponseCache: boolean;
    /** A compiled operation answered it, not Apollo. */
    isCompiled?: boolean;
    /** The errors that the caller saw masked. */
    unexpected: readonly Error[];
  };
  /** A failure that the code does not expect; the caller saw a masked error. */
  unexpected: Origin & { caller?: string | null; error: unknown };
  /** One attempt over the wire has ended; CANCELLED: all requesters have left. */
  upstream_attempt: Attempt &
    Asked & {
      operation: UpstreamOperation;
      outcome: 'OK' | 'NOT_FOUND' | 'CANCELLED' | ErrorCode;
    };
  /** One attempt to exchange a caller's token for temporary keys has ended. */
  token_exchange: Attempt & {
    outcome: 'OK' | ErrorCode;
    /** The id of the operation that the keys are for; null: it has none yet. */
    requestId: string | null;
  };
  retry: Asked & { operation: UpstreamOperation; after: ErrorCode };
  breaker: { operation: UpstreamOperation; state: BreakerState };
  /** A call has got its turn, possibly without a wait. */
  quota_wait: Asked & { operation: UpstreamOperation; ms: number };
  /** Calls of an operation are refused, since no more can wait, or PAI pauses them; or they start again. */
  quota: { operation: UpstreamOperation; state: 'exhausted' | 'available' };
  /** One thing was read, from PAI or from a cache. */
  read: Traced & { kind: ReadKind; source: 'LIVE' | 'CACHE' | 'STALE' };
  /**
   * PAI refused the date of a request; from then on requests follow PAI's clock. `seconds`: how far our clock is ahead
   * of PAI's; about 0: they agree again.
   */
  clock_skew: { seconds: number };
  redis: { state: RedisState };
  /** Redis refused one command, or it did not answer it in time. */
  redis_error: { reason: RedisReason };
  /** Whether the collector takes the spans of our traces. */
  traces: { state: 'up' | 'down'; cause?: string | undefined };
  /** Spans were sent to the collector; FAILED: they are lost. */
  span_export: { outcome: 'OK' | 'FAILED'; spans: number };
  /**
   * Keys to sign requests are available, or are not, and why; the reason contains neither a key nor a provider's text.
   */
  credentials: { state: 'up' | 'down'; reason?: string | undefined };
  /** A request was refused before it became an operation. */
  refusal: Traced & { requestId: string; code: ErrorCode };
  /** A connection was closed, so that one client does not use up resources that all clients need. */
  connection_cut: { reason: 'slow_reader' | 'too_many_connections' | 'too_many_waiting' };
  /** The body of a response to a GraphQL request was handed to its connection. */
  response: Origin & { bytes: number };
  /** The responses of the process hold as much memory as allowed; one more was refused. */
  response_refused: { bytes: number };
  /** The keys that authenticate callers cannot be read at present. */
  auth_problem: {
    problem: 'api_keys_unreadable' | 'jwks_unreadable' | 'jwks_unavailable';
    reasons: readonly string[];
  };
  /** The key server, which had failed, gives keys again. */
  jwks_available: Record<never, never>;
  /** A file that a setting names has changed; INVALID: its last valid content stays in force. */
  file_reload: {
    file: ReloadedFileKind;
    outcome: 'OK' | 'INVALID';
    reasons?: readonly string[] | undefined;
    /** The number of keys or documents in it; undefined: it does not hold several. */
    entries?: number | undefined;
  };
  /** The server executed a document that TRUSTED_DOCUMENTS=only would refuse. */
  untrusted_document: Asked & {
    hash: string;
    operationName: string | null;
    /** As the client names itself; null: it does not, or not in a clean text. */
    clientName: string | null;
    clientVersion: string | null;
    /** The same document of the same client was reported a short time ago, or too many were. */
    isRepeated: boolean;
  };
  /** All is still served for `delayMs`; then the requests in flight end. */
  shutdown_began: { delayMs: number };
  /** `cutRequests`: those that had no whole answer at the end of their time. */
  shutdown_ended: { durationMs: number; cutRequests: number };
  /** Pages of a list were searched for missing models. */
  list_batch: Traced & { wanted: number; found: number; pages: number };
  /** A list disagreed with GetModel; models are no longer read from lists in that scope. */
  list_mismatch: Asked & { models: number };
  /** PAI sent something that this version does not know; the rest of the answer stands. */
  drift: Asked & {
    operation: UpstreamOperation;
    /** A field of the PAI documentation; `*` for keys that are not in it, to bound the names. */
    field: string;
    kind: DriftKind;
  };
}

/** Belongs to an operation, or to a part of one. */
interface Traced {
  /** undefined: traces are off. */
  span?: Span | undefined;
}

/** Its event ends its span. */
interface Attempt extends Traced {
  durationMs: number;
  /** undefined: an answer came, or the attempt was abandoned. */
  cause?: WireCause | undefined;
  upstreamRequestId?: string | undefined;
  upstreamCode?: string | undefined;
}

export type EventType = keyof Contents;

/** An event of any of the types. */
export type Event<T extends EventType = EventType> = {
  [Type in T]: Readonly<{ type: Type } & Contents[Type]>;
}[T];

export type ReadKind =
  | 'model'
  | 'version'
  | 'model_page'
  | 'version_page'
  | 'workspace'
  | 'workspace_page'
  | 'dataset'
  | 'dataset_page';

export type ReloadedFileKind = 'api_keys' | 'jwks' | 'access_key' | 'redis_url' | 'manifest';

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
