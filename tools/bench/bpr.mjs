// Speed of the BPR kernel on one thread, over dist (run `npm run build` first):
//   node tools/bench/bpr.mjs [--runs 3] [--dimensions 64]
// People, items and pairs are as many as in ML-1M, drawn so that few items are met often; no data set is read.
import { parseArgs } from 'node:util';
import { BprTraining } from '#libs/kernels';
import { drawsOf } from '#libs/learning';
import { median, sharedOptions } from './options.mjs';

const { values: options } = parseArgs({
  options: { ...sharedOptions, dimensions: { type: 'string', default: '64' } },
});
const PEOPLE = 6040;
const ITEMS = 3706;
const PAIRS = 1_000_209;
const WARM_UP = 2; // epochs until V8 has optimised the kernel

const draws = drawsOf('01'.repeat(32))('bench', 'bpr');
let drawn = 0;
const uniform = () => draws.uniform(drawn++);

function pairs() {
  const rows = Array.from({ length: PEOPLE }, () => new Set());
  for (let left = PAIRS; left > 0;) {
    const row = rows[Math.floor(PEOPLE * uniform() ** 2)];
    const before = row.size;
    if (before < ITEMS / 2) left -= row.add(Math.floor(ITEMS * uniform() ** 2)).size - before;
  }
  const offsets = new Uint32Array(PEOPLE + 1);
  rows.forEach(({ size }, at) => (offsets[at + 1] = offsets[at] + size));
  return { offsets, indices: Uint32Array.from(rows.flatMap((row) => [...row].sort((a, b) => a - b))) };
}

const dimensions = Number(options.dimensions);
const words = (length) => Uint32Array.from({ length }, () => uniform() * 2 ** 32);
const factors = (rows) => Float32Array.from({ length: rows * dimensions }, () => 0.05 * (uniform() - 0.5));
const training = new BprTraining({
  dimensions,
  ...pairs(),
  keys: words(4 * PEOPLE),
  names: words(ITEMS),
  people: factors(PEOPLE),
  items: factors(ITEMS),
  learningRate: 0.1,
  regularization: 0.01,
});
const order = Uint32Array.from({ length: PEOPLE }, (_, at) => at);
const seconds = [];
for (let epoch = 0; epoch < WARM_UP + Number(options.runs); epoch++) {
  const begin = performance.now();
  training.epoch(epoch, order);
  seconds.push((performance.now() - begin) / 1000);
}
const speed = PAIRS / median(seconds.slice(WARM_UP)) / 1e6;
console.log(
  `BPR, d = ${dimensions}, one thread: ${speed.toFixed(2)} million samples a second, median of ${options.runs} epochs`,
);
