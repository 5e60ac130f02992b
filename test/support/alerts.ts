// Which alerts of deploy/kubernetes fire for what a server's /metrics showed before and after an incident, by promtool.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { REPO_ROOT } from './programs.js';

const RULES = 'deploy/kubernetes/components/monitoring/prometheusrule.yaml';
const CALM_MINUTES = 60;
const INCIDENT_MINUTES = 60;

/** The names and labels of the samples, with their values. */
function samplesOf(metrics: string): Map<string, number> {
  const lines = metrics.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm);
  return new Map(
    [...lines].map(([, name = '', labels = '', value]) => [
      `${name}{${[labels, 'job="pai-model-graph",pod="a"'].filter((part) => part !== '').join(',')}}`,
      Number(value),
    ]),
  );
}

/**
 * An hour with the samples before, then an hour with those after: gauges stay there, counters go on by the difference
 * each minute.
 */
function seriesOf(before: string, after: string): object[] {
  const counters = new Set(
    [...after.matchAll(/^# TYPE (\w+) (?:counter|histogram)$/gm)].map(([, name]) => name),
  );
  const isCounter = (series: string) =>
    counters.has(series.replace(/\{.*/, '').replace(/_(count|sum|bucket)$/, '')) ||
    counters.has(series.replace(/\{.*/, ''));
  const known = samplesOf(before);
  return [...samplesOf(after)]
    .filter(([series]) => series.startsWith('pai_graph_'))
    .map(([series, value]) => {
      const first = known.get(series);
      const calm = first === undefined ? `_x${CALM_MINUTES}` : `${first}+0x${CALM_MINUTES}`;
      const step = isCounter(series) ? value - (first ?? 0) : 0;
      return { series, values: `${calm} ${value}+${step}x${INCIDENT_MINUTES}` };
    });
}

/**
 * What promtool says of a case in which these alerts fire, others may, and without any of these none does. It says
 * SUCCESS where it is so.
 */
export function judgeAlerts(
  promtool: string,
  before: string,
  after: string,
  firing: readonly string[],
): string {
  const { spec } = parse(readFileSync(join(REPO_ROOT, RULES), 'utf8'));
  const severityOf = new Map<string, string>();
  for (const { rules } of spec.groups) {
    for (const { alert, labels } of rules) if (alert) severityOf.set(alert, labels.severity);
  }
  const expected = firing.map((alert) => ({
    labels: `ALERTS{alertname="${alert}",alertstate="firing",severity="${severityOf.get(alert)}"}`,
    value: 1,
  }));
  // The sandbox's samples have a label that PAI would not give.
  const judged =
    firing.length > 0 ? `alertname=~"${firing.join('|')}"` : 'alertname!="PaiModelGraphPaiChanged"';
  const up = { series: 'up{job="pai-model-graph",pod="a"}', values: '1+0x130' };
  const test = {
    interval: '1m',
    input_series: [up, ...seriesOf(before, after)],
    promql_expr_test: [
      {
        expr: `ALERTS{alertstate="firing",${judged}}`,
        eval_time: `${CALM_MINUTES + 45}m`,
        exp_samples: expected,
      },
    ],
  };
  const folder = mkdtempSync(join(tmpdir(), 'alerts-'));
  try {
    writeFileSync(join(folder, 'rules.yaml'), stringify(spec));
    const cases = { rule_files: ['rules.yaml'], evaluation_interval: '1m', tests: [test] };
    writeFileSync(join(folder, 'cases.yaml'), stringify(cases));
    const args = ['test', 'rules', 'cases.yaml'];
    return execFileSync(promtool, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    return error instanceof Error && 'stdout' in error && 'stderr' in error
      ? `${error.stdout}${error.stderr}`
      : String(error);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
