import { describe, expect, it } from '@jest/globals';
import type { ModelConfig, StoredRecord } from '#libs/contracts';
import { toHex } from '#libs/essentials';
import { sliceOf } from '#libs/learning';
import { openPartition } from '#libs/sharding';
import { SMALL_CONFIG, smallGenesis } from '#libs/testkit';
import {
  differencesOf,
  divideRecords,
  namedRecords,
  nextVersion,
  recordsOf,
  trainVersion,
  withoutRecords,
  withRecords,
  type MemoryLine,
} from './index.js';

const ITEMS = ['a', 'b', 'c', 'd', 'e', 'f'];
const KEY = new Uint8Array(32).fill(9);

function lineOf(config: ModelConfig): MemoryLine {
  return { genesis: smallGenesis(config), partition: openPartition(config.partition, KEY), items: ITEMS };
}
const bySubject = lineOf(SMALL_CONFIG);
const byRecord = lineOf({ ...SMALL_CONFIG, partition: { kind: 'by-record', shards: 3 } });
const sliced = lineOf({ ...SMALL_CONFIG, slices: 4 });

const recordsFor = (subject: string, items: readonly string[]): StoredRecord[] =>
  namedRecords(
    subject,
    items.map((item, time) => ({ item, type: 'view', time, value: 1 })),
    { purpose: 'recommendations' },
  );
const PEOPLE = ['p', 'q', 'r', 's'].map((subject, at): [string, StoredRecord[]] => [
  subject,
  recordsFor(subject, ITEMS.slice(at % 3)),
]);
const dividedFor = (line: MemoryLine) => divideRecords(PEOPLE, line.partition);
const [[, [first, ...others]]] = PEOPLE;

describe('the records of a line', () => {
  it('are all there, each in one shard', () => {
    const divided = dividedFor(byRecord);
    for (const [subject, records] of PEOPLE) {
      const labels = (all: readonly StoredRecord[]) => all.map(({ label }) => toHex(label)).toSorted();
      expect(labels(recordsOf(divided, subject))).toEqual(labels(records));
    }
  });

  it('lose a withdrawn record in the one shard that held it, and the other shards stay the same objects', () => {
    const divided = dividedFor(byRecord);
    const { records, touched, count } = withoutRecords(
      divided,
      { subject: 'p', labels: [first.label] },
      byRecord.partition,
    );
    expect([count, touched.size]).toEqual([1, 1]);
    records.forEach((shard, at) => expect(shard === divided[at]).toBe(!touched.has(at)));
    expect(recordsOf(records, 'p')).toHaveLength(others.length);
  });

  it('are those of a person who never was, once all of theirs are withdrawn', () => {
    for (const line of [bySubject, byRecord])
      expect(withoutRecords(dividedFor(line), { subject: 'p' }, line.partition).records).toEqual(
        divideRecords(PEOPLE.slice(1), line.partition),
      );
  });

  it('come back as they were when they are added again, and are not added twice', () => {
    const { partition } = sliced;
    const divided = dividedFor(sliced);
    const gone = withoutRecords(divided, { subject: 'p', labels: [first.label] }, partition);
    const back = withRecords(gone.records, { subject: 'p', added: [first] }, partition);
    expect(back.touched).toEqual(gone.touched);
    expect(back.records.map((shard) => new Map([...shard].toSorted()))).toEqual(
      divided.map((shard) => new Map([...shard].toSorted())),
    );
    expect(withRecords(divided, { subject: 'p', added: [first] }, partition).count).toBe(0);
  });

  it('are not touched by a label that nobody has', () => {
    const { touched, count } = withoutRecords(
      dividedFor(bySubject),
      { subject: 'p', labels: [new Uint8Array(32)] },
      bySubject.partition,
    );
    expect([touched.size, count]).toEqual([0, 0]);
  });
});

describe('the next version of a line', () => {
  it.each([
    ['a line by subject', bySubject],
    ['a line by record', byRecord],
    ['a line with slices', sliced],
  ])('of %s is the one trained from nothing on what is left', (_, line) => {
    const { partition } = line;
    const divided = dividedFor(line);
    const published = trainVersion(line, divided);
    for (const labels of [undefined, ...PEOPLE[0][1].map(({ label }) => [label])]) {
      const { records, touched } = withoutRecords(divided, { subject: 'p', labels }, partition);
      const scratch = trainVersion(line, records);
      expect(differencesOf(nextVersion(line, records, published, touched), scratch)).toEqual([]);
      expect(differencesOf(published, scratch)).not.toEqual([]);
    }
  });

  it('trains only the slices from the withdrawn record on', () => {
    const { partition } = sliced;
    const divided = dividedFor(sliced);
    const last = PEOPLE[0][1].toSorted((a, b) => toHex(b.label).localeCompare(toHex(a.label)))[0];
    const { records, touched } = withoutRecords(divided, { subject: 'p', labels: [last.label] }, partition);
    const [shard] = touched;
    const slice = sliceOf(last.label, 4);
    const next = nextVersion(sliced, records, trainVersion(sliced, divided), touched).shards[shard];
    expect(slice).toBeGreaterThan(0);
    expect(next.roundDigests).toHaveLength((4 - slice) * 2);
    expect(next.checkpoints).toHaveLength(3);
  });

  it('differs by name where a shard, its dataset, a checkpoint or the aggregator differs', () => {
    const version = trainVersion(sliced, dividedFor(sliced));
    const [shard, ...rest] = version.shards;
    const changed = (change: Partial<typeof shard>) => ({
      ...version,
      shards: [{ ...shard, ...change }, ...rest],
    });
    const [checkpoint] = shard.checkpoints;
    const digest = '0'.repeat(64);
    expect(differencesOf(version, version)).toEqual([]);
    expect(differencesOf(version, changed({ file: new Uint8Array() }))).toEqual(['shard-00.safetensors']);
    expect(differencesOf(version, changed({ count: 1 }))).toEqual(['shard-00.safetensors: dataset']);
    expect(differencesOf(version, changed({ checkpoints: [{ ...checkpoint, digest }] }))).toEqual([
      'shard-00.safetensors: checkpoints',
    ]);
    expect(differencesOf(version, { ...version, aggregator: new Uint8Array() })).toEqual([
      'aggregator.safetensors',
    ]);
  });
});
