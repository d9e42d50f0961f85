/*
 * Bayesian personalised ranking (Rendle, Freudenthaler, Gantner, Schmidt-Thieme, UAI 2009) of matrix factorisation, by Adagrad
 * (Duchi, Hazan, Singer, JMLR 2011), in 32-bit floats and 128-bit SIMD without relaxed operations. `bpr.reference.ts` says the same in
 * plain loops and agrees bit for bit.
 *
 * Layout: a row that learns is 2d floats, the factors and then their sums of squared gradients; items that stay as they are have d.
 * d is a multiple of 4. Addresses are bytes, of multiples of 4. The wrapper checks every argument; here nothing is checked.
 *
 * Order of samples: people as `order` says, a person's items as they stand, one negative each; every sample moves three rows before
 * the next one reads them.
 *
 * Order of summation: lane l of the inner product sums the terms k ≡ l mod 4 in ascending k, and the lanes are then added as
 * (l0 + l1) + (l2 + l3). Nothing else is summed over.
 */
import { exp32 } from './exp';
import { philox4x32 } from './philox';

/** Blocks of four candidates that are tried before an item goes without a negative. */
const BLOCKS: u32 = 16;

// @ts-ignore: decorator
@inline
function isMarked(marks: usize, item: u32): bool {
  return ((load<u32>(marks + (<usize>(item >> 5) << 2)) >> (item & 31)) & 1) !== 0;
}

/** Sets the marks of the person's items. */
function mark(marks: usize, begin: usize, end: usize): void {
  for (let at = begin; at < end; at += 4) {
    const item = load<u32>(at);
    const word = marks + (<usize>(item >> 5) << 2);
    store<u32>(word, load<u32>(word) | (1 << (item & 31)));
  }
}

/** Takes the marks away again, whole words at a time. */
function unmark(marks: usize, begin: usize, end: usize): void {
  for (let at = begin; at < end; at += 4) store<u32>(marks + (<usize>(load<u32>(at) >> 5) << 2), 0);
}

/**
 * An item that the person has not met: word w of a block names the item ⌊w · items / 2^32⌋. The block's counter is (16·epoch + block,
 * word of the positive item, words 2 and 3 of the person's key), its key words 0 and 1.
 *
 * @returns −1 where 64 candidates in a row are the person's own
 */
function negative(key: usize, name: u32, epoch: u32, items: u32, marks: usize, block: usize): i32 {
  for (let tried: u32 = 0; tried < BLOCKS; tried++) {
    philox4x32(
      epoch * BLOCKS + tried, name, load<u32>(key, 8), load<u32>(key, 12), load<u32>(key), load<u32>(key, 4), block,
    );
    for (let word: usize = 0; word < 16; word += 4) {
      const item = <u32>((<u64>load<u32>(block + word) * <u64>items) >> 32);
      if (!isMarked(marks, item)) return item;
    }
  }
  return -1;
}

/** ⟨w, i − j⟩ */
// @ts-ignore: decorator
@inline
function preference(w: usize, i: usize, j: usize, width: usize): f32 {
  let sum = f32x4.splat(0);
  for (let at: usize = 0; at < width; at += 16)
    sum = f32x4.add(sum, f32x4.mul(v128.load(w + at), f32x4.sub(v128.load(i + at), v128.load(j + at))));
  return (
    f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) +
    (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3))
  );
}

/** Four coordinates of a row: G += g², then value −= (rate · g) / √G. */
// @ts-ignore: decorator
@inline
function descend(row: usize, width: usize, value: v128, gradient: v128, rate: v128): void {
  const squares = f32x4.add(v128.load(row + width), f32x4.mul(gradient, gradient));
  v128.store(row + width, squares);
  v128.store(row, f32x4.sub(value, f32x4.div(f32x4.mul(rate, gradient), f32x4.sqrt(squares))));
}

/**
 * One step on −ln σ(⟨w, i − j⟩) + λ/2 · (‖w‖² + ‖i‖² + ‖j‖²), whose gradients are λw − s(i − j), λi − sw and λj + sw with
 * s = σ(−⟨w, i − j⟩). All three are taken at the values before the step. `frozen`: only the person moves.
 */
// @ts-ignore: decorator
@inline
function learn(w: usize, i: usize, j: usize, width: usize, rate: v128, lambda: v128, frozen: bool): void {
  const s = f32x4.splat(<f32>1 / (<f32>1 + exp32(preference(w, i, j, width))));
  for (let at: usize = 0; at < width; at += 16) {
    const wk = v128.load(w + at);
    const ik = v128.load(i + at);
    const jk = v128.load(j + at);
    const pull = f32x4.mul(s, wk);
    descend(w + at, width, wk, f32x4.sub(f32x4.mul(lambda, wk), f32x4.mul(s, f32x4.sub(ik, jk))), rate);
    if (frozen) continue;
    descend(i + at, width, ik, f32x4.sub(f32x4.mul(lambda, ik), pull), rate);
    descend(j + at, width, jk, f32x4.add(f32x4.mul(lambda, jk), pull), rate);
  }
}

/** One sample for each of the items at begin … end, which are the person's own. */
// @ts-ignore: decorator
@inline
function pass(
  w: usize, key: usize, begin: usize, end: usize, d: i32, names: usize, items: usize, itemCount: i32, epoch: i32,
  rate: f32, lambda: f32, marks: usize, block: usize, frozen: bool,
): void {
  const width = <usize>d << 2;
  const stride = frozen ? width : width << 1;
  const rates = f32x4.splat(rate);
  const lambdas = f32x4.splat(lambda);
  for (let pair = begin; pair < end; pair += 4) {
    const i = load<u32>(pair);
    const j = negative(key, load<u32>(names + (<usize>i << 2)), epoch, itemCount, marks, block);
    if (j < 0) continue;
    learn(w, items + <usize>i * stride, items + <usize>j * stride, width, rates, lambdas, frozen);
  }
}

/**
 * One sample for each item of the people order[first … last).
 *
 * @param keys four words a person
 * @param names one word an item
 * @param marks one bit an item, in whole words, all 0; all 0 again at the end
 * @param block four words of scratch
 */
export function train(
  d: i32, first: i32, last: i32, order: usize, offsets: usize, indices: usize, keys: usize, names: usize,
  people: usize, items: usize, itemCount: i32, epoch: i32, rate: f32, lambda: f32, marks: usize, block: usize,
): void {
  for (let at = first; at < last; at++) {
    const person = load<u32>(order + (<usize>at << 2));
    const begin = indices + (<usize>load<u32>(offsets + (<usize>person << 2)) << 2);
    const end = indices + (<usize>load<u32>(offsets + (<usize>person << 2), 4) << 2);
    const w = people + <usize>person * (<usize>d << 3);
    const key = keys + (<usize>person << 4);
    mark(marks, begin, end);
    pass(w, key, begin, end, d, names, items, itemCount, epoch, rate, lambda, marks, block, false);
    unmark(marks, begin, end);
  }
}

/** Passes 0 … passes − 1 over one person's items, begin … end, with the items (d floats a row) as they are; `w` is a row that learns. */
export function foldIn(
  d: i32, begin: usize, end: usize, passes: i32, w: usize, key: usize, names: usize, items: usize, itemCount: i32,
  rate: f32, lambda: f32, marks: usize, block: usize,
): void {
  mark(marks, begin, end);
  for (let epoch = 0; epoch < passes; epoch++)
    pass(w, key, begin, end, d, names, items, itemCount, epoch, rate, lambda, marks, block, true);
  unmark(marks, begin, end);
}

/** out[r] := exp32(x[r]); for tests of the arithmetic that kernels share. */
export function exps(x: usize, count: i32, out: usize): void {
  for (let at: usize = 0; at < <usize>count << 2; at += 4) store<f32>(out + at, exp32(load<f32>(x + at)));
}
