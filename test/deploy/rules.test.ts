// Alerts and dashboard: the rules by promtool, and that both ask for metrics that the server has.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { describeWith, REPO_ROOT } from '../support/programs.js';

const read = (path: string) => readFileSync(join(REPO_ROOT, path), 'utf8');

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
}

const MONITORING = 'deploy/kubernetes/components/monitoring';
const { spec } = parse(read(`${MONITORING}/prometheusrule.yaml`));
const rules: Rule[] = spec.groups.flatMap((group: { rules: Rule[] }) => group.rules);
const alerts = rules.filter(({ alert }) => alert !== undefined);

describeWith('promtool', 'the rules by promtool', (promtool) => {
  const check = (command: string, kind: string, file: string, queries = '') => {
    const folder = mkdtempSync(join(tmpdir(), 'rules-'));
    try {
      writeFileSync(join(folder, 'rules.yaml'), stringify(spec));
      writeFileSync(join(folder, 'queries.yaml'), queries);
      cpSync(join(REPO_ROOT, 'test/deploy/rules.test.yaml'), join(folder, 'rules.test.yaml'));
      const args = [command, kind, file];
      return execFileSync(promtool, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  test('are valid', () => {
    expect(check('check', 'rules', 'rules.yaml')).toContain(`${rules.length} rules found`);
  });

  test('and so are the queries of docs/operations.md', () => {
    const asRules = queries.map((expr, index) => ({ record: `docs:query:${index}`, expr }));
    const groups = [{ name: 'docs', rules: asRules }];
    expect(check('check', 'rules', 'queries.yaml', stringify({ groups }))).toContain(
      `${queries.length} rules found`,
    );
  });

  test('fire in the cases of rules.test.yaml, and only there', () => {
    expect(check('test', 'rules', 'rules.test.yaml')).toContain('SUCCESS');
  });
});

test('each alert that pages has a case', () => {
  const cases = read('test/deploy/rules.test.yaml');
  const pages = alerts.filter(({ labels }) => labels.severity === 'page').map(({ alert }) => alert);
  expect(pages.length).toBeGreaterThan(4);
  expect(pages.filter((alert) => !cases.includes(`${alert}\n        exp_alerts`))).toEqual([]);
});

test('docs/operations.md says of each alert how urgent it is, and what to do', () => {
  const rows = [
    ...read('docs/operations.md').matchAll(/^\| (PaiModelGraph\w+) \| (\w+) \| \S.* \|$/gm),
  ];
  expect(rows.map(([, alert, severity]) => [alert, severity])).toEqual(
    alerts.map(({ alert, labels }) => [alert, labels.severity]),
  );
});

test('rules and dashboard ask only for metrics that docs/metrics.md has, with their labels', () => {
  const known = metricsOf(read('docs/metrics.md'));
  const dashboard = JSON.parse(read(`${MONITORING}/dashboard.json`));
  const panels: { targets: { expr: string }[] }[] = dashboard.panels;
  const expressions = [...rules, ...panels.flatMap(({ targets }) => targets)].map(
    ({ expr }) => expr,
  );
  const recorded = rules.flatMap(({ record = '' }) => record);
  expect(expressions.length).toBeGreaterThan(30);
  const unknown = expressions
    .flatMap((expr) => unknownIn(expr, known))
    .filter((name) => !recorded.includes(name));
  expect(unknown).toEqual([]);
});

const operations = read('docs/operations.md');
const queries = [...operations.matchAll(/^```promql\n([\s\S]*?)```$/gm)].map(
  ([, query = '']) => query,
);

test('docs/operations.md names tests that exist, and no alert that does not', () => {
  const named = [...operations.matchAll(/`(test\/[\w/-]+\.test\.ts)` “([^”]+)”/g)];
  expect(named.length).toBeGreaterThan(18);
  for (const [, path = '', name = ''] of named) {
    expect([path, name, read(path).includes(`'${name}'`)]).toEqual([path, name, true]);
  }
  expect(operations.match(/`test\//g)).toHaveLength(named.length);
  const known = alerts.map(({ alert }) => alert);
  expect(operations.match(/PaiModelGraph\w+/g)?.filter((name) => !known.includes(name))).toEqual(
    [],
  );
});

test('docs/operations.md asks only for metrics that docs/metrics.md has, with their labels', () => {
  expect(queries.length).toBeGreaterThanOrEqual(5);
  const known = metricsOf(read('docs/metrics.md'));
  expect(queries.flatMap((query) => unknownIn(query, known))).toEqual([]);
  // Also in prose.
  const names = operations.replaceAll(/```[\s\S]*?```/g, '').match(/pai_graph_\w+/g) ?? [];
  expect(names.filter((name) => !known.has(name))).toEqual([]);
});

/** The metrics and labels of an expression that no row has. */
function unknownIn(expr: string, known: ReadonlyMap<string, string>): string[] {
  const metrics = expr.matchAll(/\b((?:pai_graph|process|nodejs)[\w:]+)(?:\{([^}]*)\})?/g);
  return [...metrics].flatMap(([, name = '', selectors = '']) => {
    const labels = known.get(name) ?? known.get(name.replace(/_(count|sum|bucket)$/, ''));
    if (labels === undefined) return [name];
    return [...selectors.matchAll(/(\w+)[=!]/g)]
      .map(([, label = '']) => label)
      .filter((label) => !['job', 'le'].includes(label) && !labels.includes(`\`${label}\``))
      .map((label) => `${name}{${label}}`);
  });
}

/** The labels column of each metric. */
function metricsOf(page: string): Map<string, string> {
  const rows = page.matchAll(/^\| ((?:pai_graph|process|nodejs)_\w+) \| \w+ \| ([^|]*) \|/gm);
  return new Map([...rows].map(([, name = '', labels = '']) => [name, labels]));
}
