// The sandbox accepts the requests that the official client signed; all without a socket.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  canonicalRequest,
  createNonceStore,
  expectedSignature,
  verifyRequest,
} from '../../sandbox/signature.js';

interface Vector {
  name: string;
  input: {
    method: string;
    pathname: string;
    query: Record<string, string>;
    headers: Record<string, string>;
    body: string | null;
    accessKeyId: string;
    accessKeySecret: string;
  };
  output: {
    authorization?: string;
    url?: string;
    headers?: Record<string, string>;
  };
  derived: { canonicalRequest: string; signature: string };
}

const file = new URL('../fixtures/acs3-vectors.json', import.meta.url);
const vectors: Vector[] = JSON.parse(readFileSync(file, 'utf8')).vectors;
const minimal = vectors.filter(({ name }) => name.startsWith('min-'));
const fromClient = vectors.filter(({ output }) => output.headers?.Authorization);
const fixedDate = Date.parse('2026-01-02T03:04:05Z');

function wireQuery(query: Record<string, string>): string {
  return Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
}

function received({ input, output }: Vector) {
  return {
    method: input.method,
    path: input.pathname,
    query: wireQuery(input.query),
    headers: { ...input.headers, authorization: output.authorization ?? '' },
    body: input.body ?? '',
  };
}

function verification({ input }: Vector) {
  const token = input.headers['x-acs-security-token'];
  const key = { id: input.accessKeyId, secret: input.accessKeySecret };
  return {
    keys: [token === undefined ? key : { ...key, securityToken: token }],
    now: fixedDate,
    nonces: createNonceStore(),
    action: input.headers['x-acs-action'] ?? '',
  };
}

describe('the verifier and the official vectors', () => {
  it.each(minimal.map((vector) => [vector.name, vector] as const))('accepts %s', (_, vector) => {
    const key = verifyRequest(received(vector), verification(vector));
    expect(key.id).toBe('testAccessKeyId');
  });

  it.each(fromClient.map((vector) => [vector.name, vector] as const))(
    'accepts what the official client put on the wire for %s',
    (_, vector) => {
      const { Authorization: authorization = '', ...headers } = vector.output.headers ?? {};
      const [path = '', query = ''] = (vector.output.url ?? '')
        .replace(/^https:\/\/[^/]+/i, '')
        .split('?');
      const request = {
        method: vector.input.method,
        path,
        query,
        headers: { ...headers, authorization },
        body: '',
      };
      const options = verification({ ...vector, input: { ...vector.input, headers } });
      expect(verifyRequest(request, options).id).toBe('testAccessKeyId');
    },
  );

  it('computes the canonical request and the signature printed in the documentation', () => {
    const vector = vectors.find(({ name }) => name === 'doc-fixed-runinstances');
    if (!vector) throw new Error('the vector is gone');
    const signed = Object.keys(vector.input.headers).sort();
    const request = received(vector);
    expect(canonicalRequest(request, signed)).toBe(vector.derived.canonicalRequest);
    expect(expectedSignature(request, signed, vector.input.accessKeySecret)).toBe(
      vector.derived.signature,
    );
  });

  it('forgets a nonce after half an hour, not before', () => {
    const nonces = createNonceStore();
    expect(nonces.use('key', 'one', 0)).toBe(true);
    expect(nonces.use('other key', 'one', 0)).toBe(true);
    expect(nonces.use('key', 'one', 29 * 60_000)).toBe(false);
    expect(nonces.use('key', 'one', 31 * 60_000)).toBe(true);
  });
});
