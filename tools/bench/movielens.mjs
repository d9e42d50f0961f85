// MovieLens 1M for benchmarks: its ratings, the split of the RecEraser authors, jobs made of them, and quality on a held-out part.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { mergePacked, packRecords } from '#libs/contracts';
import { namedRecords, ndcgAt, recallAt } from '#libs/evaluation';
import { buildAggregator, createGenesis, ModelScorer } from '#libs/learning';
import { openPartition } from '#libs/sharding';
import { nodeHmacSha256, nodeSha256 } from '#platform/crypto';

const K = 20;
const PARTITION_KEY = new Uint8Array(32).fill(7);
const SEED = new Uint8Array(32).fill(1);

export const sha256 = (...parts) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

function readGzip(...names) {
  const file = path.join(...names);
  if (!existsSync(file))
    throw new Error(`${file} is missing; give the folder of the data sets: --data FOLDER`);
  return gunzipSync(readFileSync(file)).toString().trim().split('\n');
}

/** Lines `user item item …` to a map from user to items. */
export function readSplit(data, name) {
  const lines = readGzip(data, 'ml-1m-receraser-split', name).map((line) => line.trim().split(' '));
  return new Map(lines.map(([user, ...items]) => [user, items]));
}

/** `user,item,rating,timestamp` to a map from user to records. */
export function readRatings(data) {
  const people = new Map();
  for (const line of readGzip(data, 'ml-1m', 'ratings.csv.gz').slice(1)) {
    const [user, item, rating, time] = line.split(',');
    const records = people.get(user) ?? [];
    if (records.length === 0) people.set(user, records);
    records.push({ item, type: 'rating', time: Number(time), value: Number(rating) });
  }
  return people;
}

/** Sorted as read models are. */
export function toSubject(user, records, purpose) {
  const stored = namedRecords(user, records, { purpose, hash: nodeSha256, hmac: nodeHmacSha256 });
  return { subject: user, records: mergePacked([packRecords(stored)]).packed };
}

export function jobsOf(people, items, config) {
  const genesis = createGenesis({
    line: 'bench',
    seed: SEED,
    config,
    partitionKey: PARTITION_KEY,
    codeDigest: '0'.repeat(64),
    createdAt: '2026-01-01T00:00:00.000Z',
  });
  const partition = openPartition(config.partition, PARTITION_KEY);
  const shards = Array.from({ length: config.partition.shards }, () => []);
  for (const [user, records] of people) {
    const subject = toSubject(user, records, config.purpose);
    shards[partition.shardOf({ subject: user, label: new Uint8Array(32) })].push(subject);
  }
  return shards.map((subjects, shard) => ({ genesis, shard, items, subjects }));
}

export const recordsOf = (split) =>
  new Map(
    [...split].map(([user, items]) => [
      user,
      items.map((item) => ({ item, type: 'view', time: 0, value: 1 })),
    ]),
  );

/** Recall and NDCG at K over the people who have something to be found; known items are masked. */
export function quality({ genesis, items }, results, known, relevant) {
  const scorer = new ModelScorer({
    ...genesis,
    items,
    shards: results.map(({ file }) => file),
    aggregator: buildAggregator({ genesis, items, shards: results }),
  });
  const recalls = [];
  const ndcgs = [];
  const begin = performance.now();
  for (const [user, wanted] of relevant) {
    if (wanted.length === 0) continue;
    const present = known.get(user) ?? [];
    const top = scorer.recommend({ present, exclude: new Set(present), k: K }).map(({ item }) => item);
    recalls.push(recallAt(K, top, new Set(wanted)));
    ndcgs.push(ndcgAt(K, top, new Set(wanted)));
  }
  const milliseconds = (performance.now() - begin) / recalls.length;
  return { recall: mean(recalls), ndcg: mean(ndcgs), milliseconds };
}

export function reportQuality(label, { recall, ndcg, milliseconds }) {
  console.log(`${label.padEnd(46)} ${recall.toFixed(4)}    ${ndcg.toFixed(4)}   ${milliseconds.toFixed(2)}`);
}

/** About a tenth of each person's training items, chosen by hash, held out from the rest. */
export function validationSplit(data) {
  const isHeldOut = (user, item) => sha256('validation', user, ':', item)[0] < 26;
  const train = [...readSplit(data, 'train.txt.gz')];
  const part = (wanted) =>
    new Map(train.map(([user, items]) => [user, items.filter((item) => isHeldOut(user, item) === wanted)]));
  return { fit: part(false), held: part(true) };
}
