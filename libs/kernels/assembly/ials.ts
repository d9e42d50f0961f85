/*
 * iALS in 32-bit floats and 128-bit SIMD without relaxed operations: every result is fixed by IEEE 754, so the same bytes come
 * out on every machine. `ials.reference.ts` says the same in plain loops and agrees bit for bit.
 *
 * Layout: matrices are row-major without gaps, d floats a row, d a multiple of 4; square ones d × d. Addresses are bytes, of
 * multiples of 4. The wrapper checks every argument; here nothing is checked but the pivots.
 *
 * Order of summation: an element of a product adds its terms one after the other, in ascending order of the summed index; lanes
 * run over different elements, never over the terms of one. The two inner products (back substitution, scores) are the
 * exception: lane l sums the terms j ≡ l mod 4 in ascending j, and the lanes are then added as (l0 + l1) + (l2 + l3).
 */
import { lanesSum, step } from './lanes';

/** Rows gathered at a time: 32 rows of 64 floats and the 64 × 64 matrix stay in a 32 KiB L1 cache together. */
const PANEL: i32 = 32;

/**
 * m[i…i+3][j…j+7] ± Σ_k src[k][i…i+3] · src[k][j…j+7], k = 0 … count − 1. The eight accumulators stay in registers.
 */
// @ts-ignore: decorator
@inline
function tile4x8(m: usize, src: usize, count: i32, i: i32, j: i32, stride: usize, minus: bool): void {
  let at = m + <usize>i * stride + (<usize>j << 2);
  const r1 = at + stride;
  const r2 = r1 + stride;
  const r3 = r2 + stride;
  let a0 = v128.load(at);
  let a1 = v128.load(at, 16);
  let b0 = v128.load(r1);
  let b1 = v128.load(r1, 16);
  let c0 = v128.load(r2);
  let c1 = v128.load(r2, 16);
  let e0 = v128.load(r3);
  let e1 = v128.load(r3, 16);
  let left = src + (<usize>i << 2);
  let right = src + (<usize>j << 2);
  for (let k = 0; k < count; k++) {
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
    e0 = step(e0, s, v0, minus);
    e1 = step(e1, s, v1, minus);
    left += stride;
    right += stride;
  }
  v128.store(at, a0);
  v128.store(at, a1, 16);
  v128.store(r1, b0);
  v128.store(r1, b1, 16);
  v128.store(r2, c0);
  v128.store(r2, c1, 16);
  v128.store(r3, e0);
  v128.store(r3, e1, 16);
}

/** As tile4x8 for m[i…i+3][j…j+3]. */
// @ts-ignore: decorator
@inline
function tile4x4(m: usize, src: usize, count: i32, i: i32, j: i32, stride: usize, minus: bool): void {
  const at = m + <usize>i * stride + (<usize>j << 2);
  const r1 = at + stride;
  const r2 = r1 + stride;
  const r3 = r2 + stride;
  let a = v128.load(at);
  let b = v128.load(r1);
  let c = v128.load(r2);
  let e = v128.load(r3);
  let left = src + (<usize>i << 2);
  let right = src + (<usize>j << 2);
  for (let k = 0; k < count; k++) {
    const v = v128.load(right);
    a = step(a, v128.load32_splat(left), v, minus);
    b = step(b, v128.load32_splat(left, 4), v, minus);
    c = step(c, v128.load32_splat(left, 8), v, minus);
    e = step(e, v128.load32_splat(left, 12), v, minus);
    left += stride;
    right += stride;
  }
  v128.store(at, a);
  v128.store(r1, b);
  v128.store(r2, c);
  v128.store(r3, e);
}

/** m += srcᵀ·src over `count` rows; of m the upper triangle, and with it the whole 4 × 4 blocks on the diagonal. */
function addOuterProducts(m: usize, src: usize, count: i32, d: i32): void {
  const stride = <usize>d << 2;
  for (let i = 0; i < d; i += 4) {
    let j = i;
    if (((d - i) & 4) !== 0) {
      tile4x4(m, src, count, i, j, stride, false);
      j += 4;
    }
    for (; j < d; j += 8) tile4x8(m, src, count, i, j, stride, false);
  }
}

/** m[i…i+3][j ≥ i] −= Σ_{k<i} u[k][i…i+3]·u[k][j], u being the finished rows of m itself. */
function subtractFinishedRows(m: usize, i: i32, d: i32): void {
  const stride = <usize>d << 2;
  let j = i;
  if (((d - i) & 4) !== 0) {
    tile4x4(m, m, i, i, j, stride, true);
    j += 4;
  }
  for (; j < d; j += 8) tile4x8(m, m, i, i, j, stride, true);
}

/**
 * Upper triangle of `out` (d × d) := scale · Σ rows yᵀy. Rows are summed in blocks of 256, each from zero, and the blocks in order:
 * the rounding error grows with 256 + rows/256 instead of rows.
 *
 * @param block d × d floats of scratch
 */
export function gram(factors: usize, rows: i32, d: i32, scale: f32, out: usize, block: usize): void {
  const bytes = <usize>(d * d) << 2;
  memory.fill(out, 0, bytes);
  for (let first = 0; first < rows; first += 256) {
    memory.fill(block, 0, bytes);
    addOuterProducts(block, factors + ((<usize>first * <usize>d) << 2), min(256, rows - first), d);
    for (let at: usize = 0; at < bytes; at += 16)
      v128.store(out + at, f32x4.add(v128.load(out + at), v128.load(block + at)));
  }
  const s = f32x4.splat(scale);
  for (let at: usize = 0; at < bytes; at += 16) v128.store(out + at, f32x4.mul(s, v128.load(out + at)));
}

/**
 * m = UᵀU in place, row by row from the top, four rows at a time (left-looking). inverse[i] = 1/u_ii; the diagonal of m itself
 * is then u_ii, rounded once more, and not read again.
 *
 * @returns whether every pivot was positive
 */
function factorise(m: usize, d: i32, inverse: usize): bool {
  const stride = <usize>d << 2;
  for (let i = 0; i < d; i += 4) {
    subtractFinishedRows(m, i, d);
    const r0 = m + <usize>i * stride;
    const r1 = r0 + stride;
    const r2 = r1 + stride;
    const r3 = r2 + stride;
    const diagonal = <usize>i << 2;

    const p0 = load<f32>(r0 + diagonal);
    if (!(p0 > 0)) return false;
    const i0: f32 = <f32>1 / sqrt<f32>(p0);
    const u01 = load<f32>(r0 + diagonal, 4) * i0;
    const u02 = load<f32>(r0 + diagonal, 8) * i0;
    const u03 = load<f32>(r0 + diagonal, 12) * i0;

    const p1 = load<f32>(r1 + diagonal, 4) - u01 * u01;
    if (!(p1 > 0)) return false;
    const i1: f32 = <f32>1 / sqrt<f32>(p1);
    const u12 = (load<f32>(r1 + diagonal, 8) - u01 * u02) * i1;
    const u13 = (load<f32>(r1 + diagonal, 12) - u01 * u03) * i1;

    const p2 = load<f32>(r2 + diagonal, 8) - u02 * u02 - u12 * u12;
    if (!(p2 > 0)) return false;
    const i2: f32 = <f32>1 / sqrt<f32>(p2);
    const u23 = (load<f32>(r2 + diagonal, 12) - u02 * u03 - u12 * u13) * i2;

    const p3 = load<f32>(r3 + diagonal, 12) - u03 * u03 - u13 * u13 - u23 * u23;
    if (!(p3 > 0)) return false;
    const i3: f32 = <f32>1 / sqrt<f32>(p3);

    store<f32>(inverse + diagonal, i0);
    store<f32>(inverse + diagonal, i1, 4);
    store<f32>(inverse + diagonal, i2, 8);
    store<f32>(inverse + diagonal, i3, 12);

    for (let at = diagonal; at < stride; at += 16) {
      const v0 = f32x4.mul(v128.load(r0 + at), f32x4.splat(i0));
      let v1 = step(v128.load(r1 + at), f32x4.splat(u01), v0, true);
      v1 = f32x4.mul(v1, f32x4.splat(i1));
      let v2 = step(v128.load(r2 + at), f32x4.splat(u02), v0, true);
      v2 = f32x4.mul(step(v2, f32x4.splat(u12), v1, true), f32x4.splat(i2));
      let v3 = step(v128.load(r3 + at), f32x4.splat(u03), v0, true);
      v3 = step(v3, f32x4.splat(u13), v1, true);
      v3 = f32x4.mul(step(v3, f32x4.splat(u23), v2, true), f32x4.splat(i3));
      v128.store(r0 + at, v0);
      v128.store(r1 + at, v1);
      v128.store(r2 + at, v2);
      v128.store(r3 + at, v3);
    }
  }
  return true;
}

/** x := solution z of Uᵀz = x. */
function solveForward(u: usize, d: i32, inverse: usize, x: usize): void {
  const stride = <usize>d << 2;
  for (let i = 0; i < d; i += 4) {
    const at = <usize>i << 2;
    const r0 = u + <usize>i * stride;
    const r1 = r0 + stride;
    const r2 = r1 + stride;
    const r3 = r2 + stride;
    const z0 = load<f32>(x + at) * load<f32>(inverse + at);
    const z1 = (load<f32>(x + at, 4) - z0 * load<f32>(r0 + at, 4)) * load<f32>(inverse + at, 4);
    const z2 =
      (load<f32>(x + at, 8) - z0 * load<f32>(r0 + at, 8) - z1 * load<f32>(r1 + at, 8)) * load<f32>(inverse + at, 8);
    const z3 =
      (load<f32>(x + at, 12) - z0 * load<f32>(r0 + at, 12) - z1 * load<f32>(r1 + at, 12) - z2 * load<f32>(r2 + at, 12)) *
      load<f32>(inverse + at, 12);
    store<f32>(x + at, z0);
    store<f32>(x + at, z1, 4);
    store<f32>(x + at, z2, 8);
    store<f32>(x + at, z3, 12);
    for (let j = at + 16; j < stride; j += 16) {
      let v = step(v128.load(x + j), f32x4.splat(z0), v128.load(r0 + j), true);
      v = step(v, f32x4.splat(z1), v128.load(r1 + j), true);
      v = step(v, f32x4.splat(z2), v128.load(r2 + j), true);
      v128.store(x + j, step(v, f32x4.splat(z3), v128.load(r3 + j), true));
    }
  }
}

/** x := solution of Ux = x, from the last row up; see the order of inner products above. */
function solveBackward(u: usize, d: i32, inverse: usize, x: usize): void {
  const stride = <usize>d << 2;
  for (let i = d - 4; i >= 0; i -= 4) {
    const at = <usize>i << 2;
    const r0 = u + <usize>i * stride;
    const r1 = r0 + stride;
    const r2 = r1 + stride;
    const r3 = r2 + stride;
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    for (let j = at + 16; j < stride; j += 16) {
      const v = v128.load(x + j);
      s0 = step(s0, v128.load(r0 + j), v, false);
      s1 = step(s1, v128.load(r1 + j), v, false);
      s2 = step(s2, v128.load(r2 + j), v, false);
      s3 = step(s3, v128.load(r3 + j), v, false);
    }
    const x3 = (load<f32>(x + at, 12) - lanesSum(s3)) * load<f32>(inverse + at, 12);
    const x2 = (load<f32>(x + at, 8) - lanesSum(s2) - load<f32>(r2 + at, 12) * x3) * load<f32>(inverse + at, 8);
    const x1 =
      (load<f32>(x + at, 4) - lanesSum(s1) - load<f32>(r1 + at, 8) * x2 - load<f32>(r1 + at, 12) * x3) *
      load<f32>(inverse + at, 4);
    const x0 =
      (load<f32>(x + at) -
        lanesSum(s0) -
        load<f32>(r0 + at, 4) * x1 -
        load<f32>(r0 + at, 8) * x2 -
        load<f32>(r0 + at, 12) * x3) *
      load<f32>(inverse + at);
    store<f32>(x + at, x0);
    store<f32>(x + at, x1, 4);
    store<f32>(x + at, x2, 8);
    store<f32>(x + at, x3, 12);
  }
}

/** Copies the named rows of `factors` to `panel`, and adds each to `sum`. */
function gather(panel: usize, factors: usize, indices: usize, count: i32, d: i32, sum: usize): void {
  const stride = <usize>d << 2;
  for (let k = 0; k < count; k++) {
    const row = factors + <usize>load<u32>(indices + (<usize>k << 2)) * stride;
    const to = panel + <usize>k * stride;
    for (let at: usize = 0; at < stride; at += 16) {
      const v = v128.load(row + at);
      v128.store(to + at, v);
      v128.store(sum + at, f32x4.add(v128.load(sum + at), v));
    }
  }
}

/**
 * For each row r in [first, last): out[r] := solution of
 * (gram + Σ_k y_k y_kᵀ + λ(n + others)·I) x = Σ_k y_k, y_k = factors[indices[k]], k in [offsets[r], offsets[r+1]), n their number;
 * zeros where n = 0.
 *
 * @param others weight of the unobserved pairs times the number of rows in `factors` that count
 * @param work d·d + PANEL·d + d floats of scratch
 * @returns the first row whose matrix is not positive definite, or −1
 */
export function solveRows(
  d: i32, first: i32, last: i32, offsets: usize, indices: usize, factors: usize, gram: usize,
  others: f32, lambda: f32, out: usize, work: usize,
): i32 {
  const stride = <usize>d << 2;
  const m = work;
  const panel = m + <usize>d * stride;
  const inverse = panel + <usize>PANEL * stride;
  for (let row = first; row < last; row++) {
    const x = out + <usize>row * stride;
    const begin = load<u32>(offsets + (<usize>row << 2));
    const end = load<u32>(offsets + (<usize>row << 2), 4);
    memory.fill(x, 0, stride);
    if (begin === end) continue;
    memory.copy(m, gram, <usize>d * stride);
    for (let at = begin; at < end; at += PANEL) {
      const count = <i32>min<u32>(PANEL, end - at);
      gather(panel, factors, indices + (<usize>at << 2), count, d, x);
      addOuterProducts(m, panel, count, d);
    }
    const ridge: f32 = lambda * (<f32>(end - begin) + others);
    for (let i = 0; i < d; i++) {
      const diagonal = m + <usize>i * (stride + 4);
      store<f32>(diagonal, load<f32>(diagonal) + ridge);
    }
    if (!factorise(m, d, inverse)) return row;
    solveForward(m, d, inverse, x);
    solveBackward(m, d, inverse, x);
  }
  return -1;
}

/** out[r] := ⟨factors[r], x⟩ for r in [0, rows). */
export function scores(factors: usize, rows: i32, d: i32, x: usize, out: usize): void {
  const stride = <usize>d << 2;
  for (let row = 0; row < rows; row++) {
    const y = factors + <usize>row * stride;
    let sum = f32x4.splat(0);
    for (let at: usize = 0; at < stride; at += 16) sum = step(sum, v128.load(y + at), v128.load(x + at), false);
    store<f32>(out + (<usize>row << 2), lanesSum(sum));
  }
}
