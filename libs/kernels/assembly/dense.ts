/*
 * Products of dense matrices in 32-bit floats and 128-bit SIMD without relaxed operations. `dense.reference.ts` says the same in plain
 * loops and agrees bit for bit.
 *
 * Layout: `right` is count × columns and `out` rows × columns, row-major without gaps; element (i, k) of `left` stands at
 * left + i · down + k · along (bytes), so that a transposed matrix is read where it lies. Rows and columns are multiples of 4. The wrapper
 * checks every argument.
 *
 * Order of summation: an element adds its terms one after the other, in ascending order of the summed index; lanes run over different
 * elements, never over the terms of one.
 */

// @ts-ignore: decorator
@inline
function step(sum: v128, s: usize, v: v128): v128 {
  return f32x4.add(sum, f32x4.mul(v128.load32_splat(s), v));
}

/** out[0 … 3][0 … 7] := Σ_k left[0 … 3][k] · right[k][0 … 7] */
// @ts-ignore: decorator
@inline
function tile4x8(left: usize, down: usize, along: usize, right: usize, out: usize, count: i32, stride: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let e0 = a0;
  let e1 = a0;
  for (let k = 0; k < count; k++) {
    const v0 = v128.load(right);
    const v1 = v128.load(right, 16);
    a0 = step(a0, left, v0);
    a1 = step(a1, left, v1);
    b0 = step(b0, left + down, v0);
    b1 = step(b1, left + down, v1);
    c0 = step(c0, left + 2 * down, v0);
    c1 = step(c1, left + 2 * down, v1);
    e0 = step(e0, left + 3 * down, v0);
    e1 = step(e1, left + 3 * down, v1);
    left += along;
    right += stride;
  }
  v128.store(out, a0);
  v128.store(out, a1, 16);
  out += stride;
  v128.store(out, b0);
  v128.store(out, b1, 16);
  out += stride;
  v128.store(out, c0);
  v128.store(out, c1, 16);
  out += stride;
  v128.store(out, e0);
  v128.store(out, e1, 16);
}

/** As tile4x8 for four columns. */
// @ts-ignore: decorator
@inline
function tile4x4(left: usize, down: usize, along: usize, right: usize, out: usize, count: i32, stride: usize): void {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let e = a;
  for (let k = 0; k < count; k++) {
    const v = v128.load(right);
    a = step(a, left, v);
    b = step(b, left + down, v);
    c = step(c, left + 2 * down, v);
    e = step(e, left + 3 * down, v);
    left += along;
    right += stride;
  }
  v128.store(out, a);
  v128.store(out + stride, b);
  v128.store(out + 2 * stride, c);
  v128.store(out + 3 * stride, e);
}

/** out := left · right for the rows first … last − 1. */
export function product(
  left: usize, down: usize, along: usize, right: usize, out: usize, first: i32, last: i32, count: i32, columns: i32,
): void {
  const stride = <usize>columns << 2;
  for (let i = first; i < last; i += 4) {
    const from = left + <usize>i * down;
    const to = out + <usize>i * stride;
    let j: usize = 0;
    for (; j + 32 <= stride; j += 32) tile4x8(from, down, along, right + j, to + j, count, stride);
    if (j < stride) tile4x4(from, down, along, right + j, to + j, count, stride);
  }
}
