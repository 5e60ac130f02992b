// A span is the place of an operation, or of one of its parts, in a trace. Telemetry makes spans where traces are on;
// elsewhere there are none, and a part does no more than look for one.
import { codeOf } from './errors.js';

export interface Span {
  readonly ids: SpanIds;
  /** False: its trace is not kept. */
  readonly isSampled: boolean;
  /** They continue the trace at PAI; empty where the settings do not allow it. */
  readonly headersForPai: Readonly<Record<string, string>>;
  /** Begins the span of a part. */
  begin(name: string, options?: SpanOptions): Span;
  /** Begins a trace of its own, linked to this one. */
  beginApart(name: string): Span;
  rename(name: string): void;
  /** No value is an argument, a token or any other secret. */
  set(attributes: SpanAttributes): void;
  addEvent(name: string, attributes: SpanAttributes): void;
  /** `type`: the code of the error. */
  fail(type: string): void;
  end(): void;
}

/** By the names that they have in log lines and exemplars. */
export interface SpanIds {
  readonly trace_id: string;
  readonly span_id: string;
}

export interface SpanOptions {
  /** The part is a request to another server. */
  readonly isClient?: boolean;
  readonly attributes?: SpanAttributes;
  /** Another span that this one depends on. */
  readonly link?: Span | undefined;
}

export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** The operation that a request to another server is made for. */
export interface Origin {
  readonly requestId: string;
  readonly span?: Span | undefined;
}

/** Runs a part of an operation in a span of its own, where the operation has one. */
export function inSpan<T>(
  parent: Span | undefined,
  name: string,
  run: () => Promise<T>,
  options?: SpanOptions,
): Promise<T> {
  if (parent === undefined) return run();
  const span = parent.begin(name, options);
  return endSpan(span, run());
}

/** Ends the span with its work. */
export async function endSpan<T>(span: Span | undefined, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    span?.fail(typeOf(error));
    throw error;
  } finally {
    span?.end();
  }
}

function typeOf(error: unknown): string {
  return codeOf(error) ?? 'INTERNAL_SERVER_ERROR';
}
