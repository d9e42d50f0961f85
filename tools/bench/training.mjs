// Quality and speed of training, over dist (run `npm run build` first):
//   node tools/bench/training.mjs [--data FOLDER] [--runs 3] [--threads 2] [--search]
// FOLDER holds ml-1m/ and ml-1m-receraser-split/; LACUNA_SHARED/data unless given. --search compares hyper-parameters on a
// tenth of the training data that is held out; it never reads the test part.
import { parseArgs } from 'node:util';
import { defaultModelConfig, rebuildShard } from '#libs/learning';
import { nodeSha256 } from '#platform/crypto';
import { TrainingPool } from '#stages/training';
import {
  jobsOf,
  quality,
  readRatings,
  readSplit,
  recordsOf,
  reportQuality,
  sha256,
  validationSplit,
} from './movielens.mjs';
import { median, sharedOptions } from './options.mjs';

const { values: options } = parseArgs({
  options: { ...sharedOptions, search: { type: 'boolean', default: false } },
});
const RUNS = Number(options.runs);
const CANDIDATES = [0.1, 0.2, 0.3, 0.5].flatMap((unobservedWeight) =>
  [0.003, 0.006, 0.008, 0.012].map((regularization) => ({ unobservedWeight, regularization })),
);

function benchQuality(shards, known, relevant, change = {}) {
  const base = defaultModelConfig({ shards });
  const config = { ...base, subModel: { ...base.subModel, ...change } };
  const items = [...new Set([...known.values(), ...relevant.values()].flat())];
  const jobs = jobsOf(recordsOf(known), items, config);
  const results = jobs.map((job) => rebuildShard({ ...job, hash: nodeSha256 }));
  return quality(jobs[0], results, known, relevant);
}

function search() {
  const { fit, held } = validationSplit(options.data);
  console.log('validation, S = 1'.padEnd(46), 'Recall@20 NDCG@20  ms a person');
  for (const change of CANDIDATES) reportQuality(JSON.stringify(change), benchQuality(1, fit, held, change));
}

async function benchSpeed(shards) {
  const people = readRatings(options.data);
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
  const [known, relevant] = [readSplit(options.data, 'train.txt.gz'), readSplit(options.data, 'test.txt.gz')];
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
