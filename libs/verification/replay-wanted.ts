import type { ModelManifest } from '#libs/contracts';
import type { aggregatorReads } from '#libs/learning';
import type { ReplayWanted } from './replay-scope.js';
import { VerificationError } from './verification-error.js';

/**
 * The datasets that have to be rebuilt to replay these shards and the aggregator. Where it reads the files of all shards, those that are not
 * at hand are rebuilt, too.
 *
 * @param files shards whose files, as the manifest names them, can be had without a rebuild
 * @throws VerificationError REPLAY_MANIFEST_DISAGREES when the manifest does not say what an aggregator that reads records has read
 */
export function replayWanted(
  manifest: ModelManifest,
  reads: ReturnType<typeof aggregatorReads>,
  asked: ReadonlySet<number>,
  files: { has(shard: number): boolean },
): ReplayWanted {
  const shards = manifest.shards
    .filter(({ shard }) => asked.has(shard) || (reads !== 'counts' && !files.has(shard)))
    .map(({ shard, position }) => ({ shard, position: BigInt(position) }));
  return { shards, aggregator: reads === 'files-and-records' ? recordsPosition(manifest) : undefined };
}

/** The shards that an auditor asks for: those that the unlearning affected, or all. */
export function askedShards(
  affected: readonly { readonly shard: number }[],
  { shards }: ModelManifest,
  all: boolean | undefined,
): ReadonlySet<number> {
  return new Set((all ? shards : affected).map(({ shard }) => shard));
}

function recordsPosition({ aggregator: { records } }: ModelManifest): bigint {
  if (records !== undefined) return BigInt(records.position);
  throw new VerificationError(
    'REPLAY_MANIFEST_DISAGREES',
    'the manifest does not say which records its aggregator was trained on',
  );
}
