// Federated traces (ftv1): given to a gateway that asks for one, and to no other client.
import { describe, expect, test } from 'vitest';
import { DOCUMENTED_ID, withApp } from '../support/with-app.js';

const ASKED = { 'apollo-federation-include-trace': 'ftv1' };
const QUERY = `{ model(id: "${DOCUMENTED_ID}") { name } }`;

/** Protobuf keeps names as plain text, which is enough to recognise a trace. */
function namesIn(trace: unknown): string {
  expect(trace).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
  return Buffer.from(String(trace), 'base64').toString('latin1');
}

describe('a trace', () => {
  test('comes with the answer when a gateway asks for it, beside the other extensions', async () => {
    await using app = await withApp();
    const { status, data, errors, extensions } = await app.query(QUERY, {}, ASKED);
    expect(status).toBe(200);
    expect(errors).toEqual([]);
    expect(data).toEqual({ model: { name: '情感分析' } });
    expect(extensions).toEqual({ ftv1: expect.any(String), upstream: expect.any(Object) });
    expect(extensions.upstream.calls).toBe(1);
    expect(namesIn(extensions.ftv1)).toMatch(/model[\s\S]*name/);
  });

  test('comes with the answer to references', async () => {
    await using app = await withApp();
    const { data, extensions } = await app.query(
      `query ($representations: [_Any!]!) {
        _entities(representations: $representations) { ... on Model { domain } }
      }`,
      { representations: [{ __typename: 'Model', id: DOCUMENTED_ID }] },
      ASKED,
    );
    expect(data).toEqual({ _entities: [{ domain: 'cv' }] });
    expect(namesIn(extensions.ftv1)).toMatch(/_entities[\s\S]*domain/);
  });

  test.each([
    ['without the header', {}],
    ['with the header empty', { 'apollo-federation-include-trace': '' }],
    ['with another kind in the header', { 'apollo-federation-include-trace': 'ftv2' }],
  ])('does not come %s', async (_, headers) => {
    await using app = await withApp();
    const { data, extensions } = await app.query(QUERY, {}, headers);
    expect(data).toEqual({ model: { name: '情感分析' } });
    expect(extensions).toEqual({ upstream: expect.any(Object) });
  });

  test('tells no more of an error than the answer does', async () => {
    await using app = await withApp();
    app.sandbox.faults.add({
      fault: { kind: 'error', status: 403, code: 'Forbidden.RAM', message: 'secret detail' },
    });
    const { data, errors, extensions } = await app.query(QUERY, {}, ASKED);
    expect(data).toEqual({ model: null });
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    const trace = namesIn(extensions.ftv1);
    expect(trace).toContain('model');
    expect(trace).not.toMatch(/secret|Forbidden\.RAM/);
    expect(trace).not.toContain(app.sandbox.url);
  });
});
