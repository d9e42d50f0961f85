// Speed of training two towers at the sizes of the paper, one thread, over dist (run `npm run build` first):
//   node tools/bench/two-tower.mjs [--runs 3] [--people 2000]
// Everything is included that an epoch does: draws, batches, the kernel, the read-out of all parameters. People, items and
// categories are drawn; no data set is read.
import { parseArgs } from 'node:util';
import { packRecords } from '#libs/contracts';
import { createGenesis, drawsOf, rebuildShard, strategyConfig } from '#libs/learning';
import { nodeSha256 } from '#platform/crypto';
import { median, sharedOptions } from './options.mjs';

const { values: options } = parseArgs({
  options: { ...sharedOptions, people: { type: 'string', default: '2000' } },
});
const PEOPLE = Number(options.people);
const ITEMS = 4000;
const CATEGORIES = 18;
const RECORDS = 16; // a person in a shard: more than support and query take
const PAPER = {
  embedding: 96,
  userLayers: [512, 256, 128, 64],
  itemLayers: [256, 128, 64],
  batch: 64,
  support: 7,
  queries: 1,
  negatives: 1,
};
const TRAININGS = [
  { training: 'fomaml', inBatch: 0 },
  { training: 'fomaml', inBatch: 8 },
  { training: 'fomaml-both', inBatch: 8 },
  { training: 'anil', inBatch: 0 },
];

const draws = drawsOf('01'.repeat(32))('bench', 'two-tower');
let drawn = 0;
const below = (end) => Math.floor(draws.uniform(drawn++) * end);

const items = Array.from({ length: ITEMS }, (_, at) => `item-${at}`);
const categories = items.map((_, at) => [`category-${at % CATEGORIES}`]);
const subjects = Array.from({ length: PEOPLE }, (_, at) => {
  const subject = `person-${at}`;
  const records = Array.from({ length: RECORDS }, (__, record) => {
    const label = nodeSha256(Buffer.from(`${subject} ${record}`));
    const opening = label.slice(0, 16);
    const item = items[below(ITEMS)];
    return { label, opening, item, type: 'view', time: 0, value: 1, purpose: 'bench', position: 1n };
  });
  return { subject, records: packRecords(records) };
});

function secondsOf(change, epochs) {
  const preset = strategyConfig('eemu', { purpose: 'bench' });
  const genesis = createGenesis({
    line: 'bench',
    seed: new Uint8Array(32).fill(1),
    config: { ...preset, subModel: { ...preset.subModel, ...PAPER, ...change, epochs } },
    partitionKey: new Uint8Array(32).fill(7),
    codeDigest: '0'.repeat(64),
    createdAt: '2026-01-01T00:00:00.000Z',
  });
  const seconds = [];
  let begin = 0;
  rebuildShard({ genesis, shard: 0, items, categories, subjects, hash: nodeSha256 }, ({ round }) => {
    const now = performance.now();
    if (round > 1) seconds.push((now - begin) / 1000); // by the second, V8 has optimised the kernel
    begin = now;
  });
  return median(seconds);
}

for (const change of TRAININGS) {
  const speed = PEOPLE / secondsOf(change, 1 + Number(options.runs));
  console.log(
    `${change.training}, ${change.inBatch} in-batch negatives, the paper's sizes, one thread: ${speed.toFixed(0)} people a second, median of ${options.runs} epochs`,
  );
}
