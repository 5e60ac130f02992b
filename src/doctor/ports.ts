// Whether the service could listen on its ports, or does so already.
import { createServer } from 'node:net';
import type { Config } from '../config/config.js';
import { AppError } from '../domain/errors.js';
import { systemCodeOf } from '../lib/system-error.js';
import { createHttpClient } from '../net/http-client.js';
import { type Finding, fail, ok } from './finding.js';

const NAME = 'ports';

export async function checkPorts({ listen, metricsPort }: Config): Promise<Finding> {
  const { host, port } = listen;
  const ports = [port, ...(metricsPort === null ? [] : [metricsPort])];
  const codes = await Promise.all(ports.map((one) => tryToListen(host, one)));
  const broken = codes.find((code) => code !== null && code !== 'EADDRINUSE');
  if (broken)
    return fail(NAME, `cannot be listened on (${broken}). Check HOST, PORT and METRICS_PORT.`);
  if (codes.every((code) => code === null)) return ok(NAME, 'free');
  return (await isService(host, port))
    ? ok(NAME, 'in use by this service, which runs already')
    : fail(NAME, 'in use by another program. Check PORT and METRICS_PORT.');
}

/** The code of the system error; null: it works. */
function tryToListen(host: string, port: number): Promise<string | null> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', (error) => resolve(systemCodeOf(error) ?? 'OTHER'));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}

const TIMEOUT_MS = 1000;

async function isService(host: string, port: number): Promise<boolean> {
  const bounds = { maxMegabytes: 1, timeoutMs: TIMEOUT_MS, maxSockets: 1, proxy: null };
  const client = createHttpClient({ serverName: 'service', ...bounds });
  try {
    const name = host.includes(':') ? `[${host}]` : host;
    const { body } = await client.send({ url: `http://${name}:${port}/healthz` });
    return body.includes('"alive"');
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}
