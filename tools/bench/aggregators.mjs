// What a learned aggregator costs on MovieLens 1M, beside a shard (run `npm run build` first):
//   node tools/bench/aggregators.mjs [--data FOLDER] [--runs 3]
// FOLDER holds ml-1m/; LACUNA_SHARED/data unless given. 8 shards of iALS by subject; processor seconds of one thread, engine loaded.
import { parseArgs } from 'node:util';
import { aggregatorReady, buildAggregator, rebuildShard, strategyConfig } from '#libs/learning';
import { nodeSha256 } from '#platform/crypto';
import { jobsOf, readRatings } from './movielens.mjs';
import { median, sharedOptions } from './options.mjs';

const { values: options } = parseArgs({ options: sharedOptions });

/** Seconds of the processor, the median of some runs. */
function seconds(work) {
  const runs = Array.from({ length: Number(options.runs) }, () => {
    const begin = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(begin);
    return (user + system) / 1e6;
  });
  return median(runs).toFixed(3);
}

const people = readRatings(options.data);
const items = [...new Set([...people.values()].flatMap((records) => records.map(({ item }) => item)))];
const config = strategyConfig('sisa', { aggregator: 'meta' });
const jobs = jobsOf(people, items, config).map((job) => ({ ...job, hash: nodeSha256 }));
const shards = jobs.map((job) => ({ ...rebuildShard(job), subjects: job.subjects }));
await aggregatorReady(config);
console.log(
  'a shard rebuilt        ',
  seconds(() => rebuildShard(jobs[0])),
);
console.log(
  'the aggregator rebuilt ',
  seconds(() => buildAggregator({ ...jobs[0], shards })),
);
