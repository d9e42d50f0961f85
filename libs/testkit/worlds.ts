import fc from 'fast-check';
import {
  packRecords,
  type Genesis,
  type IalsConfig,
  type ModelConfig,
  type StoredRecord,
  type TwoTowerConfig,
} from '#libs/contracts';
import { hmacSha256, sha256, utf8 } from '#libs/essentials';
import { createGenesis, type ShardJob } from '#libs/learning';
import { openPartition } from '#libs/sharding';

/** A few people and the items that they have met; every byte of its records follows from the names. */
export interface World {
  readonly items: readonly string[];
  readonly people: readonly { readonly subject: string; readonly items: readonly string[] }[];
}

export const SMALL_IALS: IalsConfig = {
  kind: 'ials',
  dimensions: 4,
  unobservedWeight: 0.2,
  regularization: 0.05,
  sweeps: 2,
  initScale: 1,
};

/** Two towers that are trained in a moment. */
export const SMALL_TOWERS: TwoTowerConfig = {
  kind: 'two-tower',
  embedding: 8,
  userLayers: [8, 4],
  itemLayers: [8, 4],
  training: 'fomaml',
  people: 'shared',
  epochs: 2,
  batch: 2,
  learningRate: 0.01,
  weightDecay: 0.01,
  innerRate: 0.5,
  support: 2,
  supportBy: 'recency',
  queries: 2,
  negatives: 3,
  inBatch: 2,
  margin: 1,
};

/** Small enough to train in a millisecond. */
export const SMALL_CONFIG: ModelConfig = {
  purpose: 'recommendations',
  partition: { kind: 'by-subject', shards: 2 },
  subModel: SMALL_IALS,
  aggregator: { kind: 'mean' },
};

const PARTITION_KEY = new Uint8Array(32).fill(9);
const ITEMS = Array.from({ length: 8 }, (_, at) => `item-${at}`);

/** Three to six people with one to five of eight items each. */
export const worlds: fc.Arbitrary<World> = fc
  .array(fc.subarray(ITEMS, { minLength: 1, maxLength: 5 }), { minLength: 3, maxLength: 6 })
  .map((lists) => ({
    items: ITEMS,
    people: lists.map((items, at) => ({ subject: `person-${at}`, items })),
  }));

export function smallGenesis(config: ModelConfig = SMALL_CONFIG): Genesis {
  return createGenesis({
    line: 'test',
    seed: new Uint8Array(32).fill(3),
    config,
    partitionKey: PARTITION_KEY,
    codeDigest: '0'.repeat(64),
    createdAt: '2026-01-01T00:00:00.000Z',
  });
}

/** Records as read models keep them, one for each item. */
export function worldRecords(subject: string, items: readonly string[]): StoredRecord[] {
  const labelKey = sha256(utf8(subject));
  return items.map((item) => {
    const label = hmacSha256(labelKey, utf8(item));
    const opening = sha256(label).subarray(0, 16);
    return {
      label,
      opening,
      item,
      type: 'view',
      time: 1_000_000,
      value: 1,
      purpose: SMALL_CONFIG.purpose,
      position: 1n,
    };
  });
}

/** The job of a shard that holds everybody in the world. */
export function jobOf({ items, people }: World, shard = 0, genesis: Genesis = smallGenesis()): ShardJob {
  const subjects = people.map(({ subject, items: met }) => ({
    subject,
    records: packRecords(worldRecords(subject, met)),
  }));
  return { genesis, shard, items, subjects };
}

/** One job for each shard of the line. */
export function jobsOf(world: World, genesis: Genesis = smallGenesis()): ShardJob[] {
  return Array.from({ length: genesis.config.partition.shards }, (_, shard) =>
    jobOf(
      { ...world, people: world.people.filter(({ subject }) => shardOfPerson(subject) === shard) },
      shard,
      genesis,
    ),
  );
}

export function shardOfPerson(subject: string): number {
  return openPartition(SMALL_CONFIG.partition, PARTITION_KEY).shardOf({ subject, label: new Uint8Array(32) });
}

export function withoutPerson(world: World, subject: string): World {
  return { ...world, people: world.people.filter((person) => person.subject !== subject) };
}

export function withoutRecord(world: World, subject: string, item: string): World {
  const people = world.people.map((person) =>
    person.subject === subject ? { ...person, items: person.items.filter((met) => met !== item) } : person,
  );
  return { ...world, people };
}
