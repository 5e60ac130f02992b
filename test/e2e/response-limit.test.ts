// LIMIT_RESPONSE_MB: a response that would be larger is one short error, in both ways of execution, and a response
// within the limit is whole, for any number of turns that it took.
import { describe, expect, test } from 'vitest';
import { modelId, numberedModels, range } from '../graphql/numbered-registry.js';
import { type TestApp, withApp } from '../support/with-app.js';

const MB = 1024 * 1024;
const models = (characters: number) =>
  numberedModels(40, () => ({ model: { ModelDescription: 'é'.repeat(characters) } }));
const aliases = (count: number) =>
  range(0, count)
    .map((index) => `a${index}: description`)
    .join(' ');
const query = (count: number) => `{ models(first: 40) { nodes { id ${aliases(count)} } } }`;

/** An operation is compiled after it came back five times. */
async function often(app: TestApp, text: string, times = 8) {
  const answers = [];
  for (let time = 0; time < times; time += 1) answers.push(await app.query(text));
  return answers;
}

describe.each([
  ['in the ordinary executor', { COMPILED_OPERATIONS: 'off', RESPONSE_CACHE: 'off' }],
  ['in compiled operations', { RESPONSE_CACHE: 'off' }],
])('%s', (_, env) => {
  test('a response beyond the limit is QUERY_TOO_COMPLEX with the limit', async () => {
    await using app = await withApp({
      env: { ...env, LIMIT_RESPONSE_MB: '1' },
      sandbox: { models: models(1000) },
    });
    for (const { status, data, errors, headers } of await often(app, query(20))) {
      expect([status, data]).toEqual([400, null]);
      expect(errors).toEqual([
        {
          message: 'The response is larger than 1 MB; select fewer fields or items.',
          extensions: { code: 'QUERY_TOO_COMPLEX', limit: 1 },
        },
      ]);
      expect(headers.get('cache-control')).toBe('no-store');
    }
    const small = await app.query(query(1));
    expect([small.status, small.errors]).toEqual([200, []]);
  });

  test('bytes count, and not characters', async () => {
    await using app = await withApp({
      env: { ...env, LIMIT_RESPONSE_MB: '1' },
      sandbox: { models: models(1000) },
    });
    // 40 models × 10 × 2,000 bytes are 0.8 MB, 40 × 14 are 1.1 MB.
    for (const { status } of await often(app, query(10))) expect(status).toBe(200);
    for (const { status } of await often(app, query(14))) expect(status).toBe(400);
  });

  test('a long response is built in turns and whole', async () => {
    await using app = await withApp({ env, sandbox: { models: models(5000) } });
    for (const { status, data, errors } of await often(app, query(12))) {
      expect([status, errors]).toEqual([200, []]);
      expect(JSON.stringify(data).length).toBeGreaterThan(2 * MB);
      expect(data.models.nodes.map(({ id }: { id: string }) => id)).toEqual(
        range(0, 40).map(modelId),
      );
      expect(data.models.nodes[39].a11).toBe('é'.repeat(5000));
    }
  });
});

test('errors count as well: ten thousand of them are one', async () => {
  await using app = await withApp({ sandbox: { models: numberedModels(100) } });
  const wrong = range(0, 49).map((index) => `a${index}: version(name: "..") { id }`);
  const { status, errors } = await app.query(
    `{ models(first: 100) { nodes { ${wrong.join(' ')} } } }`,
  );
  expect(status).toBe(400);
  expect(errors.map(({ extensions }) => extensions.code)).toEqual(['QUERY_TOO_COMPLEX']);
});
