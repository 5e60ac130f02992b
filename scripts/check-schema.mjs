// Compares the schema with the last commit on main and fails for a breaking change that is not
// accepted in docs/schema-policy.md; it checks the schema only, not the behaviour of resolvers.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { findBreakingChanges, findDangerousChanges, parse } from 'graphql';

const git = (...args) => execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim();

function tryGit(...args) {
  try {
    return git(...args);
  } catch {
    return null;
  }
}

/** Not the folder of the types that another subgraph owns. */
const isSchema = (file) => file.endsWith('.graphql');

/** main, or its parent when the checked commit is main itself without changes to the schema. */
function chooseBase() {
  const main =
    tryGit('rev-parse', '--verify', 'main') ?? tryGit('rev-parse', '--verify', 'origin/main');
  const isMain = main !== null && main === tryGit('rev-parse', 'HEAD');
  const isChanged = tryGit('status', '--porcelain', '--', 'schema') !== '';
  return isMain && !isChanged ? tryGit('rev-parse', '--verify', 'main~1') : main;
}

function sdlAt(commit) {
  const files = git('ls-tree', '--name-only', commit, 'schema/').split('\n').filter(isSchema);
  return files.map((file) => git('show', `${commit}:${file}`)).join('\n');
}

const build = (sdl) => buildSubgraphSchema({ typeDefs: parse(sdl) });

const base = chooseBase();
const before = base === null ? '' : sdlAt(base);
if (before === '') {
  process.stdout.write('schema: no earlier commit on main has one; nothing to compare.\n');
} else {
  const folder = new URL('../schema/', import.meta.url);
  const after = readdirSync(folder)
    .filter(isSchema)
    .map((file) => readFileSync(new URL(file, folder), 'utf8'));
  const [older, newer] = [build(before), build(after.join('\n'))];
  const policy = readFileSync(new URL('../docs/schema-policy.md', import.meta.url), 'utf8');
  const isAccepted = ({ description }) => policy.includes(`- \`${description}\``);
  const breaking = findBreakingChanges(older, newer).filter((change) => !isAccepted(change));
  for (const { description } of findDangerousChanges(older, newer)) {
    process.stdout.write(`schema: dangerous, look twice: ${description}\n`);
  }
  for (const { description } of breaking) {
    process.stderr.write(`schema: breaking: ${description}\n`);
  }
  if (breaking.length > 0) {
    process.stderr.write(
      'Deprecate instead, or accept it under "Accepted" in docs/schema-policy.md.\n',
    );
    process.exitCode = 1;
  }
  process.stdout.write(`schema: compared with ${base.slice(0, 7)}, ${breaking.length} breaking.\n`);
}
