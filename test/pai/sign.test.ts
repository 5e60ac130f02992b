// ACS3 against vectors of Alibaba Cloud's official client, stage by stage; no socket.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { sha256 } from '../../src/lib/sha256.js';
import {
  authorization,
  canonicalQuery,
  percentEncode,
  type SigningInput,
} from '../../src/pai/sign.js';

interface Vector {
  readonly name: string;
  readonly input: {
    readonly method: string;
    readonly pathname: string;
    readonly query: Record<string, string>;
    /** Absent in `client-*`, whose headers are those that the official client sent. */
    readonly headers?: Record<string, string>;
    readonly body: string | null;
    readonly accessKeyId: string;
    readonly accessKeySecret: string;
  };
  readonly output: {
    readonly authorization?: string;
    readonly headers?: Record<string, string>;
  };
  readonly derived?: Record<string, string>;
}

const file = new URL('../fixtures/acs3-vectors.json', import.meta.url);
const vectors: Vector[] = JSON.parse(readFileSync(file, 'utf8')).vectors;
const signed = vectors.filter(({ derived }) => derived?.signature);

describe('the official vectors', () => {
  it.each(signed.map((vector) => [vector.name, vector] as const))('%s', (_, vector) => {
    const { derived, input } = vector;
    const signing = signingInput(vector);
    expect(canonicalQuery(signing.query)).toBe(derived?.canonicalQueryString);
    const whole = authorization(signing, input);
    expect(whole).toBe(derived?.authorization);
    expect(whole).toBe(officialAuthorization(vector));
  });

  it('are all checked but those that the official client does not sign', () => {
    const unchecked = vectors.filter((vector) => !signed.includes(vector));
    const unsigned = vectors.filter((vector) => officialAuthorization(vector) === undefined);
    expect(unchecked).toEqual(unsigned);
    expect(signed.length).toBeGreaterThanOrEqual(11);
    for (const origin of ['min-', 'client-', 'doc-']) {
      expect(signed.filter(({ name }) => name.startsWith(origin))).not.toEqual([]);
    }
  });

  it('give the signature that is printed in the documentation', () => {
    const printed = '06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0';
    const documented = vectors.find(({ name }) => name === 'doc-fixed-runinstances');
    expect(documented?.derived?.signature).toBe(printed);
  });
});

describe('authorization', () => {
  const input: SigningInput = {
    method: 'GET',
    pathname: '',
    query: {},
    headers: { host: 'h', 'x-acs-b': '  two words ', accept: 'a', 'content-type': 't' },
    payloadHash: 'hash',
  };
  const signatureOf = (signing: SigningInput) =>
    authorization(signing, { accessKeyId: 'id', accessKeySecret: 'secret' });

  it('signs host, content-type and x-acs-*, trimmed and sorted, and "/" for no path', () => {
    expect(signatureOf(input)).toContain('SignedHeaders=content-type;host;x-acs-b,');
    const headers = { 'x-acs-b': 'two words', 'content-type': 't', host: 'h' };
    expect(signatureOf({ ...input, pathname: '/', headers })).toBe(signatureOf(input));
  });

  test('changes with each part of the request', () => {
    const variants = [
      input,
      { ...input, method: 'PUT' },
      { ...input, pathname: '/a' },
      { ...input, query: { a: '' } },
      { ...input, headers: { ...input.headers, 'x-acs-b': 'other' } },
      { ...input, headers: { ...input.headers, 'x-acs-c': '' } },
      { ...input, payloadHash: 'other' },
    ];
    expect(new Set(variants.map(signatureOf)).size).toBe(variants.length);
  });
});

describe('canonicalQuery', () => {
  it('sorts by code unit, for any given order', () => {
    const entries = fc.uniqueArray(fc.tuple(text(), text()), { selector: ([name]) => name });
    fc.assert(
      fc.property(entries, (pairs) => {
        const query = canonicalQuery(Object.fromEntries(pairs));
        expect(canonicalQuery(Object.fromEntries(pairs.toReversed()))).toBe(query);
        const names = query.split('&').map((pair) => decodeURIComponent(pair.split('=')[0] ?? ''));
        expect(names).toEqual(pairs.length === 0 ? [''] : pairs.map(([name]) => name).sort());
      }),
    );
  });

  it('keeps the equals sign of an empty value and never writes a plus', () => {
    expect(canonicalQuery({ b: 'x y+z', a: '' })).toBe('a=&b=x%20y%2Bz');
  });
});

describe('percentEncode', () => {
  it('is undone by decodeURIComponent, and writes unreserved characters and %XX only', () => {
    fc.assert(
      fc.property(text(), (original) => {
        const encoded = percentEncode(original);
        expect(decodeURIComponent(encoded)).toBe(original);
        expect(encoded).toMatch(/^([A-Za-z0-9._~-]|%[0-9A-F]{2})*$/);
      }),
    );
  });

  it.each([
    ["!'()*", '%21%27%28%29%2A'],
    ['~-._', '~-._'],
    ['a/b c', 'a%2Fb%20c'],
    ['模型', '%E6%A8%A1%E5%9E%8B'],
  ])('writes %s as %s', (original, encoded) => {
    expect(percentEncode(original)).toBe(encoded);
  });
});

/** Any text that UTF-8 can carry, among it many characters with a meaning in URLs. */
function text() {
  const reserved = fc.constantFrom(..."!'()*~ +%&=/?#模😀".split(/(?:)/u));
  return fc.string({ unit: fc.oneof(fc.string({ unit: 'binary', maxLength: 1 }), reserved) });
}

function signingInput({ input, output }: Vector): SigningInput {
  const headers = input.headers ?? output.headers ?? {};
  return {
    method: input.method,
    pathname: input.pathname,
    query: input.query,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    payloadHash: sha256(input.body ?? ''),
  };
}

function officialAuthorization({ output }: Vector): string | undefined {
  return output.authorization ?? output.headers?.Authorization;
}
