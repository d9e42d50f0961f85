// What a learned aggregator costs on MovieLens 1M, beside a shard (run `npm run build` first):
//   node tools/bench/aggregators.mjs [--data FOLDER] [--runs 3]
// FOLDER holds ml-1m/; LACUNA_SHARED/data unless given. 8 shards of iALS by subject, engine loaded; seconds of the clock, and of
// the processor, to which what tidies up memory in threads of its own adds.
import { parseArgs } from 'node:util';
import { aggregatorReady, buildAggregator, rebuildShard, strategyConfig } from '#libs/learning';
import { nodeSha256 } from '#platform/crypto';
import { jobsOf, readRatings } from './movielens.mjs';
import { median, sharedOptions } from './options.mjs';

const { values: options } = parseArgs({ options: sharedOptions });

/** Medians of some runs, after one that warms up. */
function seconds(work) {
  work();
  const runs = Array.from({ length: Number(options.runs) }, () => {
    const [begin, started] = [process.cpuUsage(), performance.now()];
    work();
    const { user, system } = process.cpuUsage(begin);
    return { clock: (performance.now() - started) / 1000, processor: (user + system) / 1e6 };
  });
  const of = (which) => median(runs.map((run) => run[which])).toFixed(3);
  return `${of('clock')} s, processor ${of('processor')} s`;
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
