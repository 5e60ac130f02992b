// A program that fails to start the app in every way, and then ends by itself if nothing is left open.
import { createServer } from 'node:net';
import { startTestApp } from './with-app.js';

const holder = createServer();
const port = await new Promise<number>((resolve) => {
  holder.listen(0, '127.0.0.1', () => {
    const address = holder.address();
    resolve(typeof address === 'object' && address !== null ? address.port : 0);
  });
});

const [keysFile = ''] = process.argv.slice(2);
const FAILING: Record<string, Record<string, string>> = {
  port: { PORT: String(port) },
  metricsPort: { METRICS_PORT: String(port) },
  portWithMetrics: { PORT: String(port), METRICS_PORT: '0' },
  host: { HOST: 'nowhere.invalid', AUTH: 'none' },
  files: {
    AUTH: 'api-key',
    API_KEYS_FILE: '/nowhere/keys',
    TRUSTED_DOCUMENTS: 'log',
    TRUSTED_DOCUMENTS_FILE: '/nowhere/manifest',
  },
  // The good one of them is read again every second, by a timer.
  oneFileOfTwo: {
    AUTH: 'api-key,jwt',
    API_KEYS_FILE: keysFile,
    JWT_JWKS: '/nowhere/jwks',
    JWT_ISSUER: 'i',
    JWT_AUDIENCE: 'a',
  },
};

const messages: Record<string, string> = {};
for (const [name, env] of Object.entries(FAILING)) {
  messages[name] = await startTestApp({ REDIS_URL: 'redis://127.0.0.1:1', ...env }).then(
    () => 'started',
    (error: Error) => error.message.replaceAll(String(port), '<port>'),
  );
}
holder.close();
process.stdout.write(`${JSON.stringify(messages)}\n`);
