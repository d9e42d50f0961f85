import type { AbandonReason, DataOf, RebuildEvent, ShardManifest } from '#libs/contracts';
import { refuseUnknownEvent } from '#libs/messaging';
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
      /** Digest of its manifest, when that is in the ledger, or is about to be. */
      readonly prepared?: string;
    }
  | { readonly status: 'abandoned'; readonly plan: RebuildPlan; readonly reason: AbandonReason };

/** A rebuild that may go on. */
export type LiveRebuild = Exclude<RebuildState, { status: 'abandoned' }>;

/** One whose every part is there. */
export type CompleteRebuild = Extract<RebuildState, { status: 'rebuilt' }>;

/** One that the ledger may name already. */
export type PreparedRebuild = CompleteRebuild & { readonly prepared: string };

export function isPrepared(state: RebuildState | undefined): state is PreparedRebuild {
  return state?.status === 'rebuilt' && state.prepared !== undefined;
}

/** Records that a request has put out of use, and where in the log it did. */
export interface PutOutOfUse {
  readonly position: bigint;
  readonly subject: string;
  /** base64url */
  readonly labels: readonly string[];
}

export function evolveRebuild(
  state: RebuildState | undefined,
  event: RebuildEvent,
): RebuildState | undefined {
  switch (event.type) {
    case 'RebuildPlanned':
      return state ?? { status: 'planned', plan: event.data, shards: new Map() };
    case 'ShardRebuilt':
      if (state === undefined || state.status === 'abandoned') return state;
      return { ...state, shards: new Map(state.shards).set(event.data.shard, event.data) };
    case 'AggregatorRebuilt': {
      if (state === undefined || state.status === 'abandoned') return state;
      const { digest, records, rebuiltAt } = event.data;
      const aggregator = records === undefined ? { digest } : { digest, records };
      return { ...state, status: 'rebuilt', aggregator, rebuiltAt };
    }
    case 'PublicationPrepared':
      return state?.status === 'rebuilt' ? { ...state, prepared: event.data.manifestDigest } : state;
    case 'RebuildAbandoned':
      return state && { status: 'abandoned', plan: state.plan, reason: event.data.reason };
    default:
      return refuseUnknownEvent(event);
  }
}

/** Shards of the plan that are still to be rebuilt, in order. */
export function shardsToRebuild(state: LiveRebuild): number[] {
  return state.plan.shards.filter((shard) => !state.shards.has(shard));
}

/** A rebuild whose every part is there. @throws ErasureError REBUILD_INCOMPLETE */
export function requireRebuilt(state: LiveRebuild): CompleteRebuild {
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

/**
 * Why a rebuild that was interrupted may not go on: the version it was planned to follow serves no more, or a part that it has made
 * saw records that were put out of use since. What is still to be made reads the records of its own time.
 *
 * @param parentVersion the version of the line that serves now; null when none does
 * @param putOutOfUse everything that requests have ever put out of use, or at least what came after the oldest part
 */
export function reasonToAbandon(
  state: LiveRebuild,
  parentVersion: number | null,
  putOutOfUse: readonly PutOutOfUse[],
  shardOf: (record: { readonly subject: string; readonly label: string }) => number,
): AbandonReason | undefined {
  if (state.plan.parentVersion !== parentVersion) return 'parent-revoked';
  const readByAggregator = state.status === 'rebuilt' ? state.aggregator.records : undefined;
  const isSeen = ({ position, subject, labels }: PutOutOfUse): boolean =>
    labels.some((label) => isBefore(state.shards.get(shardOf({ subject, label })), position)) ||
    (labels.length > 0 && isBefore(readByAggregator, position));
  return putOutOfUse.some(isSeen) ? 'records-put-out-of-use' : undefined;
}

function isBefore(part: { readonly position: string } | undefined, position: bigint): boolean {
  return part !== undefined && BigInt(part.position) < position;
}

/** SHA-256 of every file that a rebuild has made so far, hex. */
export function filesOfRebuild(state: LiveRebuild): string[] {
  const ofShards = [...state.shards.values()].flatMap(filesOfPart);
  if (state.status !== 'rebuilt') return ofShards;
  const ofModel = [...ofShards, state.aggregator.digest];
  return state.prepared === undefined ? ofModel : [...ofModel, state.prepared];
}

/** SHA-256 of everything that a part of a model keeps in the registry, a shard's checkpoints included; hex. */
export function filesOfPart({
  digest,
  checkpoints = [],
}: Pick<ShardManifest, 'digest' | 'checkpoints'>): string[] {
  return [digest, ...checkpoints.map((checkpoint) => checkpoint.digest)];
}

/**
 * The rebuild that makes a version: named after it, so that planning the same version twice is one plan.
 * @param attempt from 1; one more for every rebuild of that version that was abandoned
 */
export function rebuildIdOf(line: string, version: number, attempt = 1): string {
  return attempt === 1 ? `${line}-v${version}` : `${line}-v${version}-${attempt}`;
}

/** Numbers of all shards of a partition. */
export function shardsOf({ shards }: { readonly shards: number }): number[] {
  return Array.from({ length: shards }, (_, shard) => shard);
}
