// Spans of OpenTelemetry, sent to a collector. It is loaded only where the standard variables ask for traces; the SDK
// itself reads those of its sampler, its batches and its exporter.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import {
  type Context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  type Span as OtelSpan,
  type SpanOptions as OtelSpanOptions,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type TextMapPropagator,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import {
  CompositePropagator,
  ExportResultCode,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import type { Report } from '../domain/events.js';
import type { Span, SpanAttributes, SpanIds, SpanOptions } from '../domain/span.js';
import { systemCodeOf } from '../lib/system-error.js';

export interface TracesOptions {
  readonly propagators: readonly ('tracecontext' | 'baggage' | 'none')[];
  /** PAI gets the header `traceparent`. */
  readonly isSentToPai: boolean;
  readonly report: Report;
}

export interface Traces {
  /** The span of a request, which ends when it is told to and the response is over, too. */
  begin(req: IncomingMessage, res: ServerResponse): Span;
  /** Whether the collector took the latest spans, for readiness. */
  status(): string;
  /** Sends the spans that are left, as far as the time allows. */
  close(): Promise<void>;
}

const NAME = 'pai-model-graph';
/** A collector that does not answer must not keep the process from its end. */
const FLUSH_MS = 2000;
/** Any client may send baggage. */
const MAX_BAGGAGE = 16;
const MAX_BAGGAGE_LENGTH = 256;

export function openTraces({ propagators, isSentToPai, report }: TracesOptions): Traces {
  const exporter = new WatchedExporter(new OTLPTraceExporter(), report);
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': NAME }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer(NAME);
  const propagator = propagatorOf(propagators);
  const toPai = isSentToPai ? new W3CTraceContextPropagator() : null;
  return {
    begin(req, res) {
      const parent = propagator.extract(ROOT_CONTEXT, req.headers, defaultTextMapGetter);
      const attributes = { ...requestAttributes(req), ...baggageAttributes(parent) };
      const kind = SpanKind.SERVER;
      return new RequestSpan(res, tracer, toPai, parent, 'GraphQL Operation', { kind, attributes });
    },
    status: () => exporter.status(),
    async close() {
      const flushed = provider.shutdown().catch(() => {});
      await Promise.race([flushed, setTimeout(FLUSH_MS, undefined, { ref: false })]);
    },
  };
}

function propagatorOf(names: TracesOptions['propagators']): TextMapPropagator {
  const propagators: TextMapPropagator[] = [];
  if (names.includes('tracecontext')) propagators.push(new W3CTraceContextPropagator());
  if (names.includes('baggage')) propagators.push(new W3CBaggagePropagator());
  return new CompositePropagator({ propagators });
}

/** Not the query of the URL: it holds the document and its variables. */
function requestAttributes({ method, httpVersion }: IncomingMessage) {
  return {
    'http.request.method': method,
    'http.route': '/graphql',
    'url.path': '/graphql',
    'url.scheme': 'http',
    'network.protocol.version': httpVersion,
  };
}

function baggageAttributes(context: Context) {
  const entries = propagation.getBaggage(context)?.getAllEntries() ?? [];
  return Object.fromEntries(
    entries
      .slice(0, MAX_BAGGAGE)
      .map(([name, { value }]) => [`baggage.${name}`, value.slice(0, MAX_BAGGAGE_LENGTH)]),
  );
}

class TraceSpan implements Span {
  readonly ids: SpanIds;
  readonly isSampled: boolean;
  readonly #tracer: Tracer;
  readonly #toPai: TextMapPropagator | null;
  readonly #context: Context;
  readonly #span: OtelSpan;

  constructor(
    tracer: Tracer,
    toPai: TextMapPropagator | null,
    parent: Context,
    name: string,
    options: OtelSpanOptions,
  ) {
    this.#tracer = tracer;
    this.#toPai = toPai;
    this.#span = tracer.startSpan(name, options, parent);
    this.#context = trace.setSpan(parent, this.#span);
    const { traceId, spanId, traceFlags } = this.#span.spanContext();
    this.ids = { trace_id: traceId, span_id: spanId };
    this.isSampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
  }

  get headersForPai(): Readonly<Record<string, string>> {
    const headers: Record<string, string> = {};
    this.#toPai?.inject(this.#context, headers, defaultTextMapSetter);
    return headers;
  }

  begin(name: string, { isClient = false, attributes = {}, link }: SpanOptions = {}): Span {
    const kind = isClient ? SpanKind.CLIENT : SpanKind.INTERNAL;
    const links = link === undefined ? [] : [{ context: contextOf(link) }];
    return this.#open(this.#context, name, { kind, attributes, links });
  }

  beginApart(name: string): Span {
    return this.#open(ROOT_CONTEXT, name, { root: true, links: [{ context: contextOf(this) }] });
  }

  #open(parent: Context, name: string, options: OtelSpanOptions): Span {
    return new TraceSpan(this.#tracer, this.#toPai, parent, name, options);
  }

  rename(name: string): void {
    this.#span.updateName(name);
  }

  set(attributes: SpanAttributes): void {
    this.#span.setAttributes(attributes);
  }

  addEvent(name: string, attributes: SpanAttributes): void {
    this.#span.addEvent(name, attributes);
  }

  fail(type: string): void {
    this.#span.setAttribute('error.type', type);
    this.#span.setStatus({ code: SpanStatusCode.ERROR });
  }

  end(): void {
    this.#span.end();
  }
}

/** A client may go before its operation ends, and an operation may end before its response is sent. */
class RequestSpan extends TraceSpan {
  readonly #res: ServerResponse;
  #isAbandoned = false;

  constructor(res: ServerResponse, ...span: ConstructorParameters<typeof TraceSpan>) {
    super(...span);
    this.#res = res;
    res.once('close', () => {
      this.#isAbandoned = !res.writableFinished;
    });
  }

  /** Not because its client has gone. */
  override fail(type: string): void {
    if (!this.#isAbandoned) super.fail(type);
  }

  override end(): void {
    if (this.#res.closed) this.#endNow();
    else this.#res.once('close', () => this.#endNow());
  }

  #endNow(): void {
    const { statusCode } = this.#res;
    if (this.#isAbandoned) this.set({ 'error.type': 'CANCELLED' });
    else this.set({ 'http.response.status_code': statusCode });
    super.end();
  }
}

function contextOf({ ids, isSampled }: Span): SpanContext {
  const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return { traceId: ids.trace_id, spanId: ids.span_id, traceFlags };
}

/** Reports what becomes of the spans; each change of the collector's state once. */
class WatchedExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #report: Report;
  /** undefined: nothing was sent yet; null: it was taken. */
  #failure: string | null | undefined;

  constructor(exporter: SpanExporter, report: Report) {
    this.#exporter = exporter;
    this.#report = report;
  }

  export: SpanExporter['export'] = (spans, done) => {
    this.#exporter.export(spans, (result) => {
      const isTaken = result.code === ExportResultCode.SUCCESS;
      this.#note(spans, isTaken ? null : causeOf(result.error));
      done(result);
    });
  };

  #note({ length }: readonly ReadableSpan[], failure: string | null): void {
    const before = this.#failure;
    this.#failure = failure;
    this.#report({
      type: 'span_export',
      outcome: failure === null ? 'OK' : 'FAILED',
      spans: length,
    });
    if (failure === null && before !== null) this.#report({ type: 'traces', state: 'up' });
    if (failure === null || typeof before === 'string') return;
    this.#report({ type: 'traces', state: 'down', cause: failure });
  }

  status(): string {
    if (this.#failure === undefined) return 'unknown';
    return this.#failure === null ? 'ok' : `failing: ${this.#failure}`;
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }
}

/** The message of an error with a code may name the host or repeat the answer; the others are texts of the SDK. */
function causeOf(error: Error | undefined): string {
  const code = systemCodeOf(error);
  if (code === undefined) return error?.message ?? 'unknown';
  return /^\d+$/.test(code) ? `HTTP ${code}` : code;
}
