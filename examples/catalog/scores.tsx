// The scores of a model's versions: a chart for each metric with a line for each dataset, and a table of all.
import {
  CartesianGrid,
  Line,
  LineChart,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { formatNumber } from './format';
import type { MetricHistory, Version } from './queries';

const COLORS = ['var(--line-1)', 'var(--line-2)', 'var(--line-3)', 'var(--line-4)'];

interface ScoresProps {
  readonly histories: readonly MetricHistory[];
  /** Newest first. */
  readonly versions: readonly Version[];
}

export function Scores({ histories, versions }: ScoresProps) {
  if (histories.length === 0) return <p>No version has scores.</p>;
  const metrics = [...new Set(histories.map(({ metric }) => metric))];
  const linesOf = (name: string) => histories.filter(({ metric }) => metric === name);
  return (
    <>
      <div className="charts">
        {metrics.map((metric) => (
          <Chart key={metric} metric={metric} lines={linesOf(metric)} versions={versions} />
        ))}
      </div>
      <Table histories={metrics.flatMap(linesOf)} versions={versions} />
    </>
  );
}

interface ChartProps {
  readonly metric: string;
  readonly lines: readonly MetricHistory[];
  readonly versions: readonly Version[];
}

function Chart({ metric, lines, versions }: ChartProps) {
  const scored = versions.filter((version) =>
    lines.some((line) => scoreOf(line, version) !== null),
  );
  return (
    <figure className="panel">
      <figcaption>
        <h3>{metric}</h3>
        {lines.map((line, index) => (
          <span key={datasetOf(line)} style={{ color: colorOf(index) }}>
            {datasetOf(line)}
          </span>
        ))}
      </figcaption>
      <ResponsiveContainer width="100%" height={180}>
        <LineChart data={scored.toReversed()} margin={{ top: 8, right: 20, left: 0, bottom: 0 }}>
          <CartesianGrid vertical={false} stroke="var(--border)" />
          <XAxis dataKey="versionName" stroke="var(--muted)" tickLine={false} fontSize={12} />
          <YAxis
            domain={['auto', 'auto']}
            tickFormatter={formatNumber}
            stroke="var(--muted)"
            axisLine={false}
            tickLine={false}
            fontSize={12}
            width={52}
          />
          <Tooltip contentStyle={{ background: 'var(--panel)', borderColor: 'var(--border)' }} />
          {lines.map((line, index) => (
            <Line
              key={datasetOf(line)}
              name={datasetOf(line)}
              dataKey={(version: Version) => scoreOf(line, version)}
              stroke={colorOf(index)}
              strokeWidth={2}
              isAnimationActive={false}
              connectNulls
            />
          ))}
        </LineChart>
      </ResponsiveContainer>
    </figure>
  );
}

function Table({ histories, versions }: ScoresProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard scrolls it, too.
    <section className="panel scroll" aria-label="Scores of the versions" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Metric</th>
            <th scope="col">Dataset</th>
            {versions.map(({ id, versionName }) => (
              <th key={id} scope="col" className="number">
                {versionName}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {histories.map((history) => (
            <tr key={`${history.metric} ${datasetOf(history)}`}>
              <th scope="row">{history.metric}</th>
              <td>{datasetOf(history)}</td>
              {versions.map((version) => (
                <td key={version.id} className="number">
                  {formatNumber(scoreOf(history, version))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function scoreOf({ points }: MetricHistory, { id }: Version): number | null {
  return points.find(({ version }) => version.id === id)?.value ?? null;
}

/** Its name, else its id; of an address the last two parts, which tell datasets apart. */
function datasetOf({ dataset }: MetricHistory): string {
  const place = dataset?.uri?.split('/').filter(Boolean).slice(-2).join('/');
  return dataset?.dataset?.name ?? dataset?.datasetId ?? place ?? '–';
}

const colorOf = (index: number) => COLORS[index % COLORS.length];
