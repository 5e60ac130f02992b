// A histogram that only counts when it observes a value, and builds its text when it is scraped. It shows the same as
// prom-client's own, which writes labels and buckets as texts each time: 1.1 µs of the 30 that an answer from memory
// takes.
import type { Histogram, Registry } from 'prom-client';

export interface CountedHistogramOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly [string, string];
  /** Ascending. */
  readonly bounds: readonly number[];
  readonly registry: Registry;
}

/** Takes the values of its two labels, and the measured value. */
export type Observe = (first: string, second: string, value: number) => void;

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** Counts by the first bound that is not below the value; the last counts the values above all bounds. */
  readonly counts: number[];
  sum: number;
}

interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

export function countedHistogram(options: CountedHistogramOptions): Observe {
  const { name, help, labelNames, bounds, registry } = options;
  const all = new Map<string, Map<string, Series>>();

  function open(first: string, second: string): Series {
    const labels = { [labelNames[0]]: first, [labelNames[1]]: second };
    const series = { labels, counts: [...bounds, 0].map(() => 0), sum: 0 };
    const beside = all.get(first);
    if (beside) beside.set(second, series);
    else all.set(first, new Map([[second, series]]));
    return series;
  }

  const shown = {
    name,
    reset: () => all.clear(),
    async get() {
      const series = [...all.values()].flatMap((beside) => [...beside.values()]);
      const values = series.flatMap((one) => samplesOf(name, bounds, one));
      return { name, help, type: 'histogram', aggregator: 'sum', values };
    },
  };
  // The type names the library's classes; the registry uses only these members.
  registry.registerMetric(shown as unknown as Histogram);

  return (first, second, value) => {
    const series = all.get(first)?.get(second) ?? open(first, second);
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket += 1;
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.sum += value;
  };
}

function samplesOf(name: string, bounds: readonly number[], series: Series): Sample[] {
  const { labels, counts, sum } = series;
  let count = 0;
  const buckets = [...bounds, '+Inf'].map((le, index) => {
    count += counts[index] ?? 0;
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
