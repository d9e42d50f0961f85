/*
 * SHA-256 (FIPS 180-4) over many short messages, and roots of sparse Merkle maps (DESIGN §6). A call from JavaScript costs more than
 * hashing 64 bytes, so that loops over records run in here. The reference is libs/essentials `sha256` and libs/merkle
 * `sparseMapRoot`. Addresses are bytes; nothing is checked here, the wrapper does.
 */

// FIPS 180-4 §4.2.2
const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

const STATE: usize = memory.data(32);
const SCHEDULE: usize = memory.data(256);
/** The last one or two blocks of a message, with the padding. */
const TAIL: usize = memory.data(128);

// @ts-ignore: decorator
@inline
function bigEndian(word: u32): u32 {
  return (rotr<u32>(word, 8) & 0xff00ff00) | (rotl<u32>(word, 8) & 0x00ff00ff);
}

// @ts-ignore: decorator
@inline
function scheduled(t: usize): u32 {
  return load<u32>(K + t) + load<u32>(SCHEDULE + t);
}

/** Σ1(e) + Ch(e, f, g) */
// @ts-ignore: decorator
@inline
function mixed(e: u32, f: u32, g: u32): u32 {
  return (rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25)) + (g ^ (e & (f ^ g)));
}

/** Σ0(a) + Maj(a, b, c) */
// @ts-ignore: decorator
@inline
function majority(a: u32, b: u32, c: u32): u32 {
  return (rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22)) + ((a & b) | (c & (a | b)));
}

/** FIPS 180-4 §6.2.2 for one block of 64 bytes. */
function compress(block: usize): void {
  for (let t: usize = 0; t < 64; t += 4) store<u32>(SCHEDULE + t, bigEndian(load<u32>(block + t)));
  for (let t: usize = 64; t < 256; t += 4) {
    const w15 = load<u32>(SCHEDULE + t - 60);
    const w2 = load<u32>(SCHEDULE + t - 8);
    const s0 = rotr<u32>(w15, 7) ^ rotr<u32>(w15, 18) ^ (w15 >>> 3);
    const s1 = rotr<u32>(w2, 17) ^ rotr<u32>(w2, 19) ^ (w2 >>> 10);
    store<u32>(SCHEDULE + t, load<u32>(SCHEDULE + t - 64) + s0 + load<u32>(SCHEDULE + t - 28) + s1);
  }
  let a = load<u32>(STATE);
  let b = load<u32>(STATE, 4);
  let c = load<u32>(STATE, 8);
  let d = load<u32>(STATE, 12);
  let e = load<u32>(STATE, 16);
  let f = load<u32>(STATE, 20);
  let g = load<u32>(STATE, 24);
  let h = load<u32>(STATE, 28);
  // Eight rounds, after which every variable is back in its place; renaming them costs nothing, moving them would.
  for (let t: usize = 0; t < 256; t += 32) {
    h += mixed(e, f, g) + scheduled(t);
    d += h;
    h += majority(a, b, c);
    g += mixed(d, e, f) + scheduled(t + 4);
    c += g;
    g += majority(h, a, b);
    f += mixed(c, d, e) + scheduled(t + 8);
    b += f;
    f += majority(g, h, a);
    e += mixed(b, c, d) + scheduled(t + 12);
    a += e;
    e += majority(f, g, h);
    d += mixed(a, b, c) + scheduled(t + 16);
    h += d;
    d += majority(e, f, g);
    c += mixed(h, a, b) + scheduled(t + 20);
    g += c;
    c += majority(d, e, f);
    b += mixed(g, h, a) + scheduled(t + 24);
    f += b;
    b += majority(c, d, e);
    a += mixed(f, g, h) + scheduled(t + 28);
    e += a;
    a += majority(b, c, d);
  }
  store<u32>(STATE, load<u32>(STATE) + a);
  store<u32>(STATE, load<u32>(STATE, 4) + b, 4);
  store<u32>(STATE, load<u32>(STATE, 8) + c, 8);
  store<u32>(STATE, load<u32>(STATE, 12) + d, 12);
  store<u32>(STATE, load<u32>(STATE, 16) + e, 16);
  store<u32>(STATE, load<u32>(STATE, 20) + f, 20);
  store<u32>(STATE, load<u32>(STATE, 24) + g, 24);
  store<u32>(STATE, load<u32>(STATE, 28) + h, 28);
}

/** memory.copy for a few bytes, which the engine would do by a call out of WebAssembly. */
// @ts-ignore: decorator
@inline
function copy(to: usize, from: usize, length: usize): void {
  let at: usize = 0;
  for (; at + 8 <= length; at += 8) store<u64>(to + at, load<u64>(from + at));
  for (; at < length; at++) store<u8>(to + at, load<u8>(from + at));
}

/** out[0 … 31] := SHA-256 of `length` bytes; `out` may lie within the message. */
function hash(message: usize, length: u32, out: usize): void {
  store<u32>(STATE, 0x6a09e667); // FIPS 180-4 §5.3.3
  store<u32>(STATE, 0xbb67ae85, 4);
  store<u32>(STATE, 0x3c6ef372, 8);
  store<u32>(STATE, 0xa54ff53a, 12);
  store<u32>(STATE, 0x510e527f, 16);
  store<u32>(STATE, 0x9b05688c, 20);
  store<u32>(STATE, 0x1f83d9ab, 24);
  store<u32>(STATE, 0x5be0cd19, 28);
  const whole = length & ~63;
  for (let at: u32 = 0; at < whole; at += 64) compress(message + at);
  const rest = length - whole;
  const tail: u32 = rest < 56 ? 64 : 128;
  for (let at: usize = 0; at < 128; at += 8) store<u64>(TAIL + at, 0);
  copy(TAIL, message + whole, rest);
  store<u8>(TAIL + rest, 0x80);
  store<u32>(TAIL + tail - 8, bigEndian(length >>> 29));
  store<u32>(TAIL + tail - 4, bigEndian(length << 3));
  compress(TAIL);
  if (tail > 64) compress(TAIL + 64);
  for (let at: usize = 0; at < 32; at += 4) store<u32>(out + at, bigEndian(load<u32>(STATE + at)));
}

/** out[32·m …] := SHA-256 of messages[offsets[m] … offsets[m + 1]) for m in [first, last). */
export function hashMany(first: i32, last: i32, messages: usize, offsets: usize, out: usize): void {
  for (let m = first; m < last; m++) {
    const begin = load<u32>(offsets + (<usize>m << 2));
    const end = load<u32>(offsets + (<usize>m << 2), 4);
    hash(messages + begin, end - begin, out + (<usize>m << 5));
  }
}

/** The bit of a key that is taken at `depth`, most significant first. */
// @ts-ignore: decorator
@inline
function turn(keys: usize, index: i32, depth: i32): u32 {
  return (<u32>load<u8>(keys + (<usize>index << 5) + <usize>(depth >>> 3)) >>> (7 - (depth & 7))) & 1;
}

/** First index in [from, to) whose key turns right at `depth`, or `to`. */
function firstOnTheRight(keys: usize, from: i32, to: i32, depth: i32): i32 {
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (turn(keys, middle, depth) === 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

/**
 * out := root of the subtree at `depth` that holds entries [from, to): an empty one is zeros, one of a single entry its leaf
 * H(00‖key‖H(value)), any other H(01‖left‖right).
 *
 * @param keys 32 bytes each, ascending, distinct
 * @param values 32 bytes each
 * @param stack 80 bytes for each depth: the message of the node in the making
 */
function subtree(keys: usize, values: usize, from: i32, to: i32, depth: i32, stack: usize, out: usize): void {
  if (from === to) {
    memory.fill(out, 0, 32);
    return;
  }
  const message = stack + <usize>depth * 80;
  if (to - from === 1) {
    store<u8>(message, 0);
    copy(message + 1, keys + (<usize>from << 5), 32);
    hash(values + (<usize>from << 5), 32, message + 33);
    hash(message, 65, out);
    return;
  }
  const middle = firstOnTheRight(keys, from, to, depth);
  subtree(keys, values, from, middle, depth + 1, stack, message + 1);
  subtree(keys, values, middle, to, depth + 1, stack, message + 33);
  store<u8>(message, 1);
  hash(message, 65, out);
}

/** Whether key `index` is smaller than the next one, as memcmp orders them. */
function ascends(keys: usize, index: i32): bool {
  const one = keys + (<usize>index << 5);
  for (let at: usize = 0; at < 32; at += 4) {
    const a = bigEndian(load<u32>(one + at));
    const b = bigEndian(load<u32>(one + at, 32));
    if (a !== b) return a < b;
  }
  return false;
}

/**
 * out := root of the map of `count` entries.
 *
 * @param stack 257 · 80 bytes of scratch; the rest as for subtree
 * @returns whether the keys ascend; if they do not, there is no root
 */
export function sparseRoot(keys: usize, values: usize, count: i32, stack: usize, out: usize): bool {
  for (let index = 0; index + 1 < count; index++) if (!ascends(keys, index)) return false;
  subtree(keys, values, 0, count, 0, stack, out);
  return true;
}
