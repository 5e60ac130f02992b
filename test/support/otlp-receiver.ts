// A collector for tests: takes OTLP over HTTP in protobuf, which it decodes itself, and keeps the spans.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { eventually } from './programs.js';

export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** '' for the root of a trace. */
  readonly parentId: string;
  readonly name: string;
  readonly kind: 'INTERNAL' | 'SERVER' | 'CLIENT' | 'OTHER';
  readonly attributes: Attributes;
  readonly events: readonly { readonly name: string; readonly attributes: Attributes }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly isError: boolean;
  readonly durationMs: number;
  /** Of its service. */
  readonly resource: Attributes;
}

export interface OtlpReceiver extends AsyncDisposable {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** All that came, as it came. */
  readonly bodies: readonly Buffer[];
  readonly headers: readonly NodeJS.Dict<string | string[]>[];
  /** The status of every answer from now on; null: no answer. */
  answerWith(status: number | null): void;
  /** Waits for the spans with this name, and for at least so many. */
  named(name: string, count?: number): Promise<readonly ReceivedSpan[]>;
}

export async function startOtlpReceiver(port = 0): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const bodies: Buffer[] = [];
  const headers: NodeJS.Dict<string | string[]>[] = [];
  let status: number | null = 200;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (status === null) return;
    const isOurs = request.url === '/v1/traces' && request.method === 'POST';
    if (isOurs && status === 200) {
      const sent = Buffer.concat(chunks);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
      headers.push(request.headers);
      bodies.push(body);
      spans.push(...readExport(body));
    }
    response.writeHead(isOurs ? status : 404).end();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    spans,
    bodies,
    headers,
    answerWith(next) {
      status = next;
    },
    named: (name, count = 1) =>
      eventually(() => {
        const found = spans.filter((span) => span.name === name);
        return found.length >= count ? found : undefined;
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The fields of a message by their numbers; each may occur several times. */
type Message = ReadonlyMap<number, readonly Value[]>;
type Value = Buffer | bigint;

/** See https://protobuf.dev/programming-guides/encoding; the numbers are those of OTLP's trace.proto. */
function readMessage(bytes: Buffer): Message {
  const fields = new Map<number, Value[]>();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const fixed = (size: 4 | 8) => {
    at += size;
    return size === 8 ? bytes.readBigUInt64LE(at - 8) : BigInt(bytes.readUInt32LE(at - 4));
  };
  const part = () => {
    const length = Number(varint());
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const read = [varint, () => fixed(8), part, null, null, () => fixed(4)][tag & 7];
    if (!read) throw new Error(`A field has the wire type ${tag & 7}.`);
    const field = tag >> 3;
    fields.set(field, [...(fields.get(field) ?? []), read()]);
  }
  return fields;
}

const partsOf = (message: Message, field: number): Buffer[] =>
  (message.get(field) ?? []).filter((value) => typeof value !== 'bigint');
const messagesOf = (message: Message, field: number) => partsOf(message, field).map(readMessage);
const textOf = (message: Message, field: number) => partsOf(message, field)[0]?.toString() ?? '';
const hexOf = (message: Message, field: number) =>
  partsOf(message, field)[0]?.toString('hex') ?? '';
const numberOf = (message: Message, field: number): bigint => {
  const value = message.get(field)?.[0];
  return typeof value === 'bigint' ? value : 0n;
};

function readExport(body: Buffer): ReceivedSpan[] {
  return messagesOf(readMessage(body), 1).flatMap((group) => {
    const resource = Object.assign({}, ...messagesOf(group, 1).map((one) => attributesOf(one, 1)));
    return messagesOf(group, 2).flatMap((scope) =>
      messagesOf(scope, 2).map((span) => ({ ...readSpan(span), resource })),
    );
  });
}

function readSpan(span: Message): Omit<ReceivedSpan, 'resource'> {
  const kinds = { 1: 'INTERNAL', 2: 'SERVER', 3: 'CLIENT' } as const;
  const kind = Number(numberOf(span, 6));
  return {
    traceId: hexOf(span, 1),
    spanId: hexOf(span, 2),
    parentId: hexOf(span, 4),
    name: textOf(span, 5),
    kind: kind === 1 || kind === 2 || kind === 3 ? kinds[kind] : 'OTHER',
    durationMs: Number(numberOf(span, 8) - numberOf(span, 7)) / 1e6,
    attributes: attributesOf(span, 9),
    events: messagesOf(span, 11).map((event) => ({
      name: textOf(event, 2),
      attributes: attributesOf(event, 3),
    })),
    links: messagesOf(span, 13).map((link) => ({
      traceId: hexOf(link, 1),
      spanId: hexOf(link, 2),
    })),
    isError: messagesOf(span, 15).some((status) => numberOf(status, 3) === 2n),
  };
}

function attributesOf(message: Message, field: number): Attributes {
  return Object.fromEntries(
    messagesOf(message, field).flatMap((pair) => {
      const [value] = messagesOf(pair, 2);
      return value === undefined ? [] : [[textOf(pair, 1), attributeOf(value)]];
    }),
  );
}

function attributeOf(value: Message): string | number | boolean {
  if (value.has(2)) return numberOf(value, 2) === 1n;
  if (value.has(3)) return Number(numberOf(value, 3));
  if (value.has(4)) {
    const bits = Buffer.alloc(8);
    bits.writeBigUInt64LE(numberOf(value, 4));
    return bits.readDoubleLE();
  }
  return textOf(value, 1);
}
