import type { ShardView } from '#libs/portal-contract';

export const HEAT_BY = ['records', 'rebuilt', 'quarantined'] as const;
export type HeatBy = (typeof HEAT_BY)[number];

/** Steps of colour, from none to the most. */
export const HEAT_STEPS = 5;

/** How warm each shard is, 0 … HEAT_STEPS: 0 stands for nothing at all, so that one quarantined record is seen. */
export function heatOf(shards: readonly ShardView[], by: HeatBy): number[] {
  const values = shards.map((shard) => valueOf(shard, by));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return values.map((value) => {
    if (by === 'quarantined') return value === 0 ? 0 : Math.max(1, Math.ceil((value / most) * HEAT_STEPS));
    if (most === least) return Math.ceil(HEAT_STEPS / 2);
    return 1 + Math.round(((value - least) / (most - least)) * (HEAT_STEPS - 1));
  });
}

function valueOf({ records, lastRebuiltVersion, quarantined }: ShardView, by: HeatBy): number {
  switch (by) {
    case 'records':
      return records;
    case 'rebuilt':
      return lastRebuiltVersion;
    case 'quarantined':
      return quarantined;
    default:
      return by satisfies never;
  }
}
