/*
 * SHA-256 (FIPS 180-4) of four messages at a time, lane l of every vector belonging to message l. The functions are those of
 * sha256-block.ts with a 4 at the end of their names.
 */
import { K, pad, TAIL, TAILS } from './sha256-block';

const STATES: usize = memory.data(128, 16);
const SCHEDULES: usize = memory.data(1024, 16);
/** Blocks that each of four messages has. */
const BLOCKS: usize = memory.data(16, 16);

// @ts-ignore: decorator
@inline
function rotr4(v: v128, by: i32): v128 {
  return v128.or(i32x4.shr_u(v, by), i32x4.shl(v, 32 - by));
}

// @ts-ignore: decorator
@inline
function xor3(a: v128, b: v128, c: v128): v128 {
  return v128.xor(v128.xor(a, b), c);
}

// @ts-ignore: decorator
@inline
function bigEndian4(v: v128): v128 {
  return i8x16.shuffle(v, v, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

/** `scheduled` of four messages. */
// @ts-ignore: decorator
@inline
function scheduled4(t: usize): v128 {
  return i32x4.add(v128.load32_splat(K + t), v128.load(SCHEDULES + (t << 2)));
}

/** `mixed` of four messages, added to h. */
// @ts-ignore: decorator
@inline
function mixed4(h: v128, e: v128, f: v128, g: v128): v128 {
  const choice = v128.xor(g, v128.and(e, v128.xor(f, g)));
  return i32x4.add(i32x4.add(h, choice), xor3(rotr4(e, 6), rotr4(e, 11), rotr4(e, 25)));
}

/** `majority` of four messages, added to h. */
// @ts-ignore: decorator
@inline
function majority4(h: v128, a: v128, b: v128, c: v128): v128 {
  const most = v128.or(v128.and(a, b), v128.and(c, v128.or(a, b)));
  return i32x4.add(i32x4.add(h, most), xor3(rotr4(a, 2), rotr4(a, 13), rotr4(a, 22)));
}

/** Words t … t + 3 of four blocks to the schedules. */
// @ts-ignore: decorator
@inline
function transposeIn(p0: usize, p1: usize, p2: usize, p3: usize, to: usize): void {
  const a = v128.load(p0);
  const b = v128.load(p1);
  const c = v128.load(p2);
  const d = v128.load(p3);
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  v128.store(to, bigEndian4(v128.shuffle<i64>(ab, cd, 0, 2)));
  v128.store(to, bigEndian4(v128.shuffle<i64>(ab, cd, 1, 3)), 16);
  const ab2 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cd2 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, bigEndian4(v128.shuffle<i64>(ab2, cd2, 0, 2)), 32);
  v128.store(to, bigEndian4(v128.shuffle<i64>(ab2, cd2, 1, 3)), 48);
}

// @ts-ignore: decorator
@inline
function addState(at: usize, v: v128, among: v128): void {
  v128.store(STATES + at, i32x4.add(v128.load(STATES + at), v128.and(v, among)));
}

/** `compress` for one block of each of four messages; only lanes that are all ones in `among` change their state. */
export function compress4(p0: usize, p1: usize, p2: usize, p3: usize, among: v128): void {
  for (let at: usize = 0; at < 64; at += 16)
    transposeIn(p0 + at, p1 + at, p2 + at, p3 + at, SCHEDULES + (at << 2));
  for (let at: usize = SCHEDULES + 256; at < SCHEDULES + 1024; at += 16) {
    const w15 = v128.load(at - 240);
    const w2 = v128.load(at - 32);
    const s0 = xor3(rotr4(w15, 7), rotr4(w15, 18), i32x4.shr_u(w15, 3));
    const s1 = xor3(rotr4(w2, 17), rotr4(w2, 19), i32x4.shr_u(w2, 10));
    v128.store(at, i32x4.add(i32x4.add(v128.load(at - 256), s0), i32x4.add(v128.load(at - 112), s1)));
  }
  let a = v128.load(STATES);
  let b = v128.load(STATES, 16);
  let c = v128.load(STATES, 32);
  let d = v128.load(STATES, 48);
  let e = v128.load(STATES, 64);
  let f = v128.load(STATES, 80);
  let g = v128.load(STATES, 96);
  let h = v128.load(STATES, 112);
  for (let t: usize = 0; t < 256; t += 32) {
    h = mixed4(i32x4.add(h, scheduled4(t)), e, f, g);
    d = i32x4.add(d, h);
    h = majority4(h, a, b, c);
    g = mixed4(i32x4.add(g, scheduled4(t + 4)), d, e, f);
    c = i32x4.add(c, g);
    g = majority4(g, h, a, b);
    f = mixed4(i32x4.add(f, scheduled4(t + 8)), c, d, e);
    b = i32x4.add(b, f);
    f = majority4(f, g, h, a);
    e = mixed4(i32x4.add(e, scheduled4(t + 12)), b, c, d);
    a = i32x4.add(a, e);
    e = majority4(e, f, g, h);
    d = mixed4(i32x4.add(d, scheduled4(t + 16)), a, b, c);
    h = i32x4.add(h, d);
    d = majority4(d, e, f, g);
    c = mixed4(i32x4.add(c, scheduled4(t + 20)), h, a, b);
    g = i32x4.add(g, c);
    c = majority4(c, d, e, f);
    b = mixed4(i32x4.add(b, scheduled4(t + 24)), g, h, a);
    f = i32x4.add(f, b);
    b = majority4(b, c, d, e);
    a = mixed4(i32x4.add(a, scheduled4(t + 28)), f, g, h);
    e = i32x4.add(e, a);
    a = majority4(a, b, c, d);
  }
  addState(0, a, among);
  addState(16, b, among);
  addState(32, c, among);
  addState(48, d, among);
  addState(64, e, among);
  addState(80, f, among);
  addState(96, g, among);
  addState(112, h, among);
}

export function startStates(): void {
  v128.store(STATES, i32x4.splat(0x6a09e667));
  v128.store(STATES, i32x4.splat(0xbb67ae85), 16);
  v128.store(STATES, i32x4.splat(0x3c6ef372), 32);
  v128.store(STATES, i32x4.splat(0xa54ff53a), 48);
  v128.store(STATES, i32x4.splat(0x510e527f), 64);
  v128.store(STATES, i32x4.splat(0x9b05688c), 80);
  v128.store(STATES, i32x4.splat(0x1f83d9ab), 96);
  v128.store(STATES, i32x4.splat(0x5be0cd19), 112);
}

/** Half a digest of four messages. */
// @ts-ignore: decorator
@inline
function transposeOut(from: usize, o0: usize, o1: usize, o2: usize, o3: usize): void {
  const a = bigEndian4(v128.load(from));
  const b = bigEndian4(v128.load(from, 16));
  const c = bigEndian4(v128.load(from, 32));
  const d = bigEndian4(v128.load(from, 48));
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  v128.store(o0, v128.shuffle<i64>(ab, cd, 0, 2));
  v128.store(o1, v128.shuffle<i64>(ab, cd, 1, 3));
  const ab2 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cd2 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(o2, v128.shuffle<i64>(ab2, cd2, 0, 2));
  v128.store(o3, v128.shuffle<i64>(ab2, cd2, 1, 3));
}

export function storeDigests(o0: usize, o1: usize, o2: usize, o3: usize): void {
  transposeOut(STATES, o0, o1, o2, o3);
  transposeOut(STATES + 64, o0 + 16, o1 + 16, o2 + 16, o3 + 16);
}

/** Block b of message `lane` of four; any block where it has none. */
// @ts-ignore: decorator
@inline
function blockOf(lane: usize, b: u32, messages: usize, offsets: usize): usize {
  const begin = load<u32>(offsets + (lane << 2));
  const whole = (load<u32>(offsets + (lane << 2), 4) - begin) >>> 6;
  if (b < whole) return messages + begin + (<usize>b << 6);
  return TAILS + lane * TAIL + (<usize>((b - whole) & 1) << 6);
}

/** Four messages that follow one another; they may have different lengths. */
export function hashFour(messages: usize, offsets: usize, out: usize): void {
  let most: u32 = 0;
  for (let lane: usize = 0; lane < 4; lane++) {
    const begin = load<u32>(offsets + (lane << 2));
    const length = load<u32>(offsets + (lane << 2), 4) - begin;
    const blocks = pad(TAILS + lane * TAIL, messages + begin, length);
    store<u32>(BLOCKS + (lane << 2), blocks);
    most = max(most, blocks);
  }
  startStates();
  for (let b: u32 = 0; b < most; b++)
    compress4(
      blockOf(0, b, messages, offsets),
      blockOf(1, b, messages, offsets),
      blockOf(2, b, messages, offsets),
      blockOf(3, b, messages, offsets),
      i32x4.gt_u(v128.load(BLOCKS), i32x4.splat(b)),
    );
  storeDigests(out, out + 32, out + 64, out + 96);
}
