import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { packRecords } from '#libs/contracts';
import { toHex } from '#libs/essentials';
import { sparseMapRoot } from '#libs/merkle';
import { jobOf, refusalOf, worldRecords } from '#libs/testkit';
import { readTensors, rebuildShard, type ShardJob } from './index.js';

const WORLD = {
  items: ['a', 'b', 'c', 'd'],
  people: [
    { subject: 'p', items: ['a', 'b'] },
    { subject: 'q', items: ['b', 'c'] },
  ],
};
const codeOf = (job: ShardJob): string => refusalOf(() => rebuildShard(job));

describe('rebuilding a shard', () => {
  it('reports each sweep as it ends, and gives a digest for it', () => {
    const seen: unknown[] = [];
    const { roundDigests, shard } = rebuildShard(jobOf(WORLD, 1), (progress) => seen.push(progress));
    expect(seen).toEqual([
      { shard: 1, round: 1, rounds: 2 },
      { shard: 1, round: 2, rounds: 2 },
    ]);
    expect(shard).toBe(1);
    expect(new Set(roundDigests).size).toBe(2);
  });

  it('gives the model file with its digest; rows nobody met are zero', () => {
    const { file, digest } = rebuildShard(jobOf(WORLD));
    expect(createHash('sha256').update(file).digest('hex')).toBe(digest);
    const [{ name, shape, data }] = readTensors(file).tensors;
    expect([name, shape]).toEqual(['item_factors', [4, 4]]);
    expect([...data.subarray(12)]).toEqual([0, 0, 0, 0]);
    expect(data.subarray(0, 12).every((value) => value !== 0)).toBe(true);
  });

  it('has the same bytes with another implementation of SHA-256', () => {
    const hash = (message: Uint8Array): Uint8Array =>
      new Uint8Array(createHash('sha256').update(message).digest());
    expect(rebuildShard({ ...jobOf(WORLD), hash })).toEqual(rebuildShard(jobOf(WORLD)));
  });

  it('trains an empty shard to zeros, with the root of the empty map', () => {
    const empty = rebuildShard(jobOf({ ...WORLD, people: [] }));
    expect(empty.count).toBe(0);
    expect(empty.datasetRoot).toBe(toHex(sparseMapRoot([])));
    expect(readTensors(empty.file).tensors[0].data.every((value) => value === 0)).toBe(true);
  });

  it('takes a person without records for nobody', () => {
    const job = jobOf(WORLD);
    const idle = { subject: 'idle', records: new Uint8Array() };
    expect(rebuildShard({ ...job, subjects: [...job.subjects, idle] })).toEqual(rebuildShard(job));
  });

  it('counts a person and an item that met twice once, and both records in the dataset map', () => {
    const [first] = worldRecords('p', ['a']);
    const second = { ...first, label: new Uint8Array(32).fill(5), time: first.time + 60 };
    const once = rebuildShard({
      ...jobOf(WORLD),
      subjects: [{ subject: 'p', records: packRecords([first]) }],
    });
    const twice = rebuildShard({
      ...jobOf(WORLD),
      subjects: [{ subject: 'p', records: packRecords([second, first]) }],
    });
    expect(twice.digest).toBe(once.digest);
    expect([once.count, twice.count]).toEqual([1, 2]);
  });

  it('does not train on an item that has left the catalogue, but keeps its record in the dataset map', () => {
    const left = rebuildShard(jobOf({ ...WORLD, items: ['a', 'b', 'd'] }));
    const never = rebuildShard(
      jobOf({
        items: ['a', 'b', 'd'],
        people: [
          { subject: 'p', items: ['a', 'b'] },
          { subject: 'q', items: ['b'] },
        ],
      }),
    );
    expect(left.digest).toBe(never.digest);
    expect(left.datasetRoot).not.toBe(never.datasetRoot);
  });

  it('refuses a shard that the line does not have', () => {
    for (const shard of [-1, 2, 0.5]) expect(codeOf(jobOf(WORLD, shard))).toBe('SHARD_OUT_OF_RANGE');
  });

  it('refuses an item, a person or a label that stands twice, and records that are cut off', () => {
    const job = jobOf(WORLD);
    const [person] = job.subjects;
    expect(codeOf({ ...job, items: ['a', 'b', 'a'] })).toBe('DATASET_ITEM_TWICE');
    expect(codeOf({ ...job, subjects: [person, person] })).toBe('DATASET_SUBJECT_TWICE');
    expect(codeOf({ ...job, subjects: [person, { ...person, subject: 'twin' }] })).toBe(
      'DATASET_LABEL_TWICE',
    );
    const cut = person.records.subarray(0, person.records.length - 3);
    expect(codeOf({ ...job, subjects: [{ ...person, records: cut }] })).toBe('DATASET_RECORDS_MALFORMED');
  });
});
