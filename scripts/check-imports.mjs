// Checks how the files of src and sandbox import each other, and that only main.ts reads the environment; it changes nothing.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const FOLDERS = ['src', 'sandbox'];

const files = listSources();
const { modules, summary } = await cruiseSources();
const problems = [
  ...findUncruised(files, modules),
  ...summary.violations.map(describeViolation),
  ...files.flatMap(checkText),
];
for (const problem of problems) print(problem);
print(
  `imports: ${modules.filter((module) => files.includes(module.source)).length} modules, ` +
    `${summary.totalDependenciesCruised ?? 0} dependencies, ${problems.length} violations`,
);
if (problems.length > 0) process.exitCode = 1;

function listSources() {
  const names = (folder) =>
    readdirSync(folder, { recursive: true }).map((name) => join(folder, name));
  return FOLDERS.flatMap(names)
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts'))
    .sort();
}

async function cruiseSources() {
  const options = await extractDepcruiseOptions('./.dependency-cruiser.cjs');
  const { output } = await cruise(FOLDERS, options, undefined, {
    tsConfig: extractTSConfig('tsconfig.json'),
  });
  return output;
}

// Without a TypeScript version that it supports, dependency-cruiser sees no module at all and reports success.
function findUncruised(onDisk, cruised) {
  const seen = new Set(cruised.map((module) => module.source));
  const missed = onDisk.filter((name) => !seen.has(name));
  if (onDisk.length === 0) return ['There is no .ts file. Run this inside the project.'];
  return missed.map(
    (name) =>
      `${name}: was not analysed. Check that dependency-cruiser supports the installed TypeScript (npx depcruise --info).`,
  );
}

function describeViolation({ from, to, rule, cycle }) {
  const path = cycle ? cycle.map((step) => step.name).join(' → ') : to;
  const route = from === to ? from : `${from} → ${path}`;
  const remedy = summary.ruleSetUsed.forbidden.find(({ name }) => name === rule.name)?.comment;
  return `${route}: ${rule.name}. ${remedy ?? 'See .dependency-cruiser.cjs.'}`;
}

function checkText(name) {
  const text = readFileSync(name, 'utf8');
  const isEdge = name === 'src/main.ts';
  if (isEdge || !/\bprocess\s*\??\.\s*env\b/.test(text)) return [];
  return [`${name}: uses process.env. Add the setting to src/config/settings.ts and pass it in.`];
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
