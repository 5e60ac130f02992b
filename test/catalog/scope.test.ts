import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createScope, type ScopeParts } from '../../src/catalog/scope.js';

const PARTS: ScopeParts = {
  namespace: null,
  region: 'cn-hangzhou',
  endpoint: 'https://pai.example',
  identity: 'identity-hash',
  view: { kind: 'all' },
};

describe('a scope', () => {
  test.each<[string, Partial<ScopeParts>]>([
    ['the namespace', { namespace: 'team-b' }],
    ['the region', { region: 'cn-shanghai' }],
    ['that there is a region', { region: null }],
    ['the endpoint', { endpoint: 'https://other.example' }],
    ['the identity', { identity: 'other-hash' }],
    ['the view', { view: { kind: 'workspaces', ids: ['1'] } }],
    ['the kind of view', { view: { kind: 'caller', role: '1', issuer: '2', subject: '3' } }],
  ])('is another when only %s differs', (_, other) => {
    expect(createScope({ ...PARTS, ...other }).id).not.toBe(createScope(PARTS).id);
  });

  test('is the same on every machine with equal parts', () => {
    expect(createScope({ ...PARTS }).id).toBe(createScope(PARTS).id);
    // Of before there were namespaces.
    expect(createScope(PARTS).id).toBe('AkR7Tp_Foz-nH9NTY9cquzWPNcDzldH9ukDLZmesSmk');
  });

  test('is equal if and only if all parts are, wherever a part ends', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.constantFrom('', '"', ',', '","', 'null', '\ud800'),
    );
    const parts = fc.record({
      namespace: fc.option(text),
      region: fc.option(text),
      endpoint: text,
      identity: text,
      view: fc.oneof(
        fc.record({ kind: fc.constant('all' as const) }),
        fc.record({
          kind: fc.constant('workspaces' as const),
          ids: fc.array(text, { maxLength: 4 }),
        }),
        fc.record({
          kind: fc.constant('caller' as const),
          role: text,
          issuer: text,
          subject: text,
        }),
      ),
    });
    fc.assert(
      fc.property(parts, parts, (left, right) => {
        const same = JSON.stringify(left) === JSON.stringify(right);
        expect(createScope(left).id === createScope(right).id).toBe(same);
      }),
      { numRuns: 2000 },
    );
  });

  test('shows none of its parts', () => {
    const { id } = createScope({ ...PARTS, identity: 'LTAI5tKeyMaterial' });
    expect(id).toMatch(/^[\w-]{43}$/);
    for (const part of ['LTAI', 'hangzhou', 'example', 'all']) expect(id).not.toContain(part);
  });
});
