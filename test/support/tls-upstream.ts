// PAI's sandbox behind a certificate of its own, for any host names.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/sandbox.js';

export interface TlsUpstream extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly sandbox: Sandbox;
  /** The file of the certificate that it shows. */
  readonly certificate: string;
  readonly requests: readonly unknown[];
}

interface TlsUpstreamOptions {
  /** Each connection ends when it is used a second time. */
  readonly isForgetful?: boolean;
  /** The names in the certificate beside localhost. */
  readonly names?: readonly string[];
  readonly sandbox?: SandboxOptions;
}

export async function startTlsUpstream(options: TlsUpstreamOptions = {}): Promise<TlsUpstream> {
  const { isForgetful = false, names = [] } = options;
  const sandbox = await startSandbox(options.sandbox);
  const altNames = ['localhost', ...names].map((value) => ({ type: 2, value }) as const);
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
    const { method } = req;
    // The sandbox's own routes are for its own name alone.
    const isOwn = req.url?.startsWith('/_sandbox') === true;
    const headers = { ...req.headers, ...(isOwn && { host: new URL(sandbox.url).host }) };
    const behind = request(new URL(req.url ?? '/', sandbox.url), { method, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    req.pipe(behind);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const { port } = front.address() as AddressInfo;
  return {
    ...{ url: `https://localhost:${port}`, port, sandbox },
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
