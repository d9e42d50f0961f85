import type { DataOf, RebuildEvent } from '#libs/contracts';
import { assertNever } from '#libs/essentials';
import { ErasureError } from './erasure-error.js';

export type RebuildPlan = DataOf<'RebuildPlanned'>;
export type RebuiltShard = DataOf<'ShardRebuilt'>;
export type RebuiltAggregator = Omit<DataOf<'AggregatorRebuilt'>, 'rebuildId' | 'rebuiltAt'>;

/** A rebuild of some shards and the aggregator, by how far it has come. */
export type RebuildState =
  | {
      readonly status: 'planned';
      readonly plan: RebuildPlan;
      readonly shards: ReadonlyMap<number, RebuiltShard>;
    }
  | {
      readonly status: 'rebuilt';
      readonly plan: RebuildPlan;
      readonly shards: ReadonlyMap<number, RebuiltShard>;
      readonly aggregator: RebuiltAggregator;
      readonly rebuiltAt: string;
    };

export function evolveRebuild(
  state: RebuildState | undefined,
  event: RebuildEvent,
): RebuildState | undefined {
  switch (event.type) {
    case 'RebuildPlanned':
      return state ?? { status: 'planned', plan: event.data, shards: new Map() };
    case 'ShardRebuilt':
      return state && { ...state, shards: new Map(state.shards).set(event.data.shard, event.data) };
    case 'AggregatorRebuilt': {
      const { digest, records, rebuiltAt } = event.data;
      const aggregator = records === undefined ? { digest } : { digest, records };
      return state && { ...state, status: 'rebuilt', aggregator, rebuiltAt };
    }
    default:
      return assertNever(event);
  }
}

/** Shards of the plan that are still to be rebuilt, in order. */
export function shardsToRebuild(state: RebuildState): number[] {
  return state.plan.shards.filter((shard) => !state.shards.has(shard));
}

/** A rebuild whose every part is there. @throws ErasureError REBUILD_INCOMPLETE */
export function requireRebuilt(state: RebuildState): Extract<RebuildState, { status: 'rebuilt' }> {
  const missing = shardsToRebuild(state);
  if (state.status !== 'rebuilt' || missing.length > 0)
    throw new ErasureError(
      'REBUILD_INCOMPLETE',
      'a version is published only when its shards and aggregator are rebuilt',
      {
        facts: { rebuildId: state.plan.rebuildId, missing: missing.length },
      },
    );
  return state;
}

/** The rebuild that makes a version: named after it, so that planning the same version twice is one plan. */
export function rebuildIdOf(line: string, version: number): string {
  return `${line}-v${version}`;
}

/** Numbers of all shards of a partition. */
export function shardsOf({ shards }: { readonly shards: number }): number[] {
  return Array.from({ length: shards }, (_, shard) => shard);
}
