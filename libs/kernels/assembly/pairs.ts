/*
 * Counting of pairs: how many rows of a sparse 0/1 matrix have columns i and j both. Whole numbers, so no order of summation can
 * change them. `pairs.reference.ts` says the same in plain loops.
 *
 * Layout: counts are the upper triangle with the diagonal, row after row, 16 bits each. Item by item, so that the row of counts that
 * is added to stays in the L1 cache: each row of the matrix waits in the list of its next item (head[item], link[row]) and moves on
 * to the list of the item after it; `at` is where in `indices` it stands. NONE ends a list.
 */
const NONE: u32 = 0xffffffff;

/** Puts every row that has items into the list of its first. */
export function enlist(rows: i32, items: i32, offsets: usize, indices: usize, head: usize, link: usize, at: usize): void {
  memory.fill(head, 0xff, <usize>items << 2);
  for (let row = 0; row < rows; row++) {
    const word = <usize>row << 2;
    const begin = load<u32>(offsets + word);
    store<u32>(at + word, begin);
    if (begin < load<u32>(offsets + word, 4)) wait(row, load<u32>(indices + (<usize>begin << 2)), head, link);
  }
}

// @ts-ignore: decorator
@inline
function wait(row: u32, item: u32, head: usize, link: usize): void {
  store<u32>(link + (<usize>row << 2), load<u32>(head + (<usize>item << 2)));
  store<u32>(head + (<usize>item << 2), row);
}

/** Counts the pairs (i, j), j ≥ i, for i in [first, last). `out` holds the whole triangle, zeros where nothing was counted yet. */
export function count(
  first: i32, last: i32, items: i32, offsets: usize, indices: usize, head: usize, link: usize, at: usize, out: usize,
): void {
  for (let i = first; i < last; i++) {
    // of the count (i, 0), were it there: then (i, j) is 2·j bytes on
    const base = out + <usize>i * (2 * <usize>items - <usize>i - 1);
    let row = load<u32>(head + (<usize>i << 2));
    while (row !== NONE) {
      const word = <usize>row << 2;
      const next = load<u32>(link + word);
      const begin = load<u32>(at + word);
      const end = load<u32>(offsets + word, 4);
      const stop = indices + (<usize>end << 2);
      for (let from = indices + (<usize>begin << 2); from < stop; from += 4) {
        const cell = base + (<usize>load<u32>(from) << 1);
        store<u16>(cell, load<u16>(cell) + 1);
      }
      store<u32>(at + word, begin + 1);
      if (begin + 1 < end) wait(row, load<u32>(indices + (<usize>begin << 2), 4), head, link);
      row = next;
    }
  }
}

/** sum[n] += counts[n], 32 bits each and 16; `length` a multiple of 8, or the arrays go on to one. */
export function add(sum: usize, counts: usize, length: i32): void {
  for (let n = 0; n < length; n += 8) {
    const v = v128.load(counts + (<usize>n << 1));
    const to = sum + (<usize>n << 2);
    v128.store(to, i32x4.add(v128.load(to), i32x4.extend_low_i16x8_u(v)));
    v128.store(to, i32x4.add(v128.load(to, 16), i32x4.extend_high_i16x8_u(v)), 16);
  }
}
