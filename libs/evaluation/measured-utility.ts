import type { MeasuredUtility, UtilityFigure, UtilityOfPeople, Withheld } from '#libs/contracts';
import type { Draw } from '#libs/learning';
import { intervalsOf, type Statistic } from './bootstrap.js';
import { groupsByActivity, groupsOf, varianceOf } from './groups.js';
import { roundedCount, roundedFigure } from './rounding.js';
import type { Utility } from './utility.js';

/** Fewer people than these are not measured at all; a group of fewer has no figure (docs/decisions/0052). */
export const LEAST_TESTED = 1_000;
export const LEAST_IN_GROUP = 200;

/** People who found nothing, or all of whom did, are no certainty: the rule of three (Hanley & Lippman-Hand, JAMA 1983) for the 95 % bound. */
const LEAST_STEPS = 3;

/** What a twin came to, person by person; all lists are in the same order. It never leaves the memory of who measures. */
export interface MeasuredPeople {
  /** With `hr@10` and `ndcg@10`. */
  readonly utility: Utility;
  /** Training records of each person. */
  readonly records: readonly number[];
  /** How the utility of shards is told apart; absent where there is one shard. */
  readonly shards?: ShardsOfPeople;
}

export type ShardsOfPeople =
  /** The shard in which all records of a person lie. */
  | { readonly kind: 'home'; readonly of: readonly number[] }
  /** People are spread: NDCG@10 of everybody, by each shard asked alone. */
  | { readonly kind: 'alone'; readonly values: readonly Float64Array[] };

/** A figure before it is rounded. */
interface Raw {
  readonly statistic: Statistic;
  /** No half-width is smaller. */
  readonly least: number;
}

type Figures<Name extends string = string> = Readonly<Record<Name, Raw | Withheld>>;

/**
 * What may be said of a measurement and kept: figures that are rounded to the half-width of their intervals, and the reason where there is none.
 * Pure; `draw` decides the resamples.
 *
 * @example
 * utilityToKeep({ utility, records }, drawsOf('00'.repeat(32)));
 */
export function utilityToKeep({ utility, records, shards }: MeasuredPeople, draw: Draw): MeasuredUtility {
  const people = records.length;
  if (people < LEAST_TESTED) return NOT_MEASURED;
  const [hits, gains] = [utility.get('hr@10')!, utility.get('ndcg@10')!];
  const everybody = records.map((_, person) => person);
  const { warm, cold } = groupsOf(records);
  const figures = roundedAll(people, draw, {
    hr10: meanAmong(hits, everybody),
    ndcg10: meanAmong(gains, everybody),
    warmHr10: meanAmong(hits, warm),
    warmNdcg10: meanAmong(gains, warm),
    coldHr10: meanAmong(hits, cold),
    coldNdcg10: meanAmong(gains, cold),
    activityGap: gapOf(gains, records),
    shardVariance: varianceOfShards(gains, shards),
  });
  return {
    tested: roundedCount(people),
    overall: { hr10: figures.hr10 as UtilityFigure, ndcg10: figures.ndcg10 as UtilityFigure },
    warm: groupOf(figures.warmHr10, figures.warmNdcg10),
    cold: groupOf(figures.coldHr10, figures.coldNdcg10),
    activityGap: figures.activityGap,
    shardVariance: figures.shardVariance,
  };
}

const FEW: Withheld = { withheld: 'fewer-than-1000-tested' };
const FEW_IN_GROUP: Withheld = { withheld: 'fewer-than-200-in-group' };

/** Of an installation with fewer people than are measured. */
export const NOT_MEASURED: MeasuredUtility = {
  overall: FEW,
  warm: FEW,
  cold: FEW,
  activityGap: FEW,
  shardVariance: FEW,
};

function groupOf(
  hr10: UtilityFigure | Withheld,
  ndcg10: UtilityFigure | Withheld,
): UtilityOfPeople | Withheld {
  if ('withheld' in hr10) return hr10;
  return 'withheld' in ndcg10 ? ndcg10 : { hr10, ndcg10 };
}

function meanAmong(values: Float64Array, members: readonly number[]): Raw | Withheld {
  if (members.length < LEAST_IN_GROUP) return FEW_IN_GROUP;
  return { statistic: (counts) => countedMean(values, members, counts), least: LEAST_STEPS / members.length };
}

/** A-IGF (see activityGap), of people who stay in their group however they are resampled. */
function gapOf(values: Float64Array, records: readonly number[]): Raw | Withheld {
  const { most, rest } = groupsByActivity(records);
  const [active, others] = [meanAmong(values, most), meanAmong(values, rest)];
  if ('withheld' in active || 'withheld' in others) return FEW_IN_GROUP;
  return {
    statistic: (counts) => active.statistic(counts) - others.statistic(counts),
    least: Math.max(active.least, others.least),
  };
}

/** shardGF: by home where people have one, else of the shards asked alone. */
function varianceOfShards(values: Float64Array, shards: ShardsOfPeople | undefined): Raw | Withheld {
  if (shards === undefined) return { withheld: 'one-shard' };
  const means =
    shards.kind === 'alone'
      ? shards.values.map((alone) => meanAmong(alone, Array.from(alone.keys())))
      : membersByHome(shards.of).map((members) => meanAmong(values, members));
  const raw = means.filter((mean): mean is Raw => !('withheld' in mean));
  if (raw.length < means.length) return { withheld: 'fewer-than-200-in-shard' };
  return {
    statistic: (counts) => varianceOf(raw.map(({ statistic }) => statistic(counts))),
    least: Math.max(...raw.map(({ least }) => least)) ** 2,
  };
}

function membersByHome(homes: readonly number[]): number[][] {
  const members = new Map<number, number[]>();
  homes.forEach((home, person) => {
    const own = members.get(home) ?? [];
    if (own.push(person) === 1) members.set(home, own);
  });
  return [...members.values()];
}

/** Of the members, each as often as they are in a resample; 0 where none of them is. */
function countedMean(values: Float64Array, members: readonly number[], counts: Uint16Array): number {
  let sum = 0;
  let all = 0;
  for (const person of members) {
    sum += counts[person] * values[person];
    all += counts[person];
  }
  return all === 0 ? 0 : sum / all;
}

function roundedAll<Name extends string>(
  people: number,
  draw: Draw,
  figures: Figures<Name>,
): Record<Name, UtilityFigure | Withheld> {
  const once = new Uint16Array(people).fill(1);
  const entries = Object.entries(figures) as [Name, Raw | Withheld][];
  const raw = entries.flatMap(([, figure]) => ('withheld' in figure ? [] : [figure]));
  const intervals = intervalsOf(
    people,
    draw,
    raw.map(({ statistic }) => statistic),
  );
  const rounded = new Map(
    raw.map((figure, at) => {
      const { low, high } = intervals[at];
      return [figure, roundedFigure(figure.statistic(once), Math.max((high - low) / 2, figure.least))];
    }),
  );
  return Object.fromEntries(
    entries.map(([name, figure]) => [name, 'withheld' in figure ? figure : rounded.get(figure)!]),
  ) as Record<Name, UtilityFigure | Withheld>;
}
