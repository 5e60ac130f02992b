import { describe, expect, test } from 'vitest';
import { SAMPLES } from '../../src/http/routes/playground-samples.js';
import { rawRequest } from '../http/raw-request.js';
import { startTestApp, withApp } from '../support/with-app.js';

describe('the page', () => {
  test('is HTML for any Accept header, with a policy that lets nothing else run', async () => {
    const app = await startTestApp({});
    for (const accept of ['text/html', '*/*', 'application/json', 'image/png', '']) {
      const { status, headers, body } = await rawRequest(app.url, { headers: { accept } });
      expect(status).toBe(200);
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(body).toMatch(/^\s*<!doctype html>/i);
      const policy = String(headers['content-security-policy']);
      expect(policy.split('; ').sort()).toEqual([
        "base-uri 'none'",
        "connect-src 'self'",
        "default-src 'none'",
        'font-src data:',
        "form-action 'none'",
        "frame-ancestors 'none'",
        'img-src data:',
        expect.stringMatching(/^script-src( 'sha256-[A-Za-z0-9+/]{43}='){2}$/),
        "style-src 'unsafe-inline'",
        'worker-src blob:',
      ]);
    }
    await app.close();
  });

  test('is compressed only for clients that accept it', async () => {
    const app = await startTestApp({});
    const encodingFor = async (accepted: string | undefined) => {
      const headers = accepted === undefined ? {} : { 'accept-encoding': accepted };
      const answer = await rawRequest(app.url, { method: 'HEAD', headers });
      expect(answer.headers.vary).toBe('Accept-Encoding');
      return answer.headers['content-encoding'];
    };
    for (const accepted of ['gzip', 'gzip, deflate, br', 'GZIP;q=0.5', '*', 'br;q=1, gzip;q=0.1']) {
      expect([accepted, await encodingFor(accepted)]).toEqual([accepted, 'gzip']);
    }
    const refused = [
      undefined,
      '',
      'identity',
      'br',
      'gzip;q=0',
      'gzip;q=0, *',
      '*;q=0',
      'gzipped',
    ];
    for (const accepted of refused) {
      expect([accepted, await encodingFor(accepted)]).toEqual([accepted, undefined]);
    }

    const plain = await fetch(app.url, { headers: { 'accept-encoding': 'identity' } });
    const zipped = await fetch(app.url, { headers: { 'accept-encoding': 'gzip' } });
    // fetch has unzipped it.
    expect(await zipped.text()).toBe(await plain.text());
    expect(Number(zipped.headers.get('content-length'))).toBeLessThan(3_000_000);
    await app.close();
  });

  test('is 304 to a browser that has it, in any coding', async () => {
    const app = await startTestApp({});
    const ask = (headers: Record<string, string>, method = 'GET') =>
      rawRequest(app.url, { method, headers });
    const { etag = '' } = (await ask({}, 'HEAD')).headers;
    expect(etag).toMatch(/^W\/"/);
    for (const accepted of ['gzip', 'identity']) {
      const known = { 'accept-encoding': accepted, 'if-none-match': `"x", ${etag}` };
      for (const method of ['GET', 'HEAD']) {
        const { status, headers, body } = await ask(known, method);
        expect([status, body, headers.etag, headers.vary]).toEqual([
          304,
          '',
          etag,
          'Accept-Encoding',
        ]);
        expect(headers).not.toHaveProperty('content-encoding');
      }
      const other = await ask({ ...known, 'if-none-match': '"x"' }, 'HEAD');
      expect([other.status, other.headers.etag]).toEqual([200, etag]);
    }
    await app.close();
  });

  test('answers HEAD like GET, without the body', async () => {
    const app = await startTestApp({});
    const head = await rawRequest(app.url, { method: 'HEAD' });
    const got = await rawRequest(app.url);
    await app.close();
    expect(head.status).toBe(200);
    expect(head.body).toBe('');
    expect(head.headers['content-length']).toBe(String(Buffer.byteLength(got.body)));
  });

  test('is off in production unless PLAYGROUND=true, and off everywhere with false', async () => {
    const production = { NODE_ENV: 'production', AUTH: 'none', SANDBOX: 'true' };
    const table: [Record<string, string>, number][] = [
      [production, 404],
      [{ ...production, PLAYGROUND: 'true' }, 200],
      [{ ...production, PLAYGROUND: 'false' }, 404],
      [{ PLAYGROUND: 'false' }, 404],
      [{}, 200],
    ];
    for (const [env, status] of table) {
      const app = await startTestApp(env);
      const response = await fetch(app.url, { method: 'HEAD' });
      await app.close();
      expect([env, response.status]).toEqual([env, status]);
    }
  });
});

describe('the samples', () => {
  test('page through a filtered list by the variable that they name', async () => {
    await using app = await withApp();
    const [, list] = SAMPLES;
    const ids: string[] = [];
    let after: string | null = null;
    for (const rest of [true, true, false]) {
      const { data } = await app.query(list?.query ?? '', { ...list?.variables, after });
      ids.push(...data.models.nodes.map(({ id }: { id: string }) => id));
      expect(data.models.pageInfo.hasNextPage).toBe(rest);
      after = data.models.pageInfo.endCursor;
    }
    expect(new Set(ids).size).toBe(9);
  });

  test('are answered without an error', async () => {
    await using app = await withApp();
    for (const { query, variables } of SAMPLES) {
      expect((await app.query(query, variables)).errors).toEqual([]);
    }
  });
});
