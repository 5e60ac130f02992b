// The import direction of src and sandbox as rules for dependency-cruiser; it counts nothing, scripts/check-imports.mjs does.

/** Every part of src may import these. */
const BASIS = ['domain', 'lib'];

/** What each part of src may import besides itself and the basis. */
const MAY_IMPORT = {
  main: ['app', 'doctor', 'upstream', 'config', 'telemetry'],
  app: [
    ...['startup', 'inputs', 'upstream', 'config', 'telemetry', 'auth', 'accelerator'],
    ...['http', 'graphql', 'catalog', 'pai', 'cache', 'redis'],
  ],
  doctor: ['startup', 'inputs', 'upstream', 'config', 'auth', 'pai', 'redis', 'net'],
  inputs: ['startup', 'upstream', 'config', 'auth', 'graphql', 'pai', 'redis'],
  upstream: ['config', 'pai'],
  accelerator: ['config', 'graphql', 'catalog', 'cache'],
  http: ['auth', 'graphql'],
  auth: ['redis', 'net'],
  graphql: ['catalog', 'pai', 'cache'],
  catalog: ['pai', 'cache'],
  pai: ['redis', 'net'],
  cache: ['redis'],
  startup: [],
  redis: [],
  net: [],
  telemetry: [],
  config: [],
};

/** npm packages that only the named files or folders may import. */
const RESERVED_PACKAGES = {
  got: ['src/net/http-client.ts'],
  hpagent: ['src/net/proxy.ts'],
  '@alicloud/credentials': ['src/pai/credentials.ts'],
  ioredis: ['src/redis/'],
  'lru-cache': [
    'src/catalog/',
    'src/lib/measured-lru.ts',
    'src/pai/circuit-breaker.ts',
    'src/pai/sts/',
  ],
  'prom-client': ['src/telemetry/'],
  '@opentelemetry/[^/]+': ['src/telemetry/traces.ts'],
  jose: ['src/auth/'],
  'lossless-json': ['src/lib/'],
};

const part = (name) => `^src/${name}(\\.ts$|/)`;

const knownParts = [...Object.keys(MAY_IMPORT), ...BASIS].map(part);
const unknownPart = {
  comment: 'A new part of src needs a line in MAY_IMPORT in .dependency-cruiser.cjs.',
  severity: 'error',
};

const directionRules = Object.entries(MAY_IMPORT).map(([name, others]) => ({
  name: `direction-of-${name}`,
  comment: `src/${name} may import ${[...others, ...BASIS, 'npm packages and itself'].join(', ')} only. Move the code down the line, or let app.ts hand it in.`,
  severity: 'error',
  from: { path: part(name) },
  to: { path: '^src/', pathNot: [name, ...others, ...BASIS].map(part) },
}));

const reservedRules = Object.entries(RESERVED_PACKAGES).map(([name, importers]) => ({
  name: `reserved-${name.replace(/\W+/g, '-').replace(/^-/, '')}`,
  comment: `${name} has one home: ${importers.join(' and ')}. Use what is exported there.`,
  severity: 'error',
  from: { path: '^src/', pathNot: importers.map((path) => `^${path}`) },
  // Also the bare name, which is what an uninstalled package resolves to.
  to: { path: `(^|node_modules/)${name}(/|$)` },
}));

module.exports = {
  forbidden: [
    ...directionRules,
    ...reservedRules,
    {
      name: 'domain-is-pure',
      comment: 'src/domain imports only src/lib: take the value as a parameter.',
      severity: 'error',
      from: { path: part('domain') },
      to: { pathNot: BASIS.map(part) },
    },
    {
      name: 'lib-knows-no-part',
      comment: 'src/lib holds tools that know nothing of this program: move the code to its part.',
      severity: 'error',
      from: { path: part('lib') },
      to: { path: '^src/', pathNot: part('lib') },
    },
    {
      name: 'sandbox-stands-alone',
      comment: 'sandbox/ simulates PAI: it imports only Node’s own modules and itself.',
      severity: 'error',
      from: { path: '^sandbox/' },
      to: { pathNot: '^sandbox/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'sandbox-in-one-place',
      comment: 'Only src/upstream.ts imports the sandbox: import it from there.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/upstream\\.ts$' },
      to: { path: '^sandbox/' },
    },
    {
      ...unknownPart,
      name: 'known-parts-only',
      from: {},
      to: { path: '^src/', pathNot: knownParts },
    },
    {
      ...unknownPart,
      name: 'known-parts-import',
      from: { path: '^src/', pathNot: knownParts },
      to: {},
    },
    {
      name: 'src-stands-alone',
      comment: 'Code that ships cannot use code that does not: move it into src.',
      severity: 'error',
      from: { path: '^(src|sandbox)/' },
      to: { path: '^(test|bench|examples|scripts)/' },
    },
    {
      name: 'not-to-dev-dep',
      comment: 'A production install lacks this package: move it to dependencies or do without.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'resolvable',
      comment: 'The import leads nowhere: correct the path, or declare the package.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-circular',
      comment: 'Two files that need each other are one idea, or hide a third: merge or extract.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'Nothing imports this file and it imports nothing: delete it or use it.',
      severity: 'error',
      from: { orphan: true, pathNot: ['^src/main\\.ts$', '/__generated__/'] },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['main', 'types'],
    },
  },
};
