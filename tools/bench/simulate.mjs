// What an installation of a given size would need, by simulation over measured unit costs (also: npm run bench -- --simulate):
//   node tools/bench/simulate.mjs [--costs tools/bench/unit-costs.json] [--events 1e9] [--subjects 1e7] [--requests 1e5]
//     [--readers workers|keeper] [--shards 256,1024,4096] [--windows 60,600,3600] [--workers 2,4,8,16,32,64] [--seed 1] [--json]
// Requests are a day's; nothing is measured here. The same costs and seed print the same figures. docs/design/scale.md explains them.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bytesOf, simulateDay } from '#libs/capacity';
import { root, sharedOptions } from './options.mjs';

const { values: options } = parseArgs({
  options: {
    ...sharedOptions,
    costs: { type: 'string', default: path.join(root, 'tools/bench/unit-costs.json') },
    events: { type: 'string', default: '1e9' },
    subjects: { type: 'string', default: '1e7' },
    requests: { type: 'string', default: '1e5' },
    shards: { type: 'string', default: '256,1024,4096' },
    windows: { type: 'string', default: '60,600,3600' },
    workers: { type: 'string', default: '2,4,8,16,32,64' },
    readers: { type: 'string', default: 'workers' },
    days: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const DAY = 86_400;
const YEAR = 365;
const YEARS_KEPT = 1;
const numbersIn = (list) => list.split(',').map(Number);
const [records, subjects, requests] = [options.events, options.subjects, options.requests].map(Number);

const { seconds, bytes, prices, measured } = JSON.parse(readFileSync(options.costs, 'utf8'));
const valuesOf = (group) =>
  Object.fromEntries(Object.entries(group).map(([name, { value }]) => [name, value]));
const [costs, sizes, price] = [seconds, bytes, prices].map(valuesOf);

/** One choice of shards, window and workers, simulated. */
function tried(shards, window, workers) {
  const days = Number(options.days);
  const day = {
    records,
    shards,
    workers,
    readers: options.readers,
    arrivals: requests / DAY,
    window,
    seconds: days * DAY,
    seed: Number(options.seed),
  };
  const report = simulateDay(day, costs);
  const rebuildsADay = report.rebuilds / days;
  const stored = bytesOf(
    {
      records,
      subjects,
      shards,
      certificates: requests * YEAR * YEARS_KEPT,
      others: report.others,
      versions: rebuildsADay * YEAR * YEARS_KEPT,
    },
    sizes,
  );
  return {
    shards,
    window,
    workers,
    ...report,
    rebuildsADay,
    isEnough: report.backlog < 10 * window + DAY / 24,
    stored,
  };
}

const inTime = (amount) =>
  amount < 120
    ? `${amount.toFixed(0)} s`
    : amount < 7200
      ? `${(amount / 60).toFixed(0)} min`
      : `${(amount / 3600).toFixed(1)} h`;
const percent = (share) => `${(share * 100).toFixed(0)} %`;
const gigabytes = (amount) => `${(amount / 1e9).toLocaleString('en-US', { maximumFractionDigits: 1 })} GB`;
const row = (cells) => `| ${cells.join(' | ')} |`;

/** The fewest workers with which everything is done in time; the last choice where none is enough. */
function fewest(shards, window) {
  let last;
  for (const workers of numbersIn(options.workers)) {
    last = tried(shards, window, workers);
    if (last.isEnough) break;
  }
  return last;
}

function print(results) {
  console.log(
    `${records.toExponential(0)} events of ${subjects.toExponential(0)} people, ${requests.toExponential(0)} requests a day; unit costs measured on ${measured.on} (${measured.processor}).\n`,
  );
  console.log(
    row([
      'shards',
      'window',
      'workers',
      'rebuilds a day',
      'shards each',
      'to certificate, p50',
      'p99',
      'workers busy',
      'keeper busy',
      'enough',
    ]),
  );
  console.log(row(Array(10).fill('---')));
  for (const one of results)
    console.log(
      row([
        one.shards,
        inTime(one.window),
        one.workers,
        Math.round(one.rebuildsADay),
        Math.round(one.shardsARebuild),
        inTime(one.toCertificate.p50),
        inTime(one.toCertificate.p99),
        percent(one.workersBusy),
        percent(one.keeperBusy),
        one.isEnough ? 'yes' : 'no',
      ]),
    );
}

function printStorage({ stored, workers }) {
  const total = Object.values(stored).reduce((sum, one) => sum + one, 0);
  console.log(`\nStored, with the certificates of ${YEARS_KEPT} year:\n`);
  console.log(row(['store', 'size']));
  console.log(row(['---', '---']));
  for (const [name, size] of Object.entries(stored)) console.log(row([name, gigabytes(size)]));
  console.log(row(['all', gigabytes(total)]));
  const perMonth = workers * price.workerMonth + price.keeperMonth + (total / 1e9) * price.gigabyteMonth;
  console.log(
    `\nA month: ${workers} workers, one keeper, storage: ${Math.round(perMonth).toLocaleString('en-US')} ${prices.workerMonth.unit.split('/')[0]} at the assumed prices, ` +
      `${((perMonth / (requests * 30)) * 1000).toFixed(2)} for a thousand requests.`,
  );
}

const results = numbersIn(options.windows).flatMap((window) =>
  numbersIn(options.shards).map((shards) => fewest(shards, window)),
);
const best = results
  .filter(({ isEnough }) => isEnough)
  .sort((a, b) => a.workers - b.workers || a.toCertificate.p99 - b.toCertificate.p99)[0];
if (options.json) console.log(JSON.stringify(results, undefined, 2));
else {
  print(results);
  if (best === undefined)
    console.log('\nNone of these is enough: more comes than the keeper alone can finish.');
  else printStorage(best);
}
