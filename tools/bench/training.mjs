// Quality and speed of training, over dist (run `npm run build` first):
//   node tools/bench/training.mjs [--data FOLDER] [--runs 3] [--threads 2] [--search]
// FOLDER holds ml-1m/ and ml-1m-receraser-split/; LACUNA_SHARED/data unless given. --search compares hyper-parameters on a
// tenth of the training data that is held out; it never reads the test part.
import { createHash, createHmac } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { packRecords } from '#libs/contracts';
import { ndcgAt, recallAt } from '#libs/evaluation';
import {
  buildAggregator,
  createGenesis,
  defaultModelConfig,
  ModelScorer,
  rebuildShard,
} from '#libs/learning';
import { openPartition } from '#libs/sharding';
import { nodeSha256 } from '#platform/crypto';
import { TrainingPool } from '#stages/training';
import { median, sharedOptions } from './options.mjs';

const { values: options } = parseArgs({
  options: { ...sharedOptions, search: { type: 'boolean', default: false } },
});
const RUNS = Number(options.runs);
const K = 20;
const PARTITION_KEY = new Uint8Array(32).fill(7);
const SEED = new Uint8Array(32).fill(1);
const CANDIDATES = [0.1, 0.2, 0.3, 0.5].flatMap((unobservedWeight) =>
  [0.003, 0.006, 0.008, 0.012].map((regularization) => ({ unobservedWeight, regularization })),
);

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

function readGzip(...names) {
  const file = path.join(options.data, ...names);
  if (!existsSync(file))
    throw new Error(`${file} is missing; give the folder of the data sets: --data FOLDER`);
  return gunzipSync(readFileSync(file)).toString().trim().split('\n');
}

/** Lines `user item item …` to a map from user to items. */
function readSplit(name) {
  const lines = readGzip('ml-1m-receraser-split', name).map((line) => line.trim().split(' '));
  return new Map(lines.map(([user, ...items]) => [user, items]));
}

/** `user,item,rating,timestamp` to a map from user to records. */
function readRatings() {
  const people = new Map();
  for (const line of readGzip('ml-1m', 'ratings.csv.gz').slice(1)) {
    const [user, item, rating, time] = line.split(',');
    const records = people.get(user) ?? [];
    if (records.length === 0) people.set(user, records);
    records.push({ item, type: 'rating', time: Number(time), value: Number(rating) });
  }
  return people;
}

/** Labels and openings as the vault would make them, but named after the user, so that every run has the same; sorted as read models are. */
function toSubject(user, records, purpose) {
  const labelKey = sha256('label key', user);
  const stored = records.map((record) => {
    const identity = JSON.stringify([record.item, record.type, record.time]);
    const label = createHmac('sha256', labelKey).update(identity).digest();
    return { ...record, purpose, label, opening: sha256('opening', label).subarray(0, 16), position: 1n };
  });
  return { subject: user, records: packRecords(stored.sort((a, b) => Buffer.compare(a.label, b.label))) };
}

function jobsOf(people, items, config) {
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

const recordsOf = (split) =>
  new Map(
    [...split].map(([user, items]) => [
      user,
      items.map((item) => ({ item, type: 'view', time: 0, value: 1 })),
    ]),
  );

/** Recall and NDCG at K over the people who have something to be found; known items are masked. */
function quality({ genesis, items }, results, known, relevant) {
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

function benchQuality(shards, known, relevant, change = {}) {
  const base = defaultModelConfig({ shards });
  const config = { ...base, subModel: { ...base.subModel, ...change } };
  const items = [...new Set([...known.values(), ...relevant.values()].flat())];
  const jobs = jobsOf(recordsOf(known), items, config);
  const results = jobs.map((job) => rebuildShard({ ...job, hash: nodeSha256 }));
  return quality(jobs[0], results, known, relevant);
}

function reportQuality(label, { recall, ndcg, milliseconds }) {
  console.log(`${label.padEnd(46)} ${recall.toFixed(4)}    ${ndcg.toFixed(4)}   ${milliseconds.toFixed(2)}`);
}

/** Holds about a tenth of each person's training items out, chosen by hash. */
function search() {
  const isHeldOut = (user, item) => sha256('validation', user, ':', item)[0] < 26;
  const train = [...readSplit('train.txt.gz')];
  const fit = new Map(train.map(([user, items]) => [user, items.filter((item) => !isHeldOut(user, item))]));
  const held = new Map(train.map(([user, items]) => [user, items.filter((item) => isHeldOut(user, item))]));
  console.log('validation, S = 1'.padEnd(46), 'Recall@20 NDCG@20  ms a person');
  for (const change of CANDIDATES) reportQuality(JSON.stringify(change), benchQuality(1, fit, held, change));
}

async function benchSpeed(shards) {
  const people = readRatings();
  const items = [...new Set([...people.values()].flatMap((records) => records.map(({ item }) => item)))];
  const jobs = jobsOf(people, items, defaultModelConfig({ shards }));
  const seconds = [];
  const cpuSeconds = [];
  const digests = new Set();
  for (let run = 0; run < RUNS; run++) {
    const pool = new TrainingPool({ threads: Number(options.threads) });
    const begin = performance.now();
    const cpuBegin = process.cpuUsage();
    const results = await Promise.all(jobs.map((job) => pool.train(job)));
    seconds.push((performance.now() - begin) / 1000);
    const { user, system } = process.cpuUsage(cpuBegin);
    cpuSeconds.push((user + system) / 1e6);
    digests.add(sha256(...results.map(({ digest, datasetRoot }) => digest + datasetRoot)).toString('hex'));
    await pool.close();
  }
  if (digests.size !== 1) throw new Error('runs gave different bytes');
  return { seconds: median(seconds), cpuSeconds: median(cpuSeconds) };
}

async function main() {
  if (options.search) return search();
  const [known, relevant] = [readSplit('train.txt.gz'), readSplit('test.txt.gz')];
  console.log('ml-1m-receraser-split, test part'.padEnd(46), 'Recall@20 NDCG@20  ms a person');
  for (const shards of [1, 8]) reportQuality(`S = ${shards}`, benchQuality(shards, known, relevant));
  console.log(
    `\nML-1M, all shards with dataset roots, ${options.threads} threads`.padEnd(47),
    `seconds   CPU seconds, medians of ${RUNS}`,
  );
  for (const shards of [1, 8]) {
    const { seconds, cpuSeconds } = await benchSpeed(shards);
    console.log(`S = ${shards}`.padEnd(46), seconds.toFixed(2).padEnd(9), cpuSeconds.toFixed(2));
  }
}

await main();
