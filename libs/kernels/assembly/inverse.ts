/*
 * Inverse of a symmetric positive definite matrix by blocked Gauss–Jordan elimination with the symmetric sweep operator (Goodnight,
 * The American Statistician 33 (1979)), in 32-bit floats and 128-bit SIMD without relaxed operations. After block k is swept,
 * with D the block on the diagonal, E its inverse, C the block column k and W = C·E:
 *
 *   m_ij := m_ij − Σ_t w_it c_jt    (i, j outside block k)
 *   block column k := W,  D := −E
 *
 * and after all blocks m is minus the inverse. `inverse.reference.ts` says the same in plain loops and agrees bit for bit.
 *
 * Layout: n rows, a multiple of the block's b, b a multiple of 8. Only blocks (I, J) with I ≤ J are kept. A strip is 8 columns of
 * b rows, row-major: 8·b floats. Block row I has the strips of the columns from I·b on, one behind the other, so that what is
 * multiplied together lies together. A panel is the block column k for all n rows, transposed, in strips: strip s has
 * c_jt of the rows j = 8s … 8s + 7 at [t][j mod 8].
 *
 * Order of summation: an element adds its terms one after the other, t ascending, each product rounded first; lanes run over
 * different elements. Of a block on the diagonal only elements on and above the diagonal are read.
 */
import { step } from './lanes';

/**
 * m[r][0…7] ∓ Σ_t left[t][r]·right[t][0…7], r = 0 … 3, t = 0 … b − 1: rows of m and of `right` are 32 bytes apart, those of `left`
 * `stride` bytes. With `minus` it begins with what m holds, else with zero. The eight accumulators stay in registers; with the loop
 * unrolled V8 spills some of them and takes half as long again.
 */
// @ts-ignore: decorator
@inline
function tile4x8(m: usize, left: usize, stride: usize, right: usize, b: i32, minus: bool): void {
  let a0 = minus ? v128.load(m) : f32x4.splat(0);
  let a1 = minus ? v128.load(m, 16) : f32x4.splat(0);
  let b0 = minus ? v128.load(m, 32) : f32x4.splat(0);
  let b1 = minus ? v128.load(m, 48) : f32x4.splat(0);
  let c0 = minus ? v128.load(m, 64) : f32x4.splat(0);
  let c1 = minus ? v128.load(m, 80) : f32x4.splat(0);
  let d0 = minus ? v128.load(m, 96) : f32x4.splat(0);
  let d1 = minus ? v128.load(m, 112) : f32x4.splat(0);
  const end = right + (<usize>b << 5);
  while (right < end) {
    const v0 = v128.load(right);
    const v1 = v128.load(right, 16);
    let s = v128.load32_splat(left);
    a0 = step(a0, s, v0, minus);
    a1 = step(a1, s, v1, minus);
    s = v128.load32_splat(left, 4);
    b0 = step(b0, s, v0, minus);
    b1 = step(b1, s, v1, minus);
    s = v128.load32_splat(left, 8);
    c0 = step(c0, s, v0, minus);
    c1 = step(c1, s, v1, minus);
    s = v128.load32_splat(left, 12);
    d0 = step(d0, s, v0, minus);
    d1 = step(d1, s, v1, minus);
    left += stride;
    right += 32;
  }
  v128.store(m, a0);
  v128.store(m, a1, 16);
  v128.store(m, b0, 32);
  v128.store(m, b1, 48);
  v128.store(m, c0, 64);
  v128.store(m, c1, 80);
  v128.store(m, d0, 96);
  v128.store(m, d1, 112);
}

/**
 * Row `row` of a block row: counts of the columns from the row's own on, whole numbers, become floats, λ goes on the diagonal.
 *
 * @param at block row
 * @param row 0 … b − 1; its column on the diagonal is that of the block
 * @param count columns that are given
 */
export function fillRow(at: usize, b: i32, row: i32, counts: usize, count: i32, lambda: f32): void {
  for (let column = 0; column < count; column++) {
    const to = at + (<usize>(((row + column) >> 3) * b + row) << 5) + (<usize>((row + column) & 7) << 2);
    store<f32>(to, <f32>load<u32>(counts + (<usize>column << 2)));
  }
  const diagonal = at + (<usize>((row >> 3) * b + row) << 5) + (<usize>(row & 7) << 2);
  store<f32>(diagonal, load<f32>(diagonal) + lambda);
}

/** The part of panel k that block row I < k holds: to[t][r mod 8] of strip r/8 := m[r][t]. `at` is the block (I, k). */
export function takeAbove(at: usize, b: i32, to: usize): void {
  for (let r = 0; r < b; r++) {
    const strip = to + (<usize>((r >> 3) * b) << 5) + (<usize>(r & 7) << 2);
    for (let t = 0; t < b; t += 4) {
      const v = v128.load(at + (<usize>((t >> 3) * b + r) << 5) + (<usize>(t & 4) << 2));
      const out = strip + (<usize>t << 5);
      store<f32>(out, f32x4.extract_lane(v, 0));
      store<f32>(out, f32x4.extract_lane(v, 1), 32);
      store<f32>(out, f32x4.extract_lane(v, 2), 64);
      store<f32>(out, f32x4.extract_lane(v, 3), 96);
    }
  }
}

/**
 * e (b × b, row-major) := inverse of the symmetric block at `at` (strips), of which the elements on and above the diagonal are
 * read; e is made symmetric from those on and above its own diagonal. Gauss–Jordan in place, pivot after pivot.
 *
 * @returns whether every pivot was a positive number
 */
export function invertBlock(at: usize, b: i32, e: usize): bool {
  const stride = <usize>b << 2;
  for (let i = 0; i < b; i++)
    for (let j = i; j < b; j++) {
      const value = load<f32>(at + (<usize>((j >> 3) * b + i) << 5) + (<usize>(j & 7) << 2));
      store<f32>(e + <usize>i * stride + (<usize>j << 2), value);
      store<f32>(e + <usize>j * stride + (<usize>i << 2), value);
    }
  for (let p = 0; p < b; p++) if (!eliminate(e, b, p)) return false;
  for (let i = 1; i < b; i++)
    for (let j = 0; j < i; j++)
      store<f32>(e + <usize>i * stride + (<usize>j << 2), load<f32>(e + <usize>j * stride + (<usize>i << 2)));
  return true;
}

/** One pivot of Gauss–Jordan: row p over the pivot, then every other row less its multiple of row p. */
function eliminate(e: usize, b: i32, p: i32): bool {
  const stride = <usize>b << 2;
  const row = e + <usize>p * stride;
  const pivot = load<f32>(row + (<usize>p << 2));
  if (!(pivot > 0 && pivot < Infinity)) return false;
  const inverse: f32 = <f32>1 / pivot;
  store<f32>(row + (<usize>p << 2), 1);
  for (let at: usize = 0; at < stride; at += 16)
    v128.store(row + at, f32x4.mul(v128.load(row + at), f32x4.splat(inverse)));
  for (let i = 0; i < b; i++) {
    if (i === p) continue;
    const other = e + <usize>i * stride;
    const factor = load<f32>(other + (<usize>p << 2));
    store<f32>(other + (<usize>p << 2), 0);
    for (let at: usize = 0; at < stride; at += 16)
      v128.store(other + at, step(v128.load(other + at), f32x4.splat(factor), v128.load(row + at), true));
  }
  return true;
}

/** w := C·E for the strips [first, last) of a panel c; w is a panel too. */
export function multiply(c: usize, e: usize, b: i32, first: i32, last: i32, w: usize): void {
  const strip = <usize>b << 5;
  for (let s = first; s < last; s++)
    for (let t = 0; t < b; t += 4)
      tile4x8(
        w + <usize>s * strip + (<usize>t << 5), e + (<usize>t << 2), <usize>b << 2, c + <usize>s * strip, b, false,
      );
}

/**
 * Block row I ≠ k, of whose block (I, I) `at` is the address: m_ij −= Σ_t w_it c_jt for the strips [first, last) of columns, which
 * are counted from the first of the matrix.
 */
export function update(at: usize, b: i32, row: i32, first: i32, last: i32, w: usize, c: usize): void {
  const strip = <usize>b << 5;
  const start = row * (b >> 3);
  const left = w + <usize>start * strip;
  for (let s = first; s < last; s++) {
    const right = c + <usize>s * strip;
    const m = at + <usize>(s - start) * strip;
    for (let r = 0; r < b; r += 4)
      tile4x8(m + (<usize>r << 5), left + <usize>(r >> 3) * strip + (<usize>(r & 4) << 2), 32, right, b, true);
  }
}

/** Block (I, k), I < k, := W: m[r][t] := w[t][r mod 8] of strip r/8. The inverse of takeAbove. */
export function putAbove(at: usize, b: i32, w: usize): void {
  for (let t = 0; t < b; t++) {
    const to = at + (<usize>((t >> 3) * b) << 5) + (<usize>(t & 7) << 2);
    for (let r = 0; r < b; r += 4) {
      const v = v128.load(w + (<usize>((r >> 3) * b + t) << 5) + (<usize>(r & 4) << 2));
      const out = to + (<usize>r << 5);
      store<f32>(out, f32x4.extract_lane(v, 0));
      store<f32>(out, f32x4.extract_lane(v, 1), 32);
      store<f32>(out, f32x4.extract_lane(v, 2), 64);
      store<f32>(out, f32x4.extract_lane(v, 3), 96);
    }
  }
}

/** Block (k, k) := −E. */
export function putDiagonal(at: usize, b: i32, e: usize): void {
  for (let r = 0; r < b; r++)
    for (let t = 0; t < b; t += 4)
      v128.store(
        at + (<usize>((t >> 3) * b + r) << 5) + (<usize>(t & 4) << 2),
        f32x4.neg(v128.load(e + (<usize>(r * b + t) << 2))),
      );
}

/** Diagonal of a block: out[r] := m[r][r]. */
export function takeDiagonal(at: usize, b: i32, out: usize): void {
  for (let r = 0; r < b; r++)
    store<f32>(out + (<usize>r << 2), load<f32>(at + (<usize>((r >> 3) * b + r) << 5) + (<usize>(r & 7) << 2)));
}

/**
 * The rows of a block row, from its block on the diagonal on: out[r][j] := −(m_rj / d_j), 0 where j = r; within that block elements
 * below the diagonal are read above it.
 *
 * @param columns how many, a multiple of 8
 * @param d diagonal of the matrix from this block row on
 * @param out b × columns, row-major
 */
export function weightsAcross(at: usize, b: i32, columns: i32, d: usize, out: usize): void {
  const stride = <usize>columns << 2;
  for (let r = 1; r < b; r++)
    for (let j = 0; j < r; j++)
      store<f32>(
        at + (<usize>((j >> 3) * b + r) << 5) + (<usize>(j & 7) << 2),
        load<f32>(at + (<usize>((r >> 3) * b + j) << 5) + (<usize>(r & 7) << 2)),
      );
  for (let r = 0; r < b; r++) {
    const to = out + <usize>r * stride;
    for (let j = 0; j < columns; j += 4) {
      const v = v128.load(at + (<usize>((j >> 3) * b + r) << 5) + (<usize>(j & 4) << 2));
      v128.store(to + (<usize>j << 2), f32x4.neg(f32x4.div(v, v128.load(d + (<usize>j << 2)))));
    }
    store<f32>(to + (<usize>r << 2), 0);
  }
}

/**
 * The columns of a block row, below its block on the diagonal: out[j][r] := −(m_rj / d_r).
 *
 * @param at the block to the right of that on the diagonal
 * @param d diagonal of the block row's own block
 * @param out columns × b, row-major
 */
export function weightsDown(at: usize, b: i32, columns: i32, d: usize, out: usize): void {
  const stride = <usize>b << 2;
  for (let j = 0; j < columns; j += 4)
    for (let r = 0; r < b; r++) {
      const v = v128.load(at + (<usize>((j >> 3) * b + r) << 5) + (<usize>(j & 4) << 2));
      const weight = f32x4.neg(f32x4.div(v, v128.load32_splat(d + (<usize>r << 2))));
      const to = out + <usize>j * stride + (<usize>r << 2);
      store<f32>(to, f32x4.extract_lane(weight, 0));
      store<f32>(to + stride, f32x4.extract_lane(weight, 1));
      store<f32>(to + 2 * stride, f32x4.extract_lane(weight, 2));
      store<f32>(to + 3 * stride, f32x4.extract_lane(weight, 3));
    }
}
