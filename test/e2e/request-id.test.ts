import { describe, expect, test } from 'vitest';
import { rawRequest } from '../http/raw-request.js';
import { startTestApp } from '../support/with-app.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function idsFor(sent: (string | string[] | undefined)[]): Promise<unknown[]> {
  const app = await startTestApp({});
  try {
    const answers = await Promise.all(
      sent.map((id) =>
        rawRequest(app.url, { target: '/healthz', headers: id ? { 'X-Request-Id': id } : {} }),
      ),
    );
    return answers.map(({ headers }) => headers['x-request-id']);
  } finally {
    await app.close();
  }
}

describe('X-Request-Id', () => {
  test('comes back as it was sent when it is clean', async () => {
    const clean = ['a', '7', 'A-b_c.9', '...', '-', 'x'.repeat(64), crypto.randomUUID()];
    expect(await idsFor(clean)).toEqual(clean);
  });

  test('is made anew when it is missing, dirty, too long or there twice', async () => {
    const dirty = [
      undefined,
      ' ',
      'x'.repeat(65),
      'a b',
      'a,b',
      'a/b',
      'a\tb',
      '{"level":"error"}',
      '<script>',
      'é',
      'id;drop',
      ['first', 'second'],
    ];
    const ids = await idsFor(dirty);
    for (const id of ids) expect(id).toMatch(UUID);
    expect(new Set(ids).size).toBe(dirty.length);
  });

  test('is on every kind of answer', async () => {
    const app = await startTestApp({});
    const headers = { 'X-Request-Id': 'my-id' };
    const answers = await Promise.all([
      rawRequest(app.url, { target: '/nothing', headers }),
      rawRequest(app.url, { target: '/graphql', method: 'DELETE', headers }),
      rawRequest(app.url, { target: '/graphql', headers }),
      rawRequest(app.url, { target: '/graphql', method: 'POST', headers, body: ['{'] }),
      rawRequest(app.url, { target: '/readyz', headers: { ...headers, Host: 'evil.example' } }),
    ]);
    await app.close();
    expect(answers.map(({ status }) => status)).toEqual([404, 405, 400, 415, 403]);
    for (const answer of answers) expect(answer.headers['x-request-id']).toBe('my-id');
  });

  test('is the id in the event of its operation', async () => {
    const events: { type: string; requestId?: unknown }[] = [];
    const app = await startTestApp({}, events as never[]);
    await rawRequest(app.url, {
      target: '/graphql',
      method: 'POST',
      headers: { 'X-Request-Id': 'caller-7', 'Content-Type': 'application/json' },
      body: ['{"query":"{ __typename }"}'],
    });
    await app.close();
    const operations = events.filter(({ type }) => type === 'operation');
    expect(operations.map(({ requestId }) => requestId)).toEqual(['caller-7']);
  });
});
