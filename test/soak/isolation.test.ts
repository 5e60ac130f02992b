// Ten thousand interleaved operations of callers with different views, over two pairs of replicas on one
// Redis: no value of one comes into another's answer, whichever path it takes.
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { type SandboxModel, startSandbox } from '../../sandbox/sandbox.js';
import type { App } from '../../src/app.js';
import { range } from '../graphql/numbered-registry.js';
import { rawRequest } from '../http/raw-request.js';
import { aFile } from '../support/a-file.js';
import {
  apiKeys,
  aRoleMap,
  byKey,
  byToken,
  callerEnv,
  keysEnv,
  rolesOf,
  workspaceOf,
} from '../support/callers.js';
import { describeWith, eventually } from '../support/programs.js';
import { startRedis } from '../support/redis-process.js';
import { startTestApp } from '../support/with-app.js';

const OPERATIONS = 10_000;
const JSON_BODY = { 'content-type': 'application/json' };
const AT_ONCE = 32;
/** null: in no workspace. */
const TENANTS = ['left', 'right', null] as const;
type Tenant = (typeof TENANTS)[number];
const MODELS = 12;

/** Ids do not tell the tenant of a model: a caller may know them. All other values do. */
const modelId = (index: number) => `model-${index}`;
const datasetId = (index: number) => `d-${index}`;
const mark = (tenant: Tenant) => `of-${tenant ?? 'nobody'}!`;

/** For good: PAI has no way to move a model. */
const tenantOf = (index: number): Tenant => TENANTS[index % TENANTS.length] ?? null;

function registry(generation: number): SandboxModel[] {
  return range(0, MODELS).map((index) => {
    const tenant = tenantOf(index);
    const text = `${index} in ${generation} ${mark(tenant)}`;
    return {
      listedWithoutProvider: true,
      model: {
        ...{ ModelId: modelId(index), ModelName: text, ModelDescription: text, Provider: 'pai' },
        GmtCreateTime: new Date(Date.UTC(2024, 0, 1) + index * 60_000).toISOString(),
        Labels: [{ Key: 'whose', Value: text }],
        ...(tenant !== null && { WorkspaceId: workspaceOf(tenant) }),
      },
      tags: [{ Key: 'whose', Value: text }],
      versions: range(0, 3).map((version) => ({
        ...{ VersionName: `0.${version}.0`, VersionDescription: text },
        GmtCreateTime: new Date(Date.UTC(2024, 0, 1) + version * 60_000).toISOString(),
        Metrics: {
          Results: [{ Dataset: { DatasetId: datasetId(index), Uri: text }, Metrics: { cer: 0.5 } }],
        },
      })),
    };
  });
}

/** A caller, and the tenants whose values it may see. */
/** One for each model, in the workspace of the model. */
const datasets = (generation: number) =>
  range(0, MODELS).map((index) => {
    const tenant = tenantOf(index);
    return {
      ...{ DatasetId: datasetId(index), Name: `${index} in ${generation} ${mark(tenant)}` },
      ...(tenant !== null && { WorkspaceId: workspaceOf(tenant) }),
    };
  });

const workspaces = (generation: number) =>
  TENANTS.filter((tenant) => tenant !== null).map((tenant) => ({
    ...{ WorkspaceId: workspaceOf(tenant), DisplayName: `${generation} ${mark(tenant)}` },
  }));

interface Person {
  readonly name: string;
  readonly mode: 'service' | 'caller';
  readonly sees: readonly Tenant[];
  readonly headers: Record<string, string>;
}

interface Operation {
  readonly person: number;
  readonly replica: number;
  readonly path: keyof typeof PATHS;
  readonly ids: readonly number[];
  readonly version: number;
  readonly workspace: Tenant | 'unsaid';
  readonly first: number;
  readonly headers: Record<string, string>;
}

const VERSION = 'raw';
const MODEL = 'name raw latestVersion { model { name } }';
const CONNECTION = `totalCount nodes { ${MODEL} } pageInfo { hasNextPage endCursor }`;

const PATHS = {
  model: `query ($id: ID!) { model(id: $id) { ${MODEL} } }`,
  modelsByIds: `query ($ids: [ID!]!) { modelsByIds(ids: $ids) { ${MODEL} } }`,
  node: `query ($id: ID!) { node(id: $id) { id ... on Model { ${MODEL} } } }`,
  nodes: `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Model { ${MODEL} } } }`,
  references: `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Model { ${MODEL} } } }`,
  versionReferences: `query ($ofVersions: [_Any!]!) { _entities(representations: $ofVersions) { ... on ModelVersion { ${VERSION} model { name } } } }`,
  modelVersion: `query ($id: ID!, $version: String!) { modelVersion(modelId: $id, versionName: $version) { ${VERSION} } }`,
  versions: `query ($id: ID!, $first: Int) { model(id: $id) { versions(first: $first) { nodes { ${VERSION} } } } }`,
  history: `query ($id: ID!) { model(id: $id) { metricHistory(metric: "cer") { dataset { uri dataset { name } } version { ${VERSION} } } } }`,
  histories: `query ($id: ID!) { model(id: $id) { metricHistories { metric points { version { ${VERSION} } } } } }`,
  list: `query ($filter: ModelFilter, $first: Int) { models(filter: $filter, first: $first) { ${CONNECTION} } }`,
  lastOfList: `query ($filter: ModelFilter, $first: Int) { models(filter: $filter, last: $first) { ${CONNECTION} } }`,
  workspace: `query ($workspace: ID!) { workspace(id: $workspace) { displayName models(first: 3) { nodes { name } } } }`,
  workspaceOfModel: `query ($ids: [ID!]!) { modelsByIds(ids: $ids) { workspace { displayName } } }`,
  workspaceReferences: `query ($ofWorkspaces: [_Any!]!) { _entities(representations: $ofWorkspaces) { ... on Workspace { displayName } } }`,
  listOfWorkspaces: `query ($first: Int) { workspaces(first: $first) { totalCount nodes { displayName } } }`,
  datasets: `query ($ids: [ID!]!) { modelsByIds(ids: $ids) { latestVersion { metricResults { dataset { dataset { name } } } } } }`,
  datasetReferences: `query ($ofDatasets: [_Any!]!) { _entities(representations: $ofDatasets) { ... on Dataset { name } } }`,
} as const;
const PATH_NAMES = Object.keys(PATHS) as (keyof typeof PATHS)[];

const operations = (people: number): fc.Arbitrary<Operation> =>
  fc.record({
    person: fc.nat(people - 1),
    replica: fc.nat(1),
    path: fc.constantFrom(...PATH_NAMES),
    ids: fc.uniqueArray(fc.nat(MODELS), { minLength: 1, maxLength: 4 }),
    version: fc.nat(2),
    workspace: fc.constantFrom<Operation['workspace'][]>('left', 'right', 'unsaid'),
    first: fc.integer({ min: 1, max: 5 }),
    headers: fc.oneof(
      { weight: 12, arbitrary: fc.constant({}) },
      { weight: 1, arbitrary: fc.constant({ 'cache-control': 'no-cache' }) },
      { weight: 1, arbitrary: fc.constant({ 'cache-control': 'max-stale=600' }) },
      { weight: 2, arbitrary: fc.constant({ 'x-upstream-explain': 'true' }) },
    ),
  });

function variablesOf({ path, ids, version, workspace, first }: Operation): object {
  const [id = 0] = ids;
  const versionName = `0.${version}.0`;
  const all: Record<string, unknown> = {
    ...{ id: modelId(id), ids: ids.map(modelId), version: versionName, first },
    of: ids.map((index) => ({ __typename: 'Model', id: modelId(index) })),
    ofVersions: ids.map((index) => ({
      ...{ __typename: 'ModelVersion', modelId: modelId(index), versionName },
    })),
    workspace: workspaceOf(workspace ?? ''),
    ofWorkspaces: ['left', 'right'].map((tenant) => ({
      ...{ __typename: 'Workspace', id: workspaceOf(tenant) },
    })),
    ofDatasets: ids.map((index) => ({ __typename: 'Dataset', id: datasetId(index) })),
    filter: workspace === 'unsaid' ? null : { workspaceId: workspaceOf(workspace ?? '') },
  };
  const named = Object.entries(all).filter(([name]) => PATHS[path].includes(`$${name}:`));
  return Object.fromEntries(named);
}

describeWith('redis-server', 'isolation', (executable) => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  afterAll(() => process.stderr.write(`isolation: seed ${seed}\n`));

  test('no value of one view comes into an answer of another', async () => {
    await using redis = await startRedis(executable);
    const roles = rolesOf(['left', 'right']);
    await using roleMap = await aRoleMap(roles);
    await using keys = await aFile(
      apiKeys({
        ...{ left: ['ws-left'], alsoLeft: ['ws-left'], right: ['ws-right'] },
        ...{ both: ['ws-left', 'ws-right'], none: [], all: null },
      }),
    );
    const sandbox = await startSandbox({
      ...{ models: registry(0), workspaces: workspaces(0), datasets: datasets(0) },
      roles: Object.values(roles),
    });
    const env = {
      ...{ PAI_ENDPOINT: sandbox.url, REDIS_URL: redis.url },
      ...{ CACHE_TTL_SECONDS: '1', CACHE_REVALIDATE_SECONDS: '1', CACHE_MISSING_SECONDS: '1' },
      ...{ UPSTREAM_RATE_PER_SECOND: '10000', OPERATIONS_PER_SECOND: '1000000' },
    };
    const serviceEnv = { ...env, ...keysEnv(keys) };
    const ownEnv = { ...env, ...callerEnv(sandbox, roleMap) };
    // Ages go with the operations, so that a busy machine sees as many of them as an idle one.
    const startedAt = Date.now();
    let next = 0;
    const clock = {
      now: () => startedAt + Math.floor(next / 2),
      monotonic: () => Math.floor(next / 2),
    };
    const start = (settings: Record<string, string>) => startTestApp(settings, [], clock);
    const [service, otherService, own, otherOwn] = await Promise.all([
      ...[start(serviceEnv), start(serviceEnv)],
      ...[start(ownEnv), start(ownEnv)],
    ]);
    const token = (sub: string, tenant: string) => byToken(sandbox.mintToken({ sub, tenant }));
    const byKeyOf = (name: string, ...sees: Tenant[]): Person => ({
      ...{ name, mode: 'service', sees, headers: byKey(name) },
    });
    const people: Person[] = [
      ...[byKeyOf('left', 'left'), byKeyOf('alsoLeft', 'left'), byKeyOf('right', 'right')],
      ...[byKeyOf('both', 'left', 'right'), byKeyOf('none'), byKeyOf('all', ...TENANTS)],
      { name: 'ann', mode: 'caller', sees: ['left'], headers: token('ann', 'left') },
      { name: 'bob', mode: 'caller', sees: ['right'], headers: token('bob', 'right') },
      // The same person in another role.
      { name: 'ann too', mode: 'caller', sees: ['right'], headers: token('ann', 'right') },
    ];
    const replicas = { service: [service, otherService], caller: [own, otherOwn] };
    const seen = new Map(people.map(({ name }) => [name, new Set<string>()]));
    const totals = { cached: 0, stale: 0, coalesced: 0, calls: 0, explained: 0 };

    async function run(operation: Operation): Promise<void> {
      const person = people[operation.person];
      const app: App | undefined = person && replicas[person.mode][operation.replica];
      if (person === undefined || app === undefined) throw new Error('Nobody asks.');
      const { status, body: text } = await rawRequest(app.url, {
        ...{ method: 'POST', target: '/graphql' },
        headers: { ...JSON_BODY, ...person.headers, ...operation.headers },
        body: [JSON.stringify({ query: PATHS[operation.path], variables: variablesOf(operation) })],
      });
      const hidden = TENANTS.filter((tenant) => !person.sees.includes(tenant)).map(mark);
      const leaked = hidden.filter((word) => text.includes(word));
      if (leaked.length > 0 || status >= 500) {
        throw new Error(`${person.name} saw ${leaked}: ${JSON.stringify(operation)} ${text}`);
      }
      for (const tenant of TENANTS) {
        if (text.includes(mark(tenant))) seen.get(person.name)?.add(`${operation.path} ${tenant}`);
      }
      const { upstream, explain } = JSON.parse(text).extensions ?? {};
      for (const name of ['cached', 'stale', 'coalesced', 'calls'] as const) {
        totals[name] += upstream?.[name] ?? 0;
      }
      totals.explained += explain === undefined ? 0 : 1;
    }

    const queue = fc.sample(operations(people.length), { numRuns: OPERATIONS, seed });
    async function worker(): Promise<void> {
      while (next < queue.length) {
        const operation = queue[next];
        // Models change, and PAI fails now and then.
        if (next % 1000 === 500) {
          sandbox.setModels(registry(next));
          sandbox.setWorkspaces(workspaces(next));
          sandbox.setDatasets(datasets(next));
        }
        if (next % 2000 === 1000) sandbox.faults.add({ times: 20, fault: { kind: 'html' } });
        next += 1;
        if (operation !== undefined) await run(operation);
      }
    }
    await Promise.all(range(0, AT_ONCE).map(worker));

    // The test proves something only if each value could leak: every path has shown all callers their own.
    for (const { name, sees } of people) {
      const shown = sees.flatMap((tenant) =>
        PATH_NAMES.filter((path) => !path.toLowerCase().includes('list'))
          // A model of no workspace has none.
          .filter((path) => tenant !== null || !path.startsWith('workspace'))
          .map((path) => `${path} ${tenant}`),
      );
      expect([...(seen.get(name) ?? [])], name).toEqual(expect.arrayContaining(shown));
    }
    for (const [name, count] of Object.entries(totals)) expect(count, name).toBeGreaterThan(50);
    const names = await eventually(async () => {
      const found = await redis.client.keys('*:cache:*');
      return found.length > 0 ? found : undefined;
    });
    const stored = (await redis.client.mget(names)).join('\n');
    expect(stored).toMatch(/of-(left|right|nobody)!/);
    await Promise.all([service, otherService, own, otherOwn].map((app) => app?.close()));
    await sandbox.close();
  }, 240_000);
});
