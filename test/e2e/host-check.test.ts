import { describe, expect, test } from 'vitest';
import { rawRequest } from '../http/raw-request.js';
import { startTestApp } from '../support/with-app.js';

async function statusesFor(hosts: string[], env: Record<string, string> = {}) {
  const app = await startTestApp(env);
  try {
    const answers = await Promise.all(
      hosts.map((Host) => rawRequest(app.url, { target: '/healthz', headers: { Host } })),
    );
    return Object.fromEntries(hosts.map((host, index) => [host, answers[index]?.status]));
  } finally {
    await app.close();
  }
}

const all = (hosts: string[], status: number) =>
  Object.fromEntries(hosts.map((host) => [host, status]));

describe('on a loopback address', () => {
  test('loopback names are served, with any port or none', async () => {
    const names = ['localhost', 'LOCALHOST:4000', '127.0.0.1', '127.0.0.1:1', '127.8.9.10:65535'];
    const hosts = [...names, '[::1]', '[::1]:4000'];
    expect(await statusesFor(hosts)).toEqual(all(hosts, 200));
  });

  test('names that a web page may have pointed here are refused', async () => {
    const hosts = [
      'evil.example',
      'evil.example:4000',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'evil.example@localhost',
      '127.0.0.1:4000.evil.example',
      'localhost:4000:4000',
      '0.0.0.0:4000',
      '192.168.1.2',
      '::1',
      '[::2]',
    ];
    expect(await statusesFor(hosts)).toEqual(all(hosts, 403));
  });

  test('a refused name sees a GraphQL-shaped answer and no CORS header', async () => {
    const origin = 'https://app.example.com';
    const app = await startTestApp({ CORS_ORIGINS: origin });
    const { status, headers, body } = await rawRequest(app.url, {
      target: '/graphql',
      headers: { Host: 'evil.example', Origin: origin },
    });
    await app.close();
    expect(status).toBe(403);
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(JSON.parse(body)).toEqual({
      errors: [
        { message: 'This Host name is not served here.', extensions: { code: 'FORBIDDEN' } },
      ],
    });
  });
});

test('on any other address every Host is served: a proxy in front decides', async () => {
  const hosts = ['models.example.com', 'localhost:4000'];
  expect(await statusesFor(hosts, { HOST: '0.0.0.0', AUTH: 'none' })).toEqual(all(hosts, 200));
});
