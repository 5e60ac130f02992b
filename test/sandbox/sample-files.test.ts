// The pictures and documents that the sample models name.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSampleFile } from '../../sandbox/sample-files.js';
import {
  DOCUMENTED_MODEL,
  type Sandbox,
  sampleModels,
  startSandbox,
} from '../../sandbox/sandbox.js';
import { callSandbox } from './signed-call.js';

describe('a sample model’s addresses', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox();
  });
  afterAll(() => sandbox.close());

  const linksIn = (value: unknown) =>
    JSON.stringify(value).match(/https?:[^"]+\.(?:svg|md)/g) ?? [];
  const links = () =>
    sampleModels(sandbox.url)
      .filter(({ model }) => model !== DOCUMENTED_MODEL.model)
      .flatMap((model) => linksIn(model));

  it('are of the sandbox, which answers each with a picture or a document', async () => {
    expect(links().length).toBeGreaterThan(50);
    for (const link of links()) {
      expect(isSampleFile(new URL(link).pathname)).toBe(true);
      expect(link.startsWith(sandbox.url)).toBe(true);
      const response = await fetch(link);
      const isPicture = link.endsWith('.svg');
      expect([link, response.status]).toEqual([link, 200]);
      expect(response.headers.get('content-type')).toBe(
        isPicture ? 'image/svg+xml' : 'text/markdown; charset=utf-8',
      );
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect(await response.text()).toMatch(isPicture ? /^<svg .+<\/svg>\n$/s : /^# .+\n/);
    }
  });

  it('are in the answers of the registry', async () => {
    const [link = ''] = links();
    const id = /model-[0-9a-z]+/.exec(link)?.[0] ?? '';
    const { json } = await callSandbox(sandbox, { path: `/api/v1/models/${id}` });
    expect(linksIn(json)).toContain(link);
  });

  it('leave other paths and methods unanswered', async () => {
    const [link = ''] = links();
    const statusOf = async (url: string, method = 'GET') => (await fetch(url, { method })).status;
    expect(await statusOf(link, 'HEAD')).toBe(200);
    expect(await statusOf(link, 'POST')).toBe(404);
    for (const name of ['', 'model-none.svg', '../samples', 'model-18sw5uynt4y9rs.png']) {
      expect(await statusOf(`${sandbox.url}/samples/${name}`)).toBe(404);
    }
  });
});
