// deploy/compose.yaml, and the arguments of Valkey; no engine runs them here.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../src/config/parse.js';
import { freePort } from '../support/free-port.js';
import { describeWith, eventually, REPO_ROOT, startMain } from '../support/programs.js';
import { imageEnvironment } from './dockerfile.js';

const read = (path: string) => parse(readFileSync(join(REPO_ROOT, 'deploy', path), 'utf8'));

const { services } = read('compose.yaml');
const { spec } = read('kubernetes/components/valkey/deployment.yaml');
const [valkey] = spec.template.spec.containers;

test('deploy/compose.yaml gives settings that the server takes without a warning', () => {
  const parsed = parseConfig({ ...imageEnvironment(), ...services.server.environment });
  expect([parsed.ok, parsed.warnings]).toEqual([true, []]);
});

test('deploy/compose.yaml mounts files that exist, read-only, and opens ports to this machine alone', () => {
  for (const { volumes = [], ports = [] } of Object.values<Record<string, string[]>>(services)) {
    for (const volume of volumes) {
      const [source = '', , mode] = volume.split(':');
      expect([source, existsSync(join(REPO_ROOT, 'deploy', source)), mode]).toEqual([
        source,
        true,
        'ro',
      ]);
    }
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  }
});

test('Prometheus scrapes the port of the metrics', () => {
  const [{ static_configs: targets }] = read('compose/prometheus.yaml').scrape_configs;
  expect(targets).toEqual([{ targets: [`server:${services.server.environment.METRICS_PORT}`] }]);
});

test('Valkey is the same on a laptop and in a cluster, but for the password', () => {
  const withoutPassword = valkey.args.slice(0, valkey.args.indexOf('--requirepass'));
  expect(services.valkey.command).toEqual([...valkey.command, ...withoutPassword]);
  const { images } = read('kubernetes/components/valkey/kustomization.yaml');
  expect(services.valkey.image).toBe(`${images[0].name}:${images[0].newTag}`);
});

describeWith('promtool', 'the configuration of Prometheus', (promtool) => {
  test('is valid', () => {
    const path = join(REPO_ROOT, 'deploy/compose/prometheus.yaml');
    expect(execFileSync(promtool, ['check', 'config', path], { encoding: 'utf8' })).toContain(
      'SUCCESS',
    );
  });
});

describeWith('redis-server', 'Redis with the arguments of Valkey', (executable) => {
  test('serves the server by the password, in the form of REDIS_URL that the manifests use', async () => {
    const port = await freePort();
    const args = valkey.args.map((arg: string) => arg.replace('$(VALKEY_PASSWORD)', 'abc123'));
    const redis = spawn(executable, ['--port', String(port), '--bind', '127.0.0.1', ...args]);
    const ended = once(redis, 'exit');
    try {
      const REDIS_URL = `redis://:abc123@127.0.0.1:${port}`;
      await using main = startMain({ PORT: '0', REDIS_URL });
      const url = await main.url;
      const ready = async () => JSON.parse(await (await fetch(`${url}/readyz`)).text());
      await eventually(async () => (await ready()).parts.redis === 'ok' || undefined);
    } finally {
      redis.kill();
      await ended;
    }
  });
});
