// The strategy `statistics` on MovieLens 1M, over dist (run `npm run build` first):
//   node tools/bench/statistics.mjs [--data FOLDER] [--runs 3] [--search] [--only-withdrawals]
// FOLDER holds ml-1m/ and ml-1m-receraser-split/; LACUNA_SHARED/data unless given. --search compares regularizations on a tenth of
// the training data that is held out; it never reads the test part.
// --only-withdrawals leaves out quality and kernels. One thread.
import { parseArgs } from 'node:util';
import { packRecords, unpackRecords } from '#libs/contracts';
import { countPairs, itemWeights } from '#libs/kernels';
import {
  buildAggregator,
  canonicalCatalogue,
  canonicalShard,
  datasetOf,
  drawsOf,
  rebuildShard,
  strategyConfig,
  withdrawFromGram,
} from '#libs/learning';
import { nodeSha256 } from '#platform/crypto';
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
  options: {
    ...sharedOptions,
    search: { type: 'boolean', default: false },
    'only-withdrawals': { type: 'boolean', default: false },
  },
});
const RUNS = Number(options.runs);
const CANDIDATES = [100, 200, 300, 500, 700, 1000, 1500, 2000, 3000];
const WITHDRAWALS = 300;
const SHARDS = 8;

const draws = drawsOf('01'.repeat(32))('bench', 'statistics');
let drawn = 0;
const below = (count) => Math.floor(count * draws.uniform(drawn++));
const percentile = (numbers, share) =>
  numbers.toSorted((a, b) => a - b)[Math.ceil(share * numbers.length) - 1];

/** Milliseconds of the clock and of the processor. */
function timed(work) {
  const [begin, cpu] = [performance.now(), process.cpuUsage()];
  const result = work();
  const { user, system } = process.cpuUsage(cpu);
  return { result, wall: performance.now() - begin, cpu: (user + system) / 1000 };
}

function report(label, runs) {
  const [wall, cpu] = ['wall', 'cpu'].map((which) =>
    (median(runs.map((run) => run[which])) / 1000).toFixed(3),
  );
  console.log(label.padEnd(60), wall.padEnd(9), cpu);
}

const itemsOf = (...maps) => [...new Set(maps.flatMap((map) => [...map.values()].flat()))];
const train = (jobs) => jobs.map((job) => rebuildShard({ ...job, hash: nodeSha256 }));

function configOf(shards, regularization) {
  const config = strategyConfig('statistics', { shards });
  return regularization === undefined
    ? config
    : { ...config, aggregator: { ...config.aggregator, regularization } };
}

function benchQuality({ known, relevant, items, label }, config) {
  const jobs = jobsOf(recordsOf(known), items, config);
  const results = train(jobs);
  const [{ genesis }] = jobs;
  const digest = sha256(buildAggregator({ genesis, items, shards: results })).toString('hex');
  reportQuality(`${label}, aggregator ${digest.slice(0, 16)}`, quality(jobs[0], results, known, relevant));
}

function search() {
  const { fit, held } = validationSplit(options.data);
  const items = itemsOf(fit, held);
  console.log('validation, S = 1'.padEnd(46), 'Recall@20 NDCG@20  ms a person');
  for (const regularization of CANDIDATES)
    benchQuality(
      { known: fit, relevant: held, items, label: `λ ${regularization}` },
      configOf(1, regularization),
    );
}

/** Nothing but the two kernels, from the pairs of people and items to the weights. */
function benchKernels(subjects, items) {
  const { regularization, block } = configOf(1).aggregator;
  const { bySubject } = datasetOf(canonicalShard(canonicalCatalogue({ items }), subjects));
  const size = items.length;
  const counted = Array.from({ length: RUNS }, () => timed(() => countPairs({ ...bySubject, items: size })));
  const counts = Uint32Array.from(counted[0].result);
  const solved = counted.map(() => timed(() => void itemWeights({ size, counts, regularization, block })));
  report('counts of all pairs, kernel', counted);
  report('weights from counts, kernel', solved);
}

/** As a service would go on: each withdrawal begins with the files and the records that the one before has left. */
function benchWithdrawals(jobs, items, published) {
  const [{ genesis }] = jobs;
  const config = genesis.config.subModel;
  const withdraw = (job, at, after) => {
    const before = job.subjects[at].records;
    job.subjects[at] = { ...job.subjects[at], records: after };
    return timed(() => {
      const { file } = published[job.shard];
      const next = withdrawFromGram({ config, items, file, people: [{ before, after }], hash: nodeSha256 });
      published[job.shard] = { ...published[job.shard], file: next };
      return nodeSha256(next);
    });
  };
  const anybody = () => {
    const job = jobs[below(jobs.length)];
    const at = below(job.subjects.length);
    return { job, at, before: job.subjects[at].records };
  };
  const someRecords = Array.from({ length: WITHDRAWALS }, () => {
    const { job, at, before } = anybody();
    const records = unpackRecords(before);
    const gone = new Set(Array.from({ length: 1 + below(10) }, () => below(records.length)));
    return withdraw(job, at, packRecords(records.filter((_, record) => !gone.has(record))));
  });
  const people = Array.from({ length: RUNS }, () => {
    const { job, at } = anybody();
    const erasure = timed(() => {
      withdraw(job, at, new Uint8Array());
      return nodeSha256(buildAggregator({ genesis, items, shards: published, hash: nodeSha256 }));
    });
    const anew = rebuildShard({ ...job, hash: nodeSha256 });
    if (Buffer.compare(anew.file, published[job.shard].file) !== 0)
      throw new Error('subtraction gave other bytes than a rebuild');
    return erasure;
  });
  console.log(
    `records withdrawn until the shard's file is right, S = ${SHARDS}, milliseconds`.padEnd(60),
    ' p50    p99',
  );
  for (const which of ['wall', 'cpu']) {
    const [p50, p99] = [0.5, 0.99].map((share) =>
      percentile(
        someRecords.map((run) => run[which]),
        share,
      ),
    );
    console.log(`  ${which}`.padEnd(60), p50.toFixed(1).padStart(5), p99.toFixed(1).padStart(6));
  }
  report(`a person erased: shard's file and aggregator, S = ${SHARDS}`, people);
}

function main() {
  if (options.search) return search();
  if (!options['only-withdrawals']) benchAllQuality();
  benchCosts();
}

function benchAllQuality() {
  const [known, relevant] = ['train.txt.gz', 'test.txt.gz'].map((name) => readSplit(options.data, name));
  console.log('ml-1m-receraser-split, test part'.padEnd(46), 'Recall@20 NDCG@20  ms a person');
  const split = { known, relevant, items: itemsOf(known, relevant) };
  for (const shards of [1, 8, 64]) benchQuality({ ...split, label: `S = ${shards}` }, configOf(shards));
}

function benchCosts() {
  const people = readRatings(options.data);
  const items = [...new Set([...people.values()].flatMap((records) => records.map(({ item }) => item)))];
  console.log(`\nML-1M, one thread, medians of ${RUNS}`.padEnd(61), 'seconds   CPU seconds');
  if (!options['only-withdrawals']) benchKernels(jobsOf(people, items, configOf(1))[0].subjects, items);
  const jobs = jobsOf(people, items, configOf(SHARDS));
  const published = train(jobs);
  const aggregations = Array.from({ length: RUNS }, () =>
    timed(
      () => void buildAggregator({ genesis: jobs[0].genesis, items, shards: published, hash: nodeSha256 }),
    ),
  );
  report(`aggregator from the files of ${SHARDS} shards`, aggregations);
  benchWithdrawals(jobs, items, published);
}

main();
