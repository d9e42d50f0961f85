import { svgOf, type Point, type Series } from './plot.js';
import type { EvaluationReport, LineReport } from './report.js';
import type { Metric } from './utility.js';

/** The plots of a report, by their file names. */
export function plotsOf(report: EvaluationReport): ReadonlyMap<string, string> {
  const metric = report.lines[0].fairness.metric;
  const yLabel = metric.toUpperCase();
  const { dataset, split } = report;
  const subtitle = `${dataset.name}, split ${split.kind}, ${split.people.toLocaleString('en-US')} people, 95 % intervals`;
  const byShards = (line: LineReport): number => line.shards;
  const byCost = (line: LineReport): number => line.cost.rebuild;
  const noted = ({ shards }: LineReport): string => String(shards);
  return new Map([
    [
      'utility-by-shards.svg',
      svgOf({
        title: 'Utility against number of shards',
        subtitle,
        xLabel: 'shards',
        yLabel,
        xScale: 'log',
        series: seriesOf(report.lines, metric, byShards),
      }),
    ],
    [
      'utility-by-cost.svg',
      svgOf({
        title: 'Utility against unlearning cost',
        subtitle: `${subtitle}; beside a mark, how many shards`,
        xLabel: 'seconds to rebuild one shard and the aggregator, one thread',
        yLabel,
        xScale: 'linear',
        series: seriesOf(report.lines, metric, byCost, noted),
      }),
    ],
  ]);
}

/** One series a strategy, or a strategy and an aggregator where they differ in it, from left to right. */
function seriesOf(
  lines: readonly LineReport[],
  metric: Metric,
  xOf: (line: LineReport) => number,
  noteOf?: (line: LineReport) => string,
): Series[] {
  const kindsOf = (strategy: string): Set<string> =>
    new Set(lines.filter((one) => one.strategy === strategy).map(({ config }) => config.aggregator.kind));
  const nameOf = ({ strategy, config }: LineReport): string =>
    kindsOf(strategy).size > 1 ? `${strategy}, ${config.aggregator.kind}` : strategy;
  return [...new Set(lines.map(nameOf))].map((name) => ({
    name,
    points: lines
      .filter((line) => nameOf(line) === name)
      .map((line) => ({ ...pointOf(line, metric, xOf(line)), note: noteOf?.(line) }))
      .sort((a, b) => a.x - b.x),
  }));
}

function pointOf({ overall }: LineReport, metric: Metric, x: number): Point {
  const { mean, low, high } = overall[metric]!;
  return { x, y: mean, low, high };
}
