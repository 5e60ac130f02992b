// A client for the tests that signs by itself and lets each test spoil one thing; it never retries.
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import type { Sandbox } from '../../sandbox/sandbox.js';

interface CallOptions {
  operation?: string;
  path?: string;
  query?: Record<string, string>;
  method?: string;
  body?: string;
  keyId?: string;
  secret?: string;
  token?: string;
  date?: string;
  nonce?: string;
  /** Changes the request after it was signed. */
  spoil?: (sent: { path: string; headers: Record<string, string>; body: string }) => void;
}

export interface CallResult {
  status: number;
  headers: Record<string, unknown>;
  text: string;
  json: Record<string, unknown>;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const encode = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

export function wireDate(time: number): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

function signedHeaders(sandbox: Sandbox, options: CallOptions): Record<string, string> {
  const headers: Record<string, string> = {
    host: new URL(sandbox.url).host,
    'x-acs-action': options.operation ?? 'GetModel',
    'x-acs-version': '2021-02-04',
    'x-acs-date': options.date ?? wireDate(Date.now()),
    'x-acs-signature-nonce': options.nonce ?? randomUUID(),
    'x-acs-content-sha256': sha256(options.body ?? ''),
  };
  if (options.token !== undefined) headers['x-acs-security-token'] = options.token;
  if (options.body) headers['content-type'] = 'application/json; charset=utf-8';
  return headers;
}

function authorization(
  options: CallOptions,
  path: string,
  query: string,
  headers: Record<string, string>,
): string {
  const names = Object.keys(headers).sort();
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join('');
  const canonical = [
    options.method ?? 'GET',
    path,
    query,
    lines,
    names.join(';'),
    headers['x-acs-content-sha256'],
  ].join('\n');
  const signature = createHmac('sha256', options.secret ?? 'sandbox-secret')
    .update(`ACS3-HMAC-SHA256\n${sha256(canonical)}`)
    .digest('hex');
  const keyId = options.keyId ?? 'sandbox';
  return `ACS3-HMAC-SHA256 Credential=${keyId},SignedHeaders=${names.join(';')},Signature=${signature}`;
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

export function send(
  sandbox: Sandbox,
  method: string,
  target: string,
  headers: Record<string, string>,
  body = '',
): Promise<CallResult> {
  return new Promise((resolve, reject) => {
    const url = new URL(sandbox.url);
    const call = request(
      { host: url.hostname, port: url.port, path: target, method, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const status = response.statusCode ?? 0;
          resolve({ status, headers: response.headers, text, json: parse(text) });
        });
      },
    );
    call.on('error', reject);
    call.setTimeout(2000, () => call.destroy(new Error('no answer in time')));
    // Node sends a body with GET only when its length is announced.
    if (body !== '') call.setHeader('content-length', Buffer.byteLength(body));
    call.end(body);
  });
}

export function callSandbox(sandbox: Sandbox, options: CallOptions = {}): Promise<CallResult> {
  const path = options.path ?? '/api/v1/models/model-rbvg5wzljzks92';
  const query = Object.entries(options.query ?? {})
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join('&');
  const headers = signedHeaders(sandbox, options);
  headers.authorization = authorization(options, path, query, headers);
  const sent = { path: query ? `${path}?${query}` : path, headers, body: options.body ?? '' };
  options.spoil?.(sent);
  return send(sandbox, options.method ?? 'GET', sent.path, sent.headers, sent.body);
}

interface ListResult extends CallResult {
  ids: string[];
  names: string[];
  total: unknown;
  items: Record<string, unknown>[];
}

export async function listModels(
  sandbox: Sandbox,
  query: Record<string, string> = {},
  options: CallOptions = {},
): Promise<ListResult> {
  const call = { operation: 'ListModels', path: '/api/v1/models', ...options, query };
  return asList(await callSandbox(sandbox, call), 'Models');
}

export async function listVersions(
  sandbox: Sandbox,
  modelId: string,
  query: Record<string, string> = {},
): Promise<ListResult> {
  const path = `/api/v1/models/${modelId}/versions`;
  const result = await callSandbox(sandbox, { operation: 'ListModelVersions', path, query });
  return asList(result, 'Versions');
}

function asList(result: CallResult, field: string): ListResult {
  const value = result.json[field];
  const items: Record<string, unknown>[] = Array.isArray(value) ? value : [];
  return {
    ...result,
    items,
    ids: items.map((item) => String(item.ModelId)),
    names: items.map((item) => String(item.ModelName ?? item.VersionName)),
    total: result.json.TotalCount,
  };
}
