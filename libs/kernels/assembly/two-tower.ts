/*
 * Two towers of dense layers over embeddings, trained episodically: forward and backward passes, one inner step a person, Adam. In 32-bit
 * floats and 128-bit SIMD without relaxed operations, so that the same bytes come out on every machine. `two-tower.reference.ts`
 * says the same in plain loops and agrees bit for bit.
 *
 * The tables of embeddings, the parameters and Adam's moments stay in this memory between calls. A call of `step` is one step of
 * Adam, for a batch of people (episodes). Every pass of the batch through a layer is one matrix product; the inner step changes a layer's
 * weights by a matrix of rank one, W − α·a·δᵀ, so that adapted weights are never written down. Where the item tower is adapted, too,
 * its layers change by one such matrix for each item of the support, in the order of the support.
 *
 * Where the catalogue has features of people, the input of the user tower is the person's row of the people's table and, behind it, the mean
 * of the embeddings of the person's features. The inner step leaves that mean as it is, as it leaves embeddings of items and categories.
 *
 * Layout: matrices are row-major without gaps; a layer's weights are inputs × outputs, its biases stand behind them. Widths are multiples
 * of 4. Buffers of rows have room for a multiple of 4 rows; what stands in the spare rows is never read by a row that counts.
 * The plan, written by the wrapper, says where everything is: see the constants below. The wrapper checks every argument.
 *
 * Order of summation: an element of a matrix product begins with the bias or 0 and adds its terms in ascending order of the summed index.
 * In an inner product of two rows (scores, and the factors of rank-one terms) lane l sums the terms j ≡ l mod 4 in ascending j, and the
 * lanes are then added as (l0 + l1) + (l2 + l3). Means are sums in the order of the list, multiplied by 1/n. Gradients are sums over the
 * batch: people in order, a person's query pairs in order.
 */
import { lanesSum } from './lanes';

// Words of the plan.
const EMBEDDING: i32 = 0;
const CATEGORIES: i32 = 1;
const CATEGORY_OFFSETS: i32 = 2;
const CATEGORY_INDICES: i32 = 3;
const PEOPLE_TABLE: i32 = 4;
const ITEM_TABLE: i32 = 5;
const CATEGORY_TABLE: i32 = 6;
const DENSE: i32 = 7;
const DENSE_LENGTH: i32 = 8;
/** Bytes from a parameter to its first moment, and to its second. */
const TO_FIRST: i32 = 9;
const TO_SECOND: i32 = 10;
const CATEGORY_GRADIENT: i32 = 11;
const DENSE_GRADIENT: i32 = 12;
const TOUCHED: i32 = 13; // one word a category
const PANEL: i32 = 14;
const USER_TOWER: i32 = 15;
const ITEM_TOWER: i32 = 16;
const POOL_MEAN: i32 = 17;
const SCORES: i32 = 18; // of the slots that are candidates, for one person
const NEGATIVES: i32 = 19; // slot of each query pair's negative, or NONE
const FEATURES: i32 = 20;
const FEATURE_TABLE: i32 = 21;
const FEATURE_GRADIENT: i32 = 22;
const FEATURES_TOUCHED: i32 = 23; // one word a feature

// Words of a tower: how many layers, then a record for each level, the input being level 0.
const LAYERS: i32 = 0;
const FIRST_LEVEL: usize = 16; // bytes
const LEVEL: usize = 40; // bytes
// Words of a level.
const WIDTH: i32 = 0;
const WEIGHTS: i32 = 1;
const TRANSPOSED: i32 = 2;
const GRADIENT: i32 = 3;
const OUTPUT: i32 = 4;
const DELTA: i32 = 5;
const ADAPTED: i32 = 6; // output with the weights of the inner step: of people, or of the items of query pairs
const ADAPTED_DELTA: i32 = 7;
const SUPPORT_OUTPUT: i32 = 8; // of the item tower only: a row for each entry of the supports
const SUPPORT_DELTA: i32 = 9; // of the inner loss

// Words of a batch.
const EPISODES: i32 = 0;
const PEOPLE: i32 = 1; // row of each episode
const SLOTS: i32 = 2;
const ITEMS: i32 = 3; // row of each slot
const TRAINED: i32 = 4; // slots that a query or the pool names: they come first
const POOL: i32 = 5; // the first slots are the pool
const SUPPORT_OFFSETS: i32 = 6;
const SUPPORT: i32 = 7;
const QUERY_OFFSETS: i32 = 8;
const QUERY: i32 = 9;
const EXCLUDED: i32 = 10; // episodes × trained bytes: 1 where the person has met the item
const CANDIDATES: i32 = 11; // of the pool, a query pair
const IN_BATCH: i32 = 12; // of the trained slots behind the pool, a query pair
const SHARED: i32 = 13; // 1 where all episodes begin from row 0
const FEATURE_OFFSETS: i32 = 14; // of each episode's features
const FEATURE_INDICES: i32 = 15;

const PLAIN: i32 = 0;
const FOMAML: i32 = 1;
const FOMAML_BOTH: i32 = 3;

const NONE: u32 = 0xffffffff;

const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.999;
const EPSILON: f32 = 1e-8;

let plan: usize = 0;
let decay: f32 = 0;

// @ts-ignore: decorator
@inline
function word(base: usize, index: i32): u32 {
  return load<u32>(base + (<usize>index << 2));
}

// @ts-ignore: decorator
@inline
function level(tower: usize, index: i32): usize {
  return tower + FIRST_LEVEL + <usize>index * LEVEL;
}

/** acc + s·v; the product is rounded first. */
// @ts-ignore: decorator
@inline
function step4(acc: v128, s: v128, v: v128): v128 {
  return f32x4.add(acc, f32x4.mul(s, v));
}

function inner(a: usize, b: usize, width: i32): f32 {
  let sum = f32x4.splat(0);
  const bytes = <usize>width << 2;
  for (let at: usize = 0; at < bytes; at += 16) sum = step4(sum, v128.load(a + at), v128.load(b + at));
  return lanesSum(sum);
}

/** to += s·from. */
function addScaled(to: usize, s: f32, from: usize, width: i32): void {
  const bytes = <usize>width << 2;
  const scale = f32x4.splat(s);
  for (let at: usize = 0; at < bytes; at += 16)
    v128.store(to + at, step4(v128.load(to + at), scale, v128.load(from + at)));
}

/** Four rows and eight columns of c; the eight sums stay in registers. */
function tile4x8(c: usize, stride: usize, left: usize, byRow: usize, byTerm: usize, panel: usize, depth: i32, start: usize): void {
  let a0 = start ? v128.load(start) : f32x4.splat(0);
  let a1 = start ? v128.load(start, 16) : f32x4.splat(0);
  let b0 = a0;
  let b1 = a1;
  let c0 = a0;
  let c1 = a1;
  let e0 = a0;
  let e1 = a1;
  let l0 = left;
  let l1 = l0 + byRow;
  let l2 = l1 + byRow;
  let l3 = l2 + byRow;
  const end = panel + (<usize>depth << 5);
  for (let right = panel; right < end; right += 32) {
    const v0 = v128.load(right);
    const v1 = v128.load(right, 16);
    let s = v128.load32_splat(l0);
    a0 = step4(a0, s, v0);
    a1 = step4(a1, s, v1);
    s = v128.load32_splat(l1);
    b0 = step4(b0, s, v0);
    b1 = step4(b1, s, v1);
    s = v128.load32_splat(l2);
    c0 = step4(c0, s, v0);
    c1 = step4(c1, s, v1);
    s = v128.load32_splat(l3);
    e0 = step4(e0, s, v0);
    e1 = step4(e1, s, v1);
    l0 += byTerm;
    l1 += byTerm;
    l2 += byTerm;
    l3 += byTerm;
  }
  v128.store(c, a0);
  v128.store(c, a1, 16);
  v128.store(c + stride, b0);
  v128.store(c + stride, b1, 16);
  v128.store(c + 2 * stride, c0);
  v128.store(c + 2 * stride, c1, 16);
  v128.store(c + 3 * stride, e0);
  v128.store(c + 3 * stride, e1, 16);
}

/** Four rows and four columns of c. */
function tile4x4(c: usize, stride: usize, left: usize, byRow: usize, byTerm: usize, panel: usize, depth: i32, start: usize): void {
  let a = start ? v128.load(start) : f32x4.splat(0);
  let b = a;
  let d = a;
  let e = a;
  let l = left;
  const end = panel + (<usize>depth << 4);
  for (let right = panel; right < end; right += 16) {
    const v = v128.load(right);
    a = step4(a, v128.load32_splat(l), v);
    b = step4(b, v128.load32_splat(l + byRow), v);
    d = step4(d, v128.load32_splat(l + 2 * byRow), v);
    e = step4(e, v128.load32_splat(l + 3 * byRow), v);
    l += byTerm;
  }
  v128.store(c, a);
  v128.store(c + stride, b);
  v128.store(c + 2 * stride, d);
  v128.store(c + 3 * stride, e);
}

/**
 * c[i][j] := start[j] + Σ_k left(i, k)·right[k][j] for `rows` rows, rounded up to a multiple of 4. left(i, k) stands at
 * left + i·byRow + k·byTerm. Columns of `right` are copied together first, so that they lie in the cache in the order they are read in.
 *
 * @param start one float a column, or 0 for zeros
 */
function multiply(c: usize, left: usize, byRow: usize, byTerm: usize, right: usize, rows: i32, columns: i32, depth: i32, start: usize): void {
  const stride = <usize>columns << 2;
  const panel = <usize>word(plan, PANEL);
  let j = 0;
  for (; j + 8 <= columns; j += 8) {
    const from = right + (<usize>j << 2);
    for (let k = 0; k < depth; k++) {
      v128.store(panel + (<usize>k << 5), v128.load(from + <usize>k * stride));
      v128.store(panel + (<usize>k << 5), v128.load(from + <usize>k * stride, 16), 16);
    }
    const bias = start ? start + (<usize>j << 2) : 0;
    for (let i = 0; i < rows; i += 4)
      tile4x8(c + <usize>i * stride + (<usize>j << 2), stride, left + <usize>i * byRow, byRow, byTerm, panel, depth, bias);
  }
  if (j === columns) return;
  const from = right + (<usize>j << 2);
  for (let k = 0; k < depth; k++) v128.store(panel + (<usize>k << 4), v128.load(from + <usize>k * stride));
  const bias = start ? start + (<usize>j << 2) : 0;
  for (let i = 0; i < rows; i += 4)
    tile4x4(c + <usize>i * stride + (<usize>j << 2), stride, left + <usize>i * byRow, byRow, byTerm, panel, depth, bias);
}

function transposeLayers(tower: usize): void {
  const layers = <i32>word(tower, LAYERS);
  for (let l = 1; l <= layers; l++) {
    const at = level(tower, l);
    const rows = word(level(tower, l - 1), WIDTH);
    const columns = word(at, WIDTH);
    const from = <usize>word(at, WEIGHTS);
    const to = <usize>word(at, TRANSPOSED);
    for (let i: u32 = 0; i < rows; i++)
      for (let j: u32 = 0; j < columns; j++)
        store<f32>(to + (<usize>(j * rows + i) << 2), load<f32>(from + (<usize>(i * columns + j) << 2)));
  }
}

function rectify(at: usize, floats: i32): void {
  const zero = f32x4.splat(0);
  const end = at + (<usize>floats << 2);
  // a > 0 ? a : 0, so that −0 becomes 0
  for (; at < end; at += 16) {
    const v = v128.load(at);
    v128.store(at, v128.and(v, f32x4.gt(v, zero)));
  }
}

/** Where outputs are not positive, ReLU passes nothing back. */
function maskByOutput(delta: usize, output: usize, floats: i32): void {
  const zero = f32x4.splat(0);
  const bytes = <usize>floats << 2;
  for (let at: usize = 0; at < bytes; at += 16)
    v128.store(delta + at, v128.and(v128.load(delta + at), f32x4.gt(v128.load(output + at), zero)));
}

/** Outputs of layer l from those of the layer before, of the kind `which` (OUTPUT or ADAPTED). ReLU is not applied yet. */
function linear(tower: usize, l: i32, which: i32, rows: i32): void {
  const before = level(tower, l - 1);
  const at = level(tower, l);
  const inputs = <i32>word(before, WIDTH);
  const outputs = <i32>word(at, WIDTH);
  const weights = <usize>word(at, WEIGHTS);
  const bias = weights + (<usize>(inputs * outputs) << 2);
  multiply(word(at, which), word(before, which), <usize>inputs << 2, 4, weights, rows, outputs, inputs, bias);
}

function forward(tower: usize, rows: i32): void {
  const layers = <i32>word(tower, LAYERS);
  for (let l = 1; l <= layers; l++) {
    linear(tower, l, OUTPUT, rows);
    if (l < layers) rectify(word(level(tower, l), OUTPUT), rows * <i32>word(level(tower, l), WIDTH));
  }
}

/** δ of layer l − 1, before ReLU's mask, from that of layer l. */
function deltaBefore(tower: usize, l: i32, which: i32, rows: i32): void {
  const before = level(tower, l - 1);
  const at = level(tower, l);
  const inputs = <i32>word(before, WIDTH);
  const outputs = <i32>word(at, WIDTH);
  multiply(word(before, which), word(at, which), <usize>outputs << 2, 4, word(at, TRANSPOSED), rows, inputs, outputs, 0);
}

function maskLevel(tower: usize, l: i32, delta: i32, output: i32, rows: i32): void {
  if (l === 0) return;
  const at = level(tower, l);
  maskByOutput(word(at, delta), word(at, output), rows * <i32>word(at, WIDTH));
}

/** Gradient of layer l's weights and biases: inputs of the kind `input`, δ of the kind `delta`, summed over the rows in order. */
function layerGradient(tower: usize, l: i32, input: i32, delta: i32, rows: i32): void {
  const before = level(tower, l - 1);
  const at = level(tower, l);
  const inputs = <i32>word(before, WIDTH);
  const outputs = <i32>word(at, WIDTH);
  const deltas = <usize>word(at, delta);
  const gradient = <usize>word(at, GRADIENT);
  multiply(gradient, word(before, input), 4, <usize>inputs << 2, deltas, inputs, outputs, rows, 0);
  const bias = gradient + (<usize>(inputs * outputs) << 2);
  memory.fill(bias, 0, <usize>outputs << 2);
  for (let row = 0; row < rows; row++)
    addScaled(bias, 1, deltas + (<usize>(row * outputs) << 2), outputs);
}

/** Inputs of the item tower: the item's embedding, and where the catalogue has categories the mean of its categories' embeddings. */
function gatherItems(items: usize, count: i32): void {
  const d = <i32>word(plan, EMBEDDING);
  const bytes = <usize>d << 2;
  const tower = <usize>word(plan, ITEM_TOWER);
  const width = <usize>word(level(tower, 0), WIDTH) << 2;
  let to = <usize>word(level(tower, 0), OUTPUT);
  for (let slot = 0; slot < count; slot++, to += width) {
    const item = word(items, slot);
    memory.copy(to, word(plan, ITEM_TABLE) + <usize>item * bytes, bytes);
    if (word(plan, CATEGORIES) === 0) continue;
    const first = word(word(plan, CATEGORY_OFFSETS), item);
    const end = word(word(plan, CATEGORY_OFFSETS), item + 1);
    meanOfRows(to + bytes, word(plan, CATEGORY_TABLE), word(plan, CATEGORY_INDICES), first, end, d);
  }
}

/** to := the mean of the rows that indices[first … end) name; zeros where there are none. */
function meanOfRows(to: usize, table: usize, indices: usize, first: u32, end: u32, d: i32): void {
  const bytes = <usize>d << 2;
  memory.fill(to, 0, bytes);
  if (first === end) return;
  for (let at = first; at < end; at++) addScaled(to, 1, table + <usize>word(indices, at) * bytes, d);
  scale(to, <f32>1 / <f32>(end - first), d);
}

function scale(at: usize, s: f32, width: i32): void {
  const end = at + (<usize>width << 2);
  for (; at < end; at += 16) v128.store(at, f32x4.mul(v128.load(at), f32x4.splat(s)));
}

/** Inputs of the user tower: the person's row, and where the catalogue has features the mean of the embeddings of the person's features. */
function gatherPeople(people: usize, featureOffsets: usize, features: usize, count: i32): void {
  const d = <i32>word(plan, EMBEDDING);
  const bytes = <usize>d << 2;
  const input = level(word(plan, USER_TOWER), 0);
  const width = <usize>word(input, WIDTH) << 2;
  let to = <usize>word(input, OUTPUT);
  for (let row = 0; row < count; row++, to += width) {
    memory.copy(to, word(plan, PEOPLE_TABLE) + <usize>word(people, row) * bytes, bytes);
    if (word(plan, FEATURES) === 0) continue;
    meanOfRows(to + bytes, word(plan, FEATURE_TABLE), features, word(featureOffsets, row), word(featureOffsets, row + 1), d);
  }
}

/** The inner step does not reach the mean of the features: takes its δ out of the input's. */
function keepFeatures(input: usize, rows: i32): void {
  if (word(plan, FEATURES) === 0) return;
  const bytes = <usize>word(plan, EMBEDDING) << 2;
  const width = <usize>word(input, WIDTH) << 2;
  for (let row = 0; row < rows; row++) memory.fill(word(input, DELTA) + <usize>row * width + bytes, 0, bytes);
}

/** Mean of the first `count` rows of the item tower's outputs. */
function meanOfPool(count: i32): void {
  const tower = <usize>word(plan, ITEM_TOWER);
  const top = level(tower, word(tower, LAYERS));
  const width = <i32>word(top, WIDTH);
  const mean = <usize>word(plan, POOL_MEAN);
  memory.fill(mean, 0, <usize>width << 2);
  for (let row = 0; row < count; row++)
    addScaled(mean, 1, word(top, OUTPUT) + (<usize>(row * width) << 2), width);
  scale(mean, <f32>1 / <f32>count, width);
}

/**
 * δ of the inner loss at the person's output z: (1/n) Σ_k max(0, margin − z·y_k + z·ȳ) over the support, ȳ being the mean of the pool.
 */
function innerDelta(z: usize, outputs: usize, support: usize, count: i32, margin: f32, delta: usize, width: i32): void {
  const mean = <usize>word(plan, POOL_MEAN);
  memory.fill(delta, 0, <usize>width << 2);
  if (count === 0) return;
  const opposite = inner(z, mean, width);
  for (let k = 0; k < count; k++) {
    const y = outputs + (<usize>(word(support, k) * width) << 2);
    if (!(margin - inner(z, y, width) + opposite > 0)) continue;
    addScaled(delta, 1, mean, width);
    addScaled(delta, -1, y, width);
  }
  scale(delta, <f32>1 / <f32>count, width);
}

/** Takes the rank-one term of the inner step off layer l's adapted outputs: α·δ·(a·a′ + 1), the 1 being the bias. */
function adaptLayer(tower: usize, l: i32, input: i32, rows: i32, rate: f32): void {
  const before = level(tower, l - 1);
  const at = level(tower, l);
  const inputs = <i32>word(before, WIDTH);
  const outputs = <i32>word(at, WIDTH);
  for (let row = 0; row < rows; row++) {
    const meta = word(before, OUTPUT) + (<usize>(row * inputs) << 2);
    const now = word(before, input) + (<usize>(row * inputs) << 2);
    const likeness: f32 = inner(meta, now, inputs) + 1;
    const offset = <usize>(row * outputs) << 2;
    addScaled(word(at, ADAPTED) + offset, -(rate * likeness), word(at, DELTA) + offset, outputs);
  }
}

/** From δ at the top: the inner step on every layer and on the person's embedding, and the outputs at the weights that it leads to. */
function adaptAll(tower: usize, rows: i32, rate: f32): void {
  const layers = <i32>word(tower, LAYERS);
  for (let l = layers; l > 0; l--) {
    deltaBefore(tower, l, DELTA, rows);
    maskLevel(tower, l - 1, DELTA, OUTPUT, rows);
  }
  const input = level(tower, 0);
  const floats = rows * <i32>word(input, WIDTH);
  keepFeatures(input, rows);
  memory.copy(word(input, ADAPTED), word(input, OUTPUT), <usize>floats << 2);
  addScaled(word(input, ADAPTED), -rate, word(input, DELTA), floats);
  for (let l = 1; l <= layers; l++) {
    linear(tower, l, ADAPTED, rows);
    adaptLayer(tower, l, ADAPTED, rows, rate);
    if (l < layers) rectify(word(level(tower, l), ADAPTED), rows * <i32>word(level(tower, l), WIDTH));
  }
}

/** Without an inner step, or with one on the last layer only, the outputs below are those of the meta weights. */
function adaptHead(tower: usize, rows: i32, rate: f32, training: i32): void {
  const layers = <i32>word(tower, LAYERS);
  for (let l = 0; l <= layers; l++) {
    const at = level(tower, l);
    memory.copy(word(at, ADAPTED), word(at, OUTPUT), <usize>(rows * <i32>word(at, WIDTH)) << 2);
  }
  if (training !== PLAIN) adaptLayer(tower, layers, OUTPUT, rows, rate);
}

/** Whether the inner step reaches all of the user side. */
// @ts-ignore: decorator
@inline
function reachesAll(training: i32): bool {
  return training === FOMAML || training === FOMAML_BOTH;
}

function adapt(tower: usize, rows: i32, rate: f32, training: i32): void {
  if (reachesAll(training)) adaptAll(tower, rows, rate);
  else adaptHead(tower, rows, rate, training);
}

/**
 * The slot of the greatest score among `best` and `count` of the `length` slots from `base` on: those from `first` on, cyclically, that
 * the person has not met. The first of equals; NONE where there is none.
 */
function hardest(scores: usize, excluded: usize, base: u32, length: u32, first: u32, count: u32, best: u32): u32 {
  let at = first;
  for (let n: u32 = 0; n < count; n++) {
    const slot = base + at;
    if (load<u8>(excluded + slot) === 0)
      if (best === NONE || load<f32>(scores + (<usize>slot << 2)) > load<f32>(scores + (<usize>best << 2))) best = slot;
    if (++at === length) at = 0;
  }
  return best;
}

/** Of each query pair of a person the negative: the hardest of its candidates in the pool, then of those behind the pool. */
function chooseNegatives(batch: usize, episode: i32): void {
  const userTop = level(word(plan, USER_TOWER), word(word(plan, USER_TOWER), LAYERS));
  const itemTop = level(word(plan, ITEM_TOWER), word(word(plan, ITEM_TOWER), LAYERS));
  const width = <i32>word(userTop, WIDTH);
  const bytes = <usize>width << 2;
  const z = word(userTop, ADAPTED) + <usize>episode * bytes;
  const trained = word(batch, TRAINED);
  const pool = word(batch, POOL);
  const behind = trained - pool;
  const candidates = word(batch, CANDIDATES);
  const inBatch = min<u32>(word(batch, IN_BATCH), behind);
  const scores = <usize>word(plan, SCORES);
  const outputs = <usize>word(itemTop, OUTPUT);
  const scored = inBatch > 0 ? trained : pool;
  for (let slot: u32 = 0; slot < scored; slot++)
    store<f32>(scores + (<usize>slot << 2), inner(z, outputs + <usize>slot * bytes, width));
  const excluded = word(batch, EXCLUDED) + <usize>(<u32>episode * trained);
  const end = word(word(batch, QUERY_OFFSETS), episode + 1);
  for (let at = word(word(batch, QUERY_OFFSETS), episode); at < end; at++) {
    let best = hardest(scores, excluded, 0, pool, (at * candidates) % pool, candidates, NONE);
    if (inBatch > 0) best = hardest(scores, excluded, pool, behind, (at * inBatch) % behind, inBatch, best);
    store<u32>(word(plan, NEGATIVES) + (<usize>at << 2), best);
  }
}

/** δ at the top of both towers for one person's query pairs: Σ max(0, margin − z·y⁺ + z·y⁻). @returns the loss */
function queryDeltas(batch: usize, episode: i32, margin: f32): f32 {
  const userTop = level(word(plan, USER_TOWER), word(word(plan, USER_TOWER), LAYERS));
  const itemTop = level(word(plan, ITEM_TOWER), word(word(plan, ITEM_TOWER), LAYERS));
  const width = <i32>word(userTop, WIDTH);
  const bytes = <usize>width << 2;
  const z = word(userTop, ADAPTED) + <usize>episode * bytes;
  const toZ = word(userTop, ADAPTED_DELTA) + <usize>episode * bytes;
  const outputs = <usize>word(itemTop, OUTPUT);
  const deltas = <usize>word(itemTop, DELTA);
  memory.fill(toZ, 0, bytes);
  let loss: f32 = 0;
  const end = word(word(batch, QUERY_OFFSETS), episode + 1);
  for (let at = word(word(batch, QUERY_OFFSETS), episode); at < end; at++) {
    const negative = word(word(plan, NEGATIVES), at);
    if (negative === NONE) continue;
    const positive = <usize>word(word(batch, QUERY), at) * bytes;
    const opposite = <usize>negative * bytes;
    const hinge: f32 = margin - inner(z, outputs + positive, width) + inner(z, outputs + opposite, width);
    if (!(hinge > 0)) continue;
    loss += hinge;
    addScaled(toZ, 1, outputs + opposite, width);
    addScaled(toZ, -1, outputs + positive, width);
    addScaled(deltas + opposite, 1, z, width);
    addScaled(deltas + positive, -1, z, width);
  }
  return loss;
}

/*
 * The inner step on the item tower. Its layers change by −α·Σ_s a_s·δ_sᵀ, s being the items of the support and δ_s the way back of
 * −z/n, where the hinge of s is open; the mean of the pool counts as constant there. Embeddings of items and categories stay: those of
 * the support are asked about by nobody. Adapted are the rows that the loss needs: of query pair q, row 2q the positive, 2q + 1 the negative.
 */

/** Outputs of the supports' items at every level, and δ of the inner loss at each, from z. */
function itemInner(batch: usize, episodes: i32, margin: f32): void {
  const tower = <usize>word(plan, ITEM_TOWER);
  const layers = <i32>word(tower, LAYERS);
  const users = <usize>word(plan, USER_TOWER);
  const userTop = level(users, word(users, LAYERS));
  const offsets = <usize>word(batch, SUPPORT_OFFSETS);
  const total = <i32>word(offsets, episodes);
  for (let l = 0; l <= layers; l++) {
    const at = level(tower, l);
    const bytes = <usize>word(at, WIDTH) << 2;
    for (let entry = 0; entry < total; entry++)
      memory.copy(
        word(at, SUPPORT_OUTPUT) + <usize>entry * bytes,
        word(at, OUTPUT) + <usize>word(word(batch, SUPPORT), entry) * bytes,
        bytes,
      );
  }
  const bytes = <usize>word(userTop, WIDTH) << 2;
  for (let episode = 0; episode < episodes; episode++) {
    const first = word(offsets, episode);
    supportDeltas(word(userTop, OUTPUT) + <usize>episode * bytes, first, word(offsets, episode + 1) - first, margin);
  }
  itemInnerBackward(total);
}

/** δ at the top of the item tower for the support entries of one person. */
function supportDeltas(z: usize, first: u32, count: i32, margin: f32): void {
  const tower = <usize>word(plan, ITEM_TOWER);
  const top = level(tower, word(tower, LAYERS));
  const width = <i32>word(top, WIDTH);
  const bytes = <usize>width << 2;
  const outputs = word(top, SUPPORT_OUTPUT) + <usize>first * bytes;
  const deltas = word(top, SUPPORT_DELTA) + <usize>first * bytes;
  memory.fill(deltas, 0, <usize>count * bytes);
  const opposite = inner(z, word(plan, POOL_MEAN), width);
  const share: f32 = -(<f32>1 / <f32>count);
  for (let k = 0; k < count; k++)
    if (margin - inner(z, outputs + <usize>k * bytes, width) + opposite > 0)
      addScaled(deltas + <usize>k * bytes, share, z, width);
}

function itemInnerBackward(rows: i32): void {
  const tower = <usize>word(plan, ITEM_TOWER);
  for (let l = <i32>word(tower, LAYERS); l > 1; l--) {
    deltaBefore(tower, l, SUPPORT_DELTA, rows);
    maskLevel(tower, l - 1, SUPPORT_DELTA, SUPPORT_OUTPUT, rows);
  }
}

/** Takes the terms of the support entries [first, end) off the adapted outputs of layer l, rows [from, to). */
function adaptItems(l: i32, first: u32, end: u32, from: u32, to: u32, rate: f32): void {
  const tower = <usize>word(plan, ITEM_TOWER);
  const before = level(tower, l - 1);
  const at = level(tower, l);
  const inputs = <i32>word(before, WIDTH);
  const outputs = <i32>word(at, WIDTH);
  for (let row = from; row < to; row++) {
    const now = word(before, ADAPTED) + (<usize>row * <usize>inputs << 2);
    for (let s = first; s < end; s++) {
      const likeness: f32 = inner(word(before, SUPPORT_OUTPUT) + (<usize>s * <usize>inputs << 2), now, inputs) + 1;
      const step = word(at, SUPPORT_DELTA) + (<usize>s * <usize>outputs << 2);
      addScaled(word(at, ADAPTED) + (<usize>row * <usize>outputs << 2), -(rate * likeness), step, outputs);
    }
  }
}

/** The items of all query pairs, adapted for whom they are asked about. A pair without a negative has its positive in both rows. */
function forwardAdaptedPairs(batch: usize, episodes: i32, rate: f32): void {
  const tower = <usize>word(plan, ITEM_TOWER);
  const layers = <i32>word(tower, LAYERS);
  const input = level(tower, 0);
  const bytes = <usize>word(input, WIDTH) << 2;
  const pairs = word(word(batch, QUERY_OFFSETS), episodes);
  for (let at: u32 = 0; at < pairs; at++) {
    const positive = word(word(batch, QUERY), at);
    const negative = word(word(plan, NEGATIVES), at);
    const to = word(input, ADAPTED) + <usize>(2 * at) * bytes;
    memory.copy(to, word(input, OUTPUT) + <usize>positive * bytes, bytes);
    memory.copy(to + bytes, word(input, OUTPUT) + <usize>(negative === NONE ? positive : negative) * bytes, bytes);
  }
  const rows = <i32>(2 * pairs);
  for (let l = 1; l <= layers; l++) {
    linear(tower, l, ADAPTED, rows);
    for (let episode = 0; episode < episodes; episode++)
      adaptItems(
        l,
        word(word(batch, SUPPORT_OFFSETS), episode),
        word(word(batch, SUPPORT_OFFSETS), episode + 1),
        2 * word(word(batch, QUERY_OFFSETS), episode),
        2 * word(word(batch, QUERY_OFFSETS), episode + 1),
        rate,
      );
    if (l < layers) rectify(word(level(tower, l), ADAPTED), rows * <i32>word(level(tower, l), WIDTH));
  }
}

/** As queryDeltas, at the adapted outputs of the items. */
function adaptedQueryDeltas(batch: usize, episode: i32, margin: f32): f32 {
  const userTop = level(word(plan, USER_TOWER), word(word(plan, USER_TOWER), LAYERS));
  const itemTop = level(word(plan, ITEM_TOWER), word(word(plan, ITEM_TOWER), LAYERS));
  const width = <i32>word(userTop, WIDTH);
  const bytes = <usize>width << 2;
  const z = word(userTop, ADAPTED) + <usize>episode * bytes;
  const toZ = word(userTop, ADAPTED_DELTA) + <usize>episode * bytes;
  memory.fill(toZ, 0, bytes);
  let loss: f32 = 0;
  const end = word(word(batch, QUERY_OFFSETS), episode + 1);
  for (let at = word(word(batch, QUERY_OFFSETS), episode); at < end; at++) {
    const positive = word(itemTop, ADAPTED) + <usize>(2 * at) * bytes;
    const delta = word(itemTop, ADAPTED_DELTA) + <usize>(2 * at) * bytes;
    memory.fill(delta, 0, 2 * bytes);
    if (word(word(plan, NEGATIVES), at) === NONE) continue;
    const hinge: f32 = margin - inner(z, positive, width) + inner(z, positive + bytes, width);
    if (!(hinge > 0)) continue;
    loss += hinge;
    addScaled(toZ, 1, positive + bytes, width);
    addScaled(toZ, -1, positive, width);
    addScaled(delta, -1, z, width);
    addScaled(delta + bytes, 1, z, width);
  }
  return loss;
}

/** Gradients at the adapted weights: of the layers of the item tower, and of the embeddings, summed over rows that share them. */
function adaptedItemBackward(batch: usize, episodes: i32, rate: f32): void {
  const tower = <usize>word(plan, ITEM_TOWER);
  const pairs = word(word(batch, QUERY_OFFSETS), episodes);
  const rows = <i32>(2 * pairs);
  for (let l = <i32>word(tower, LAYERS); l > 0; l--) {
    layerGradient(tower, l, ADAPTED, ADAPTED_DELTA, rows);
    deltaBefore(tower, l, ADAPTED_DELTA, rows);
    for (let episode = 0; episode < episodes; episode++)
      throughItemTerms(
        l,
        word(word(batch, SUPPORT_OFFSETS), episode),
        word(word(batch, SUPPORT_OFFSETS), episode + 1),
        2 * word(word(batch, QUERY_OFFSETS), episode),
        2 * word(word(batch, QUERY_OFFSETS), episode + 1),
        rate,
      );
    maskLevel(tower, l - 1, ADAPTED_DELTA, ADAPTED, rows);
  }
  const input = level(tower, 0);
  const width = <i32>word(input, WIDTH);
  const bytes = <usize>width << 2;
  memory.fill(word(input, DELTA), 0, <usize>word(batch, TRAINED) * bytes);
  for (let at: u32 = 0; at < pairs; at++) {
    const negative = word(word(plan, NEGATIVES), at);
    if (negative === NONE) continue;
    const delta = word(input, ADAPTED_DELTA) + <usize>(2 * at) * bytes;
    addScaled(word(input, DELTA) + <usize>word(word(batch, QUERY), at) * bytes, 1, delta, width);
    addScaled(word(input, DELTA) + <usize>negative * bytes, 1, delta + bytes, width);
  }
}

/** What the inner step's change of layer l passes back: δ′ −= α·Σ_s a_s·(δ_s·δ′). */
function throughItemTerms(l: i32, first: u32, end: u32, from: u32, to: u32, rate: f32): void {
  const tower = <usize>word(plan, ITEM_TOWER);
  const before = level(tower, l - 1);
  const at = level(tower, l);
  const inputs = <i32>word(before, WIDTH);
  const outputs = <i32>word(at, WIDTH);
  for (let row = from; row < to; row++) {
    const delta = word(at, ADAPTED_DELTA) + (<usize>row * <usize>outputs << 2);
    for (let s = first; s < end; s++) {
      const likeness = inner(word(at, SUPPORT_DELTA) + (<usize>s * <usize>outputs << 2), delta, outputs);
      const term = word(before, SUPPORT_OUTPUT) + (<usize>s * <usize>inputs << 2);
      addScaled(word(before, ADAPTED_DELTA) + (<usize>row * <usize>inputs << 2), -(rate * likeness), term, inputs);
    }
  }
}

/** Gradients of the query loss at the adapted weights: of the layers, and δ of the embeddings. */
function userBackward(rows: i32, rate: f32, training: i32): void {
  const tower = <usize>word(plan, USER_TOWER);
  const layers = <i32>word(tower, LAYERS);
  for (let l = layers; l > 0; l--) {
    layerGradient(tower, l, ADAPTED, ADAPTED_DELTA, rows);
    deltaBefore(tower, l, ADAPTED_DELTA, rows);
    if (reachesAll(training) || (training !== PLAIN && l === layers)) throughRankOne(tower, l, rows, rate);
    maskLevel(tower, l - 1, ADAPTED_DELTA, ADAPTED, rows);
  }
}

/** What the inner step's change of layer l passes back: δ′ −= α·a·(δ·δ′). */
function throughRankOne(tower: usize, l: i32, rows: i32, rate: f32): void {
  const before = level(tower, l - 1);
  const at = level(tower, l);
  const inputs = <i32>word(before, WIDTH);
  const outputs = <i32>word(at, WIDTH);
  for (let row = 0; row < rows; row++) {
    const offset = <usize>(row * outputs) << 2;
    const below = <usize>(row * inputs) << 2;
    const likeness = inner(word(at, DELTA) + offset, word(at, ADAPTED_DELTA) + offset, outputs);
    addScaled(word(before, ADAPTED_DELTA) + below, -(rate * likeness), word(before, OUTPUT) + below, inputs);
  }
}

function itemBackward(rows: i32): void {
  const tower = <usize>word(plan, ITEM_TOWER);
  for (let l = <i32>word(tower, LAYERS); l > 0; l--) {
    layerGradient(tower, l, OUTPUT, DELTA, rows);
    deltaBefore(tower, l, DELTA, rows);
    maskLevel(tower, l - 1, DELTA, OUTPUT, rows);
  }
}

/** Adam: Kingma, Ba (ICLR 2015), algorithm 1; c1 = 1/(1 − β₁ᵗ), c2 = 1/(1 − β₂ᵗ). */
function adam(parameters: usize, gradient: usize, floats: i32, rate: f32, c1: f32, c2: f32): void {
  const kept = f32x4.splat(<f32>1 - rate * decay);
  const first = <usize>word(plan, TO_FIRST);
  const second = <usize>word(plan, TO_SECOND);
  const b1 = f32x4.splat(BETA_1);
  const b2 = f32x4.splat(BETA_2);
  const g1 = f32x4.splat(<f32>1 - BETA_1);
  const g2 = f32x4.splat(<f32>1 - BETA_2);
  const step = f32x4.splat(rate * c1);
  const spread = f32x4.splat(c2);
  const epsilon = f32x4.splat(EPSILON);
  const bytes = <usize>floats << 2;
  for (let at: usize = 0; at < bytes; at += 16) {
    const p = parameters + at;
    const g = v128.load(gradient + at);
    const m = f32x4.add(f32x4.mul(b1, v128.load(p + first)), f32x4.mul(g1, g));
    const v = f32x4.add(f32x4.mul(b2, v128.load(p + second)), f32x4.mul(g2, f32x4.mul(g, g)));
    v128.store(p + first, m);
    v128.store(p + second, v);
    const down = f32x4.add(f32x4.sqrt(f32x4.mul(v, spread)), epsilon);
    v128.store(p, f32x4.sub(f32x4.mul(kept, v128.load(p)), f32x4.div(f32x4.mul(step, m), down)));
  }
}

/** Rows of the tables that the batch has touched, each once; what it has not touched, moments included, stays as it is. */
function updateItems(batch: usize, rate: f32, c1: f32, c2: f32): void {
  const d = <i32>word(plan, EMBEDDING);
  const bytes = <usize>d << 2;
  const input = level(word(plan, ITEM_TOWER), 0);
  const width = <usize>word(input, WIDTH) << 2;
  const trained = <i32>word(batch, TRAINED);
  for (let slot = 0; slot < trained; slot++) {
    const item = word(word(batch, ITEMS), slot);
    const gradient = word(input, DELTA) + <usize>slot * width;
    adam(word(plan, ITEM_TABLE) + <usize>item * bytes, gradient, d, rate, c1, c2);
    if (word(plan, CATEGORIES) > 0) addToCategories(item, gradient + bytes, d);
  }
  updateTouched(word(plan, CATEGORY_TABLE), word(plan, CATEGORY_GRADIENT), word(plan, TOUCHED), word(plan, CATEGORIES), rate, c1, c2);
}

function addToCategories(item: u32, gradient: usize, d: i32): void {
  const first = word(word(plan, CATEGORY_OFFSETS), item);
  const end = word(word(plan, CATEGORY_OFFSETS), item + 1);
  addToRows(word(plan, CATEGORY_GRADIENT), word(plan, TOUCHED), word(plan, CATEGORY_INDICES), first, end, gradient, d);
}

/** What a mean passes back to each of its rows, which are marked as touched. */
function addToRows(gradients: usize, touched: usize, indices: usize, first: u32, end: u32, gradient: usize, d: i32): void {
  const share: f32 = <f32>1 / <f32>(end - first);
  for (let at = first; at < end; at++) {
    const row = word(indices, at);
    addScaled(gradients + (<usize>(row * d) << 2), share, gradient, d);
    store<u32>(touched + (<usize>row << 2), 1);
  }
}

/** The marked rows of a table; gradients and marks are empty afterwards. */
function updateTouched(table: usize, gradients: usize, touched: usize, rows: i32, rate: f32, c1: f32, c2: f32): void {
  const d = <i32>word(plan, EMBEDDING);
  const bytes = <usize>d << 2;
  for (let row = 0; row < rows; row++) {
    const flag = touched + (<usize>row << 2);
    if (load<u32>(flag) === 0) continue;
    const gradient = gradients + <usize>row * bytes;
    adam(table + <usize>row * bytes, gradient, d, rate, c1, c2);
    memory.fill(gradient, 0, bytes);
    store<u32>(flag, 0);
  }
}

/** Each person's own row; or the shared row 0, by the sum over the batch. Then the features of these people. */
function updatePeople(batch: usize, rate: f32, c1: f32, c2: f32): void {
  const d = <i32>word(plan, EMBEDDING);
  const bytes = <usize>d << 2;
  const input = level(word(plan, USER_TOWER), 0);
  const width = <usize>word(input, WIDTH) << 2;
  const gradients = <usize>word(input, ADAPTED_DELTA);
  const episodes = <i32>word(batch, EPISODES);
  if (word(plan, FEATURES) > 0) updateFeatures(batch, gradients + bytes, width, rate, c1, c2);
  if (word(batch, SHARED) === 1) {
    for (let row = 1; row < episodes; row++) addScaled(gradients, 1, gradients + <usize>row * width, d);
    adam(word(plan, PEOPLE_TABLE), gradients, d, rate, c1, c2);
    return;
  }
  for (let row = 0; row < episodes; row++)
    adam(word(plan, PEOPLE_TABLE) + <usize>word(word(batch, PEOPLE), row) * bytes, gradients + <usize>row * width, d, rate, c1, c2);
}

/** @param gradients of the means of the features, one a person of the batch, `width` bytes apart */
function updateFeatures(batch: usize, gradients: usize, width: usize, rate: f32, c1: f32, c2: f32): void {
  const d = <i32>word(plan, EMBEDDING);
  const table = <usize>word(plan, FEATURE_GRADIENT);
  const touched = <usize>word(plan, FEATURES_TOUCHED);
  const offsets = <usize>word(batch, FEATURE_OFFSETS);
  const episodes = <i32>word(batch, EPISODES);
  for (let row = 0; row < episodes; row++)
    addToRows(table, touched, word(batch, FEATURE_INDICES), word(offsets, row), word(offsets, row + 1), gradients + <usize>row * width, d);
  updateTouched(word(plan, FEATURE_TABLE), table, touched, word(plan, FEATURES), rate, c1, c2);
}

/** @param weightDecay what Adam takes off every parameter that it touches, times the rate (Loshchilov, Hutter, ICLR 2019) */
export function open(at: usize, weightDecay: f32): void {
  plan = at;
  decay = weightDecay;
}

/**
 * One step of Adam on the query losses of a batch.
 *
 * @param training 0 plain, 1 one inner step on the whole user side, 2 on the last layer of the user tower, 3 on the whole user side and on
 *   the item tower
 * @returns the sum of the query losses, for watching only
 */
export function step(batch: usize, training: i32, margin: f32, innerRate: f32, rate: f32, c1: f32, c2: f32): f32 {
  const users = <usize>word(plan, USER_TOWER);
  const items = <usize>word(plan, ITEM_TOWER);
  const episodes = <i32>word(batch, EPISODES);
  const trained = <i32>word(batch, TRAINED);
  transposeLayers(users);
  transposeLayers(items);
  gatherItems(word(batch, ITEMS), word(batch, SLOTS));
  forward(items, word(batch, SLOTS));
  gatherPeople(word(batch, PEOPLE), word(batch, FEATURE_OFFSETS), word(batch, FEATURE_INDICES), episodes);
  forward(users, episodes);
  if (training !== PLAIN) innerDeltas(batch, episodes, margin);
  adapt(users, episodes, innerRate, training);
  for (let episode = 0; episode < episodes; episode++) chooseNegatives(batch, episode);
  const loss = training === FOMAML_BOTH ? bothBackward(batch, margin, innerRate) : backward(batch, margin, innerRate, training);
  adam(word(plan, DENSE), word(plan, DENSE_GRADIENT), word(plan, DENSE_LENGTH), rate, c1, c2);
  updateItems(batch, rate, c1, c2);
  updatePeople(batch, rate, c1, c2);
  return loss;
}

/** Gradients of the query losses where the items are what they are. @returns the sum of the losses */
function backward(batch: usize, margin: f32, innerRate: f32, training: i32): f32 {
  const items = <usize>word(plan, ITEM_TOWER);
  const episodes = <i32>word(batch, EPISODES);
  const trained = <i32>word(batch, TRAINED);
  const itemTop = level(items, word(items, LAYERS));
  memory.fill(word(itemTop, DELTA), 0, <usize>(trained * <i32>word(itemTop, WIDTH)) << 2);
  let loss: f32 = 0;
  for (let episode = 0; episode < episodes; episode++) loss += queryDeltas(batch, episode, margin);
  userBackward(episodes, innerRate, training);
  itemBackward(trained);
  return loss;
}

/** Gradients of the query losses where the item tower is adapted to each person, too. @returns the sum of the losses */
function bothBackward(batch: usize, margin: f32, innerRate: f32): f32 {
  const episodes = <i32>word(batch, EPISODES);
  itemInner(batch, episodes, margin);
  forwardAdaptedPairs(batch, episodes, innerRate);
  let loss: f32 = 0;
  for (let episode = 0; episode < episodes; episode++) loss += adaptedQueryDeltas(batch, episode, margin);
  userBackward(episodes, innerRate, FOMAML_BOTH);
  adaptedItemBackward(batch, episodes, innerRate);
  return loss;
}

function innerDeltas(batch: usize, episodes: i32, margin: f32): void {
  const tower = <usize>word(plan, USER_TOWER);
  const itemTower = <usize>word(plan, ITEM_TOWER);
  const top = level(tower, word(tower, LAYERS));
  const width = <i32>word(top, WIDTH);
  const outputs = <usize>word(level(itemTower, word(itemTower, LAYERS)), OUTPUT);
  meanOfPool(word(batch, POOL));
  for (let episode = 0; episode < episodes; episode++) {
    const offset = <usize>(episode * width) << 2;
    const first = word(word(batch, SUPPORT_OFFSETS), episode);
    const count = word(word(batch, SUPPORT_OFFSETS), episode + 1) - first;
    const support = word(batch, SUPPORT) + (<usize>first << 2);
    innerDelta(word(top, OUTPUT) + offset, outputs, support, count, margin, word(top, DELTA) + offset, width);
  }
}

/** Outputs of the item tower for `count` items, row by row, in the tower's last buffer. */
export function itemOutputs(items: usize, count: i32): void {
  gatherItems(items, count);
  forward(word(plan, ITEM_TOWER), count);
}

/** Transposes the weights of both towers, for `person` and `adaptedItems`. */
export function prepare(): void {
  transposeLayers(word(plan, USER_TOWER));
  transposeLayers(word(plan, ITEM_TOWER));
}

/**
 * Adapted output of one person, in the user tower's last adapted buffer. The pool's mean must stand in its place.
 *
 * @param row address of the row of the people's table
 * @param featureOffsets 0 and the number of the person's features, which stand at `features`
 * @param outputs outputs of the item tower, as many rows as `support` names
 */
export function person(row: usize, featureOffsets: usize, features: usize, outputs: usize, support: usize, count: i32, training: i32, margin: f32, innerRate: f32): void {
  const tower = <usize>word(plan, USER_TOWER);
  gatherPeople(row, featureOffsets, features, 1);
  forward(tower, 1);
  const top = level(tower, word(tower, LAYERS));
  if (training !== PLAIN)
    innerDelta(word(top, OUTPUT), outputs, support, count, margin, word(top, DELTA), word(top, WIDTH));
  adapt(tower, 1, innerRate, training);
}

/**
 * The inner step of one person on both towers: leaves the adapted output of the person where `person` does, and what `adaptedItems` needs. The
 * pool's mean must stand in its place.
 *
 * @param items rows of the support's items
 * @param support the numbers 0 … count − 1
 */
export function personAndItems(row: usize, featureOffsets: usize, features: usize, items: usize, support: usize, count: i32, margin: f32, innerRate: f32): void {
  const tower = <usize>word(plan, ITEM_TOWER);
  const layers = <i32>word(tower, LAYERS);
  gatherItems(items, count);
  forward(tower, count);
  for (let l = 0; l <= layers; l++) {
    const at = level(tower, l);
    memory.copy(word(at, SUPPORT_OUTPUT), word(at, OUTPUT), <usize>(count * <i32>word(at, WIDTH)) << 2);
  }
  person(row, featureOffsets, features, word(level(tower, layers), SUPPORT_OUTPUT), support, count, FOMAML_BOTH, margin, innerRate);
  const users = <usize>word(plan, USER_TOWER);
  supportDeltas(word(level(users, word(users, LAYERS)), OUTPUT), 0, count, margin);
  itemInnerBackward(count);
}

/** Outputs of the item tower as adapted by the last `personAndItems`, row by row, in the tower's last adapted buffer. */
export function adaptedItems(items: usize, count: i32, support: i32, innerRate: f32): void {
  const tower = <usize>word(plan, ITEM_TOWER);
  const layers = <i32>word(tower, LAYERS);
  gatherItems(items, count);
  const input = level(tower, 0);
  memory.copy(word(input, ADAPTED), word(input, OUTPUT), <usize>(count * <i32>word(input, WIDTH)) << 2);
  for (let l = 1; l <= layers; l++) {
    linear(tower, l, ADAPTED, count);
    adaptItems(l, 0, support, 0, count, innerRate);
    if (l < layers) rectify(word(level(tower, l), ADAPTED), count * <i32>word(level(tower, l), WIDTH));
  }
}
