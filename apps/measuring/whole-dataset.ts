import { mergePacked, type ModelManifest } from '#libs/contracts';
import { toHex } from '#libs/essentials';
import type { ShardedRecords } from '#libs/evaluation';
import { sparseRoot } from '#libs/kernels';
import { leavesOf, type ShardSubject } from '#libs/learning';
import { MeasuringError } from './measuring-error.js';

/**
 * The records that a version was trained on, taken from those that may be used now: of each shard the ones that had come when it was made.
 *
 * @throws MeasuringError VERSION_NOT_WHOLE where their dataset roots are not those of the manifest
 */
export function wholeDataset(
  { line, version, shards }: ModelManifest,
  now: ReadonlyMap<number, readonly ShardSubject[]>,
): ShardedRecords {
  let changed = 0;
  const records = shards.map(({ shard, position: made, datasetRoot }) => {
    const then = (now.get(shard) ?? []).map(({ subject, records: packed }) => {
      const { packed: kept, count } = mergePacked([packed], ({ position }) => position <= BigInt(made));
      return { subject, records: kept, count };
    });
    const { labels, values } = leavesOf(then);
    if (toHex(sparseRoot(labels, values)) !== datasetRoot) changed++;
    return new Map(then.flatMap(({ subject, records: kept, count }) => (count > 0 ? [[subject, kept]] : [])));
  });
  if (changed === 0) return records;
  throw new MeasuringError(
    'VERSION_NOT_WHOLE',
    'records that the version has learned from may not be used any more',
    {
      facts: { line, version, shards: changed },
      nextStep:
        'Measure the version that serves; while a request is being worked on, wait until its version is published.',
    },
  );
}
