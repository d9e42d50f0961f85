import { mergePacked, type CatalogueIds, type ModelConfig, type StoredRecord } from '#libs/contracts';
import { compareBytes, toHex } from '#libs/essentials';
import { recordsOf, splitDataset, type People, type ShardedRecords } from '#libs/evaluation';
import { measuringDraws } from '../evaluation/describe-line.js';
import { evaluatedData, type EvaluatedData } from '../evaluation/evaluated-data.js';

/** What a twin is trained on, and asked for. */
export interface TwinData {
  readonly records: ShardedRecords;
  readonly data: EvaluatedData;
}

const SPLIT = 'leave-last-one-out';

/**
 * Holds the last record of each person back who has more than one: the latest, and of those of the same second the one with the greatest label, in
 * the order in which serving asks. Statements of people are nothing that could be found; they stay.
 *
 * @throws EvaluationError NOBODY_TO_TEST
 */
export function twinDataOf(
  all: ShardedRecords,
  { purpose, profilePurpose }: Pick<ModelConfig, 'purpose' | 'profilePurpose'>,
  { items, categories, features }: CatalogueIds,
): TwinData {
  const subjects = [...new Set(all.flatMap((shard) => [...shard.keys()]))].sort();
  const people = new Map<string, StoredRecord[]>();
  const stated = new Map<string, StoredRecord[]>();
  for (const subject of subjects) {
    const own = recordsOf(all, subject);
    const met = own.filter((record) => record.purpose === purpose);
    if (met.length > 0) people.set(subject, met.sort(inOrderOfTime));
    if (profilePurpose !== undefined)
      stated.set(
        subject,
        own.filter((record) => record.purpose === profilePurpose),
      );
  }
  const split = splitDataset({ name: '', items, categories, people, isInOrder: true }, SPLIT, measuringDraws);
  const profiles = profilePurpose === undefined ? undefined : { features, people: stated as People };
  const data = evaluatedData({ items, categories, profiles }, split);
  return { records: withoutHeld(all, people), data };
}

function inOrderOfTime(a: StoredRecord, b: StoredRecord): number {
  return a.time - b.time || compareBytes(a.label, b.label);
}

function withoutHeld(
  all: ShardedRecords,
  people: ReadonlyMap<string, readonly StoredRecord[]>,
): ShardedRecords {
  const held = new Map(
    [...people].flatMap(([subject, records]) =>
      records.length > 1 ? [[subject, toHex(records[records.length - 1].label)]] : [],
    ),
  );
  return all.map(
    (shard) =>
      new Map(
        [...shard].flatMap(([subject, packed]) => {
          const label = held.get(subject);
          const { packed: kept, count } = mergePacked([packed], (record) => toHex(record.label) !== label);
          return count > 0 ? [[subject, kept]] : [];
        }),
      ),
  );
}
