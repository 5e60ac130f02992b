// PAI itself is reached over TLS; here its sandbox stands behind a certificate of its own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { describe, expect, test } from 'vitest';
import { startSandbox } from '../../sandbox/sandbox.js';
import { startMain } from '../support/programs.js';
import { DOCUMENTED_ID, postGraphql } from '../support/with-app.js';

interface TlsUpstream extends AsyncDisposable {
  readonly url: string;
  /** The file of the certificate that it shows. */
  readonly certificate: string;
  readonly requests: readonly unknown[];
}

/** `isForgetful`: each connection ends when it is used a second time. */
async function startTlsUpstream({ isForgetful = false } = {}): Promise<TlsUpstream> {
  const sandbox = await startSandbox();
  const altNames = [{ type: 2, value: 'localhost' } as const];
  const pem = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames }],
  });
  const folder = mkdtempSync(join(tmpdir(), 'tls-'));
  const certificate = join(folder, 'certificate.pem');
  writeFileSync(certificate, pem.cert);
  const used = new WeakSet<object>();
  const front = createServer({ key: pem.private, cert: pem.cert }, (req, res) => {
    if (isForgetful && used.has(req.socket)) return void req.socket.destroy();
    used.add(req.socket);
    const { method, headers } = req;
    const behind = request(new URL(req.url ?? '/', sandbox.url), { method, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    req.pipe(behind);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const { port } = front.address() as AddressInfo;
  return {
    url: `https://localhost:${port}`,
    certificate,
    requests: sandbox.requests,
    async [Symbol.asyncDispose]() {
      front.closeAllConnections();
      front.close();
      await sandbox.close();
      rmSync(folder, { recursive: true });
    },
  };
}

const NAME = `{ model(id: "${DOCUMENTED_ID}") { name } }`;

const settingsOf = ({ url }: TlsUpstream) => ({
  PORT: '0',
  PAI_ENDPOINT: url,
  ALIBABA_CLOUD_ACCESS_KEY_ID: 'sandbox',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'sandbox-secret',
});

describe.concurrent('an upstream behind TLS', () => {
  test('is asked when its certificate is trusted', async () => {
    await using upstream = await startTlsUpstream();
    const trust = { NODE_EXTRA_CA_CERTS: upstream.certificate };
    await using main = startMain({ ...settingsOf(upstream), ...trust });
    const { data, errors } = await postGraphql(await main.url, { query: NAME });
    expect(errors).toEqual([]);
    expect(data).toEqual({ model: { name: '情感分析' } });
    expect(upstream.requests).toHaveLength(1);
  });

  test('is asked over a new connection where the kept one has ended', async () => {
    await using upstream = await startTlsUpstream({ isForgetful: true });
    const trust = { NODE_EXTRA_CA_CERTS: upstream.certificate };
    await using main = startMain({ ...settingsOf(upstream), ...trust });
    const url = await main.url;
    await postGraphql(url, { query: NAME });
    const { errors, extensions } = await postGraphql(url, {
      query: '{ models(first: 1) { nodes { id } } }',
    });
    expect(errors).toEqual([]);
    expect(extensions.upstream).toMatchObject({ calls: 1, retries: 1 });
    expect(upstream.requests).toHaveLength(2);
  });

  test('is told nothing when its certificate is not trusted', async () => {
    await using upstream = await startTlsUpstream();
    await using main = startMain(settingsOf(upstream));
    const { data, errors } = await postGraphql(await main.url, { query: NAME });
    expect(data).toEqual({ model: null });
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
    expect(upstream.requests).toEqual([]);
  });
});
