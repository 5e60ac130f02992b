// deploy/kubernetes as kustomize renders it: equal to the golden files, valid by the schemas, and right for this server.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { parseConfig } from '../../src/config/parse.js';
import { SETTINGS } from '../../src/config/settings.js';
import { describeWith, findPrograms, REPO_ROOT } from '../support/programs.js';
import { imageEnvironment } from './dockerfile.js';
import { environmentOf } from './environment.js';
import { createRenderer, find, type Manifest, OVERLAYS } from './kustomize.js';

/** Those that are not settings: node's own, one that only REDIS_URL refers to, and those of the credential chain. */
const OTHER_VARIABLES = [
  'NODE_OPTIONS',
  'VALKEY_PASSWORD',
  'ALIBABA_CLOUD_OIDC_PROVIDER_ARN',
  'ALIBABA_CLOUD_STS_REGION',
  'ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED',
  'ALIBABA_CLOUD_ECS_METADATA_DISABLED',
];

const read = (path: string) => readFileSync(join(REPO_ROOT, path), 'utf8');

const ajv = new Ajv({ allErrors: true, strict: false });
ajv.addSchema(JSON.parse(read('test/fixtures/kubernetes-kinds.json')), 'kinds');

function problemsOf(manifest: Manifest): string[] {
  const { kind, metadata } = manifest;
  const validate = ajv.getSchema(`kinds#/definitions/I${kind}`);
  if (validate === undefined) return [`There is no schema of ${kind}.`];
  if (validate(manifest)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${kind} ${metadata.name}${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

const podOf = (manifests: readonly Manifest[]) => find(manifests, 'Deployment').spec.template.spec;

describeWith('kustomize', 'deploy/kubernetes', (program) => {
  const renderer = createRenderer(program);
  const podsOf = (name: string) =>
    renderer
      .overlay(name)
      .filter(({ kind }) => kind === 'Deployment')
      .map(({ spec }) => spec.template.spec);
  const environment = (name: string): Record<string, string> => ({
    ...imageEnvironment(),
    ...environmentOf(renderer.overlay(name)),
  });

  describe.each(OVERLAYS)('%s', (name) => {
    test('equals its golden file (`npm test -- test/deploy -u` writes it)', async () => {
      const documents = renderer.overlay(name).map((one) => stringify(one, { lineWidth: 0 }));
      await expect(documents.join('---\n')).toMatchFileSnapshot(`golden/${name}.yaml`);
    });

    test('is valid by the schemas of its kinds', () => {
      expect(renderer.overlay(name).flatMap(problemsOf)).toEqual([]);
    });

    test('gives settings that the server takes without a warning', () => {
      const env = environment(name);
      const unknown = Object.keys(env).filter((one) => !Object.hasOwn(SETTINGS, one));
      expect(unknown.filter((one) => !OTHER_VARIABLES.includes(one))).toEqual([]);
      const parsed = parseConfig(env);
      expect(parsed.ok ? [] : parsed.problems).toEqual([]);
      expect(parsed.warnings).toEqual([]);
    });

    test('keeps to PAI’s rate at the maximum of replicas, also during an update', () => {
      const env = environment(name);
      const { maxReplicas } = find(renderer.overlay(name), 'HorizontalPodAutoscaler').spec;
      const { maxSurge } = find(renderer.overlay(name), 'Deployment').spec.strategy.rollingUpdate;
      const rate = Number(SETTINGS.UPSTREAM_RATE_PER_SECOND[1]);
      const share = Math.floor(rate / maxReplicas);
      const { UPSTREAM_RATE_PER_SECOND, UPSTREAM_RATE_WITHOUT_REDIS } = env;
      expect(Number(UPSTREAM_RATE_WITHOUT_REDIS ?? UPSTREAM_RATE_PER_SECOND)).toBe(share);
      expect(share * (maxReplicas + maxSurge)).toBeLessThanOrEqual(rate);
      if (env.REDIS_URL ?? env.REDIS_URL_FILE) expect(Number(UPSTREAM_RATE_PER_SECOND)).toBe(rate);
    });

    test('gives a pod time for its delay, its longest operation and the answer', () => {
      const env = environment(name);
      // The delay is to be that of the image; the second is the margin of app.ts for an answer.
      const delay = Number(env.SHUTDOWN_DELAY_MS ?? 5000);
      const operation = Number(env.REQUEST_TIMEOUT_MS ?? SETTINGS.REQUEST_TIMEOUT_MS[1]);
      const { terminationGracePeriodSeconds } = podOf(renderer.overlay(name));
      expect(terminationGracePeriodSeconds).toBe((delay + operation + 1000) / 1000 + 9);
    });

    test('routes to the ports that the server listens on', () => {
      const { PORT, METRICS_PORT } = environment(name);
      expect(podOf(renderer.overlay(name)).containers[0].ports).toEqual([
        { name: 'http', containerPort: Number(PORT) },
        { name: 'metrics', containerPort: Number(METRICS_PORT) },
      ]);
    });

    test('runs every container without rights, on a root file system that is read-only', () => {
      for (const pod of podsOf(name)) {
        expect(pod).toMatchObject({
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        });
        for (const container of pod.containers) {
          expect(container.resources.limits.memory).toBeDefined();
          expect(container.securityContext).toEqual({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          });
        }
      }
    });

    test('takes images of one version, the server’s that of package.json', () => {
      const { version } = JSON.parse(read('package.json'));
      const images = podsOf(name).flatMap(({ containers }) => containers.map(imageOf));
      expect(images).toContain(`pai-model-graph:${version}`);
      for (const image of images) expect(image).toMatch(/:\d+\.\d+/);
    });
  });

  test('mounts each file that a setting names, from a Secret or a token', () => {
    for (const name of OVERLAYS) {
      const files = Object.entries(environment(name)).filter(([one]) => one.endsWith('_FILE'));
      const pod = podOf(renderer.overlay(name));
      const mounts: { name: string; mountPath: string; subPath?: string }[] =
        pod.containers[0].volumeMounts;
      const volumes: { name: string; secret?: object; projected?: object }[] = pod.volumes;
      for (const [, path] of files) {
        const mount = mounts.find(({ mountPath }) => mountPath === dirname(path));
        // A file that is mounted alone would not change with its Secret.
        expect(mount?.subPath).toBeUndefined();
        const volume = volumes.find((one) => one.name === mount?.name);
        expect(volume?.secret ?? volume?.projected).toBeDefined();
      }
    }
  });

  test('names the Secrets with rotated values without a hash, so that a change restarts no pod', () => {
    const { volumes } = podOf(renderer.overlay('secret-files'));
    const names = volumes.map(
      ({ secret }: { secret: { secretName: string } }) => secret.secretName,
    );
    expect(names).toEqual(
      expect.arrayContaining(['pai-model-graph-access-key', 'pai-model-graph-redis']),
    );
  });

  test('is the same by each kustomize of this machine', () => {
    for (const other of findPrograms('kustomize').map(createRenderer)) {
      for (const name of OVERLAYS) expect(other.overlay(name)).toEqual(renderer.overlay(name));
    }
  });

  test.each([
    ['base/settings.env', 'PAI_REGION=cn-beijing\n'],
    ['base/secrets.env', 'ALIBABA_CLOUD_ACCESS_KEY_ID=other\n'],
    ['base/api-keys.json', '[{"client":"web"}]\n'],
    ['components/valkey/settings.env', 'UPSTREAM_RATE_PER_SECOND=40\n'],
    ['components/valkey/valkey.env', 'password=other\n'],
  ])('a change of %s rolls the pods', (path, text) => {
    const changed = renderer.copyWith('overlays/valkey', { [path]: text });
    expect(podOf(changed)).not.toEqual(podOf(renderer.overlay('valkey')));
  });

  test('a misspelt field and a wrong value are found by the schemas', () => {
    const deployment = structuredClone(find(renderer.overlay('base'), 'Deployment'));
    deployment.spec.template.spec.containers[0].readinessProb = {};
    deployment.spec.template.spec.terminationGracePeriodSeconds = '30';
    expect(problemsOf(deployment).join('\n')).toMatch(/readinessProb.*must be number/s);
  });

  test('the overlay of docs/deploy.md renders, and its password reaches the server', () => {
    const [, overlay = ''] = /```yaml\n(apiVersion.*?)```/s.exec(read('docs/deploy.md')) ?? [];
    const manifests = renderer.copyWith('mine', {
      'mine/kustomization.yaml': overlay.replaceAll('deploy/kubernetes/', '../'),
      'mine/secrets/valkey.env': 'password=abc123\n',
      'mine/secrets/api-keys.json': '[{"client":"web","sha256":"0"}]',
    });
    const env = environmentOf(manifests);
    expect(env.REDIS_URL).toBe('redis://:abc123@pai-model-graph-valkey:6379');
    expect(env.ALIBABA_CLOUD_ROLE_ARN).toContain('role/');
    expect(env.ALIBABA_CLOUD_STS_REGION).toBe('cn-beijing');
    expect(manifests.flatMap(problemsOf)).toEqual([]);
    expect(imageOf(podOf(manifests).containers[0])).toMatch(/^registry\.example\.com\//);
  });
});

function imageOf({ image }: { image: string }): string {
  return image;
}
