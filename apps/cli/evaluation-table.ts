import type { Estimate, Estimates, EvaluationReport, LineReport, Metric } from '#libs/evaluation';
import { integer, seconds, table, type Print } from './output.js';

/** What a person reads on the terminal. */
export function printEvaluation(report: EvaluationReport, print: Print): void {
  const { dataset, split, groups, lines, notices } = report;
  print(
    `${dataset.name}: ${integer(dataset.people)} people, ${integer(dataset.items)} items, ${integer(dataset.records)} records.`,
  );
  print(
    `Split ${split.kind}: ${integer(split.trainRecords)} records to train on; ${integer(split.items)} items of ${integer(split.people)} people to be found, all items ranked, training items masked.`,
  );
  print(
    `Cold: ${integer(groups.cold)} people with at most ${integer(groups.coldAtMost)} training records; warm: the other ${integer(groups.warm)}.`,
  );
  for (const notice of notices) print(notice);
  for (const group of ['overall', 'warm', 'cold'] as const) {
    if (group !== 'overall' && groups[group] === 0) continue;
    print();
    printTable(group, report, print);
  }
  print();
  printDifferences(report, print);
  printRest(lines, print);
  if (lines.some(({ completeness }) => completeness.length > 0)) {
    print();
    printCompleteness(lines, print);
  }
}

function metricsOf({ cutoffs, split }: EvaluationReport): Metric[] {
  const recallIsHitRate = split.items === split.people; // one item each
  const measures = recallIsHitRate ? (['ndcg', 'hr'] as const) : (['recall', 'ndcg', 'hr'] as const);
  return measures.flatMap((name) => cutoffs.map((k): Metric => `${name}@${k}`));
}

function printTable(group: 'overall' | 'warm' | 'cold', report: EvaluationReport, print: Print): void {
  const metrics = metricsOf(report);
  const rows = report.lines.map((line) => [line.name, ...cellsOf(line[group], metrics)]);
  for (const line of table([group, ...metrics], rows)) print(line);
}

/** Paired: of each person's value, so that what makes people differ falls out. */
function printDifferences(report: EvaluationReport, print: Print): void {
  const metrics = metricsOf(report);
  const printBlock = (title: string, rows: string[][]): void => {
    if (rows.length === 0) return;
    for (const line of table([title, ...metrics], rows)) print(line);
    print();
  };
  const [baseline] = report.lines;
  const rowOf = (name: string, overall: Estimates): string[] => [
    name,
    ...metrics.map((metric) => showDifference(overall[metric])),
  ];
  printBlock(
    `against ${baseline.name}`,
    report.differences
      .filter(({ against }) => against === baseline.name)
      .map(({ of, overall }) => rowOf(of, overall)),
  );
  printBlock(
    'against its best single shard',
    report.lines.flatMap(({ name, bestShard }) => (bestShard ? [rowOf(name, bestShard.difference)] : [])),
  );
}

function printRest(lines: readonly LineReport[], print: Print): void {
  const rows = lines.map(({ name, fairness, cost, bestShard }) => [
    name,
    bestShard ? show(bestShard.overall[fairness.metric]) : '–',
    signed(fairness.activityGap),
    fairness.shardVariance?.toExponential(1) ?? '–',
    seconds(cost.full),
    seconds(cost.rebuild),
    `${(100 * cost.share).toFixed(1)} %`,
  ]);
  const metric = lines[0].fairness.metric;
  const header = ['', `best shard, ${metric}`, 'A-IGF', 'shardGF', 'training', 'one shard', 'share'];
  for (const line of table(header, rows)) print(line);
}

/** Against training without the records: no file may differ, no answer either. */
function printCompleteness(lines: readonly LineReport[], print: Print): void {
  const rows = lines.flatMap(({ name, completeness }) =>
    completeness.map((one) => [
      name,
      one.scenario,
      integer(one.records),
      integer(one.shards),
      one.differences.length === 0 ? 'the same bytes' : `${one.differences.length} DIFFER`,
      one.activationDistance.unlearned,
      one.divergence.unlearned,
      one.membershipAuc.before.toFixed(4),
      one.membershipAuc.unlearned.toFixed(4),
      one.membershipAuc.retrained.toFixed(4),
    ]),
  );
  const header = [
    'unlearned',
    '',
    'records',
    'shards',
    'files',
    'distance',
    'JS',
    'AUC before',
    'after',
    'retrained',
  ];
  for (const line of table(header, rows)) print(line);
}

const cellsOf = (estimates: Estimates, metrics: readonly Metric[]): string[] =>
  metrics.map((metric) => show(estimates[metric]));

/** The half-width of the interval is enough for a table; report.json has both ends. */
function show(estimate: Estimate | undefined): string {
  if (estimate === undefined) return '–';
  return `${estimate.mean.toFixed(4)} ±${((estimate.high - estimate.low) / 2).toFixed(4)}`;
}

/** With both ends, which tell whether 0 is among what may be. */
function showDifference(estimate: Estimate | undefined): string {
  if (estimate === undefined) return '–';
  const [mean, low, high] = [estimate.mean, estimate.low, estimate.high].map(signed);
  return `${mean} [${low}, ${high}]`;
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
