/*
 * The k best items of each person, by inner products in 32-bit floats and 128-bit SIMD without relaxed operations, or by scores that
 * are there already. `topk.reference.ts` says the same in plain loops and agrees bit for bit.
 *
 * Layout: people are packed in quads, items in strips of 8: for each term the numbers of all 4 people or 8 items, one after
 * the other. Terms stand in the order of summation: first those with j ≡ 0 mod 4, then 1, 2, 3, each in ascending j. Missing people
 * and items of the last quad and strip are zeros.
 *
 * Order of summation: that of `scores` in assembly/ials.ts, so that the same bits are ranked that are served: s_l sums the terms
 * j ≡ l mod 4 in ascending j, beginning with 0, and the score is (s_0 + s_1) + (s_2 + s_3). Lanes run over items.
 *
 * A person's best so far are a binary heap of k keys of 64 bits with the worst on top: above, the bits of the score so that they
 * compare as whole numbers; below, the index of the item, inverted, so that of equal scores the lower index is the better.
 */

/** Packs `count` rows of d floats into groups of `width`; a row's terms in the order of summation. */
export function pack(from: usize, count: i32, d: i32, width: i32, out: usize): void {
  const terms = d >> 2;
  for (let row = 0; row < count; row++) {
    const group = out + (<usize>((row / width) * width * d) << 2) + (<usize>(row % width) << 2);
    const source = from + (<usize>(row * d) << 2);
    for (let j = 0; j < d; j++)
      store<f32>(group + (<usize>(((j & 3) * terms + (j >> 2)) * width) << 2), load<f32>(source + (<usize>j << 2)));
  }
}

/** out[r][0…7] := Σ over `terms` of people[t][r]·items[t][0…7] for r = 0 … 3, plus what out holds if `more`; rows 32 bytes apart. */
// @ts-ignore: decorator
@inline
function part(people: usize, items: usize, terms: i32, out: usize, more: bool): void {
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let d0 = f32x4.splat(0);
  let d1 = f32x4.splat(0);
  const end = items + (<usize>terms << 5);
  while (items < end) {
    const v0 = v128.load(items);
    const v1 = v128.load(items, 16);
    let s = v128.load32_splat(people);
    a0 = f32x4.add(a0, f32x4.mul(s, v0));
    a1 = f32x4.add(a1, f32x4.mul(s, v1));
    s = v128.load32_splat(people, 4);
    b0 = f32x4.add(b0, f32x4.mul(s, v0));
    b1 = f32x4.add(b1, f32x4.mul(s, v1));
    s = v128.load32_splat(people, 8);
    c0 = f32x4.add(c0, f32x4.mul(s, v0));
    c1 = f32x4.add(c1, f32x4.mul(s, v1));
    s = v128.load32_splat(people, 12);
    d0 = f32x4.add(d0, f32x4.mul(s, v0));
    d1 = f32x4.add(d1, f32x4.mul(s, v1));
    people += 16;
    items += 32;
  }
  v128.store(out, more ? f32x4.add(v128.load(out), a0) : a0);
  v128.store(out, more ? f32x4.add(v128.load(out, 16), a1) : a1, 16);
  v128.store(out, more ? f32x4.add(v128.load(out, 32), b0) : b0, 32);
  v128.store(out, more ? f32x4.add(v128.load(out, 48), b1) : b1, 48);
  v128.store(out, more ? f32x4.add(v128.load(out, 64), c0) : c0, 64);
  v128.store(out, more ? f32x4.add(v128.load(out, 80), c1) : c1, 80);
  v128.store(out, more ? f32x4.add(v128.load(out, 96), d0) : d0, 96);
  v128.store(out, more ? f32x4.add(v128.load(out, 112), d1) : d1, 112);
}

/** Scores of a quad of people and a strip of items; row r of 8 scores to out + r·stride. `work`: 256 bytes. */
// @ts-ignore: decorator
@inline
function tile(people: usize, items: usize, terms: i32, work: usize, out: usize, stride: usize): void {
  const p = <usize>terms << 4;
  const i = <usize>terms << 5;
  part(people, items, terms, work, false);
  part(people + p, items + i, terms, work, true);
  part(people + 2 * p, items + 2 * i, terms, work + 128, false);
  part(people + 3 * p, items + 3 * i, terms, work + 128, true);
  for (let r = 0; r < 4; r++) {
    const from = work + (<usize>r << 5);
    const to = out + <usize>r * stride;
    v128.store(to, f32x4.add(v128.load(from), v128.load(from, 128)));
    v128.store(to, f32x4.add(v128.load(from, 16), v128.load(from, 144)), 16);
  }
}

/** Whole number that compares as the float does; −0 as 0. */
// @ts-ignore: decorator
@inline
function keyOf(score: f32, item: u32): u64 {
  const bits = reinterpret<i32>(score + 0);
  const ordered = <u32>(bits ^ ((bits >> 31) & 0x7fffffff)) ^ 0x80000000;
  return (<u64>ordered << 32) | <u64>~item;
}

/** The float of a key's upper half. */
// @ts-ignore: decorator
@inline
function scoreOf(key: u64): f32 {
  const ordered = <i32>(<u32>(key >> 32) ^ 0x80000000);
  return reinterpret<f32>(ordered ^ ((ordered >> 31) & 0x7fffffff));
}

function siftUp(heap: usize, at: i32, key: u64): void {
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = load<u64>(heap + (<usize>parent << 3));
    if (above <= key) break;
    store<u64>(heap + (<usize>at << 3), above);
    at = parent;
  }
  store<u64>(heap + (<usize>at << 3), key);
}

function siftDown(heap: usize, size: i32, key: u64): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    let below = load<u64>(heap + (<usize>child << 3));
    if (child + 1 < size) {
      const right = load<u64>(heap + (<usize>child << 3), 8);
      if (right < below) {
        below = right;
        child++;
      }
    }
    if (key <= below) break;
    store<u64>(heap + (<usize>at << 3), below);
    at = child;
  }
  store<u64>(heap + (<usize>at << 3), key);
}

/**
 * Takes the scores of items [first, first + count) into a person's heap. `scores` goes on to a multiple of 4.
 *
 * @param state two words: how many keys the heap has; where in `masked` it stands
 * @param end of the person's masked items
 * @returns whether every score is a number
 */
function take(
  scores: usize, first: u32, count: i32, masked: usize, end: u32, state: usize, heap: usize, k: i32,
): bool {
  let size = load<i32>(state);
  let mask = load<u32>(state, 4);
  let worst: f32 = size === k ? scoreOf(load<u64>(heap)) : -Infinity;
  let odd = i32x4.splat(0);
  for (let at = 0; at < count; at += 4) {
    const v = v128.load(scores + (<usize>at << 2));
    odd = v128.or(odd, f32x4.ne(v, v));
    let passes = size === k ? i32x4.bitmask(f32x4.gt(v, f32x4.splat(worst))) : 15;
    for (; passes !== 0; passes &= passes - 1) {
      const lane = at + ctz(passes);
      if (lane >= count) break;
      const item = first + lane;
      while (mask < end && load<u32>(masked + (<usize>mask << 2)) < item) mask++;
      if (mask < end && load<u32>(masked + (<usize>mask << 2)) === item) continue;
      const key = keyOf(load<f32>(scores + (<usize>lane << 2)), item);
      if (size < k) siftUp(heap, size++, key);
      else if (key > load<u64>(heap)) siftDown(heap, k, key);
      if (size === k) worst = scoreOf(load<u64>(heap));
    }
  }
  store<i32>(state, size);
  store<u32>(state, mask, 4);
  return !v128.any_true(odd);
}

/**
 * Scores quads [quad, lastQuad) against a chunk of items and takes the best.
 *
 * @param strips packed items of the chunk
 * @param first item of the chunk, of `count`
 * @param scores 4 rows of `count` floats, up to a multiple of 8; before them 256 bytes of work
 * @param masks offsets of people's masked items
 * @returns the first person with a score that is no number, or −1
 */
export function rankFactors(
  quad: i32, lastQuad: i32, people: i32, packed: usize, strips: usize, d: i32, first: i32, count: i32, work: usize,
  masks: usize, masked: usize, states: usize, heaps: usize, k: i32,
): i32 {
  const terms = d >> 2;
  const stride = <usize>((count + 7) & ~7) << 2;
  const scores = work + 256;
  for (; quad < lastQuad; quad++) {
    const group = packed + (<usize>(quad * d) << 4);
    for (let item = 0; item < count; item += 8)
      tile(group, strips + (<usize>(item * d) << 2), terms, work, scores + (<usize>item << 2), stride);
    const last = min(4 * quad + 4, people);
    for (let row = 4 * quad; row < last; row++)
      if (!takeRow(scores + <usize>(row & 3) * stride, first, count, row, masks, masked, states, heaps, k)) return row;
  }
  return -1;
}

/** As rankFactors, for people's rows of scores that are there: row r of [row, last) has `count` floats, up to a multiple of 4. */
export function rankRows(
  row: i32, last: i32, scores: usize, count: i32, masks: usize, masked: usize, states: usize, heaps: usize, k: i32,
): i32 {
  const stride = <usize>((count + 3) & ~3) << 2;
  for (let r = row; r < last; r++)
    if (!takeRow(scores + <usize>(r - row) * stride, 0, count, r, masks, masked, states, heaps, k)) return r;
  return -1;
}

// @ts-ignore: decorator
@inline
function takeRow(
  scores: usize, first: i32, count: i32, row: i32, masks: usize, masked: usize, states: usize, heaps: usize, k: i32,
): bool {
  const end = load<u32>(masks + (<usize>row << 2), 4);
  return take(scores, first, count, masked, end, states + (<usize>row << 3), heaps + (<usize>row * <usize>k << 3), k);
}

/** Heaps of people [row, last) become lists: item indices, best first, to the first half of each heap's place; NONE behind them. */
export function finish(row: i32, last: i32, states: usize, heaps: usize, k: i32, out: usize): void {
  for (; row < last; row++) {
    const heap = heaps + (<usize>row * <usize>k << 3);
    const size = load<i32>(states + (<usize>row << 3));
    const list = out + (<usize>row * <usize>k << 2);
    memory.fill(list, 0xff, <usize>k << 2);
    for (let left = size; left > 0; left--) {
      store<u32>(list + (<usize>(left - 1) << 2), ~(<u32>load<u64>(heap)));
      const key = load<u64>(heap + (<usize>(left - 1) << 3));
      if (left > 1) siftDown(heap, left - 1, key);
    }
  }
}
