import { mergePacked, packRecords, unpackRecords, type StoredRecord } from '#libs/contracts';
import { toHex } from '#libs/essentials';
import type { ShardSubject } from '#libs/learning';
import type { Partition } from '#libs/sharding';

/** All records of a line: for each shard, the people who have records there with those records, packed. */
export type ShardedRecords = readonly ReadonlyMap<string, Uint8Array>[];

/** Records after a change, and what it was. */
export interface Change {
  readonly records: ShardedRecords;
  /** The shards that hold other records than before. */
  readonly touched: ReadonlySet<number>;
  /** Records that were taken away or added. */
  readonly count: number;
}

const NOTHING = new Uint8Array();

/** Everybody's records, each in its shard. */
export function divideRecords(
  people: Iterable<readonly [subject: string, records: readonly StoredRecord[]]>,
  partition: Partition,
): ShardedRecords {
  const shards = Array.from({ length: partition.shards }, () => new Map<string, Uint8Array>());
  for (const [subject, records] of people)
    for (const [shard, own] of byShard(subject, records, partition))
      shards[shard].set(subject, mergePacked([packRecords(own)]).packed);
  return shards;
}

/** A shard's people as a job carries them. */
export function subjectsOf(records: ShardedRecords, shard: number): ShardSubject[] {
  return [...records[shard]].map(([subject, packed]) => ({ subject, records: packed }));
}

/** One person's records, over all shards. */
export function recordsOf(records: ShardedRecords, subject: string): StoredRecord[] {
  return records.flatMap((shard) => unpackRecords(shard.get(subject) ?? NOTHING));
}

/** Takes some records of a person away, or all of them. Labels that nobody has are passed over. */
export function withoutRecords(
  records: ShardedRecords,
  { subject, labels }: { readonly subject: string; readonly labels?: readonly Uint8Array[] },
  partition: Partition,
): Change {
  const named = labels && new Set(labels.map(toHex));
  const isGone = ({ label }: StoredRecord): boolean => named === undefined || named.has(toHex(label));
  const gone = recordsOf(records, subject).filter(isGone);
  return changed(records, { subject, affected: gone }, partition, (packed) =>
    mergePacked([packed], (record) => !isGone(record)),
  );
}

/** Adds records of a person; one whose label is there already stays as it was. */
export function withRecords(
  records: ShardedRecords,
  { subject, added }: { readonly subject: string; readonly added: readonly StoredRecord[] },
  partition: Partition,
): Change {
  const known = new Set(recordsOf(records, subject).map(({ label }) => toHex(label)));
  const affected = added.filter(({ label }) => !known.has(toHex(label)));
  return changed(records, { subject, affected }, partition, (packed, own) =>
    mergePacked([packed, packRecords(own)]),
  );
}

type Edit = (
  packed: Uint8Array,
  affected: readonly StoredRecord[],
) => { readonly packed: Uint8Array; readonly count: number };

/** Edits a person's records in the shards that hold the affected ones; the other shards are the very same objects. */
function changed(
  records: ShardedRecords,
  { subject, affected }: { readonly subject: string; readonly affected: readonly StoredRecord[] },
  partition: Partition,
  edit: Edit,
): Change {
  const shards = [...records];
  const touched = new Set<number>();
  for (const [shard, own] of byShard(subject, affected, partition)) {
    const people = new Map(shards[shard]);
    const { packed, count } = edit(people.get(subject) ?? NOTHING, own);
    if (count > 0) people.set(subject, packed);
    else people.delete(subject);
    shards[shard] = people;
    touched.add(shard);
  }
  return { records: shards, touched, count: affected.length };
}

function byShard(
  subject: string,
  records: readonly StoredRecord[],
  partition: Partition,
): ReadonlyMap<number, StoredRecord[]> {
  const shards = new Map<number, StoredRecord[]>();
  for (const record of records) {
    const shard = partition.shardOf({ ...record, subject });
    const own = shards.get(shard) ?? [];
    if (own.length === 0) shards.set(shard, own);
    own.push(record);
  }
  return shards;
}
