/*
 * SHA-256 (FIPS 180-4) of one message. The reference is libs/essentials `sha256`. Addresses are bytes; nothing is checked here, the
 * wrapper does.
 */

// FIPS 180-4 §4.2.2
export const K: usize = memory.data<u32>([
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
/** The last one or two blocks of a message, with the padding, for each of four messages. */
export const TAILS: usize = memory.data(512, 16);
/** Bytes from one tail to the next. */
export const TAIL: usize = 128;

// @ts-ignore: decorator
@inline
export function bigEndian(word: u32): u32 {
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

/**
 * Writes what follows the whole blocks of a message, and the padding.
 *
 * @returns blocks of the whole message
 */
export function pad(tail: usize, message: usize, length: u32): u32 {
  const rest = length & 63;
  const size: u32 = rest < 56 ? 64 : 128;
  for (let at: usize = 0; at < TAIL; at += 16) v128.store(tail + at, i64x2.splat(0));
  copy(tail, message + (length - rest), rest);
  store<u8>(tail + rest, 0x80);
  store<u32>(tail + size - 8, bigEndian(length >>> 29));
  store<u32>(tail + size - 4, bigEndian(length << 3));
  return (length - rest + size) >>> 6;
}

/** out[0 … 31] := SHA-256 of `length` bytes. */
export function hash(message: usize, length: u32, out: usize): void {
  store<u32>(STATE, 0x6a09e667); // FIPS 180-4 §5.3.3
  store<u32>(STATE, 0xbb67ae85, 4);
  store<u32>(STATE, 0x3c6ef372, 8);
  store<u32>(STATE, 0xa54ff53a, 12);
  store<u32>(STATE, 0x510e527f, 16);
  store<u32>(STATE, 0x9b05688c, 20);
  store<u32>(STATE, 0x1f83d9ab, 24);
  store<u32>(STATE, 0x5be0cd19, 28);
  const blocks = pad(TAILS, message, length);
  const whole = length >>> 6;
  for (let b: u32 = 0; b < whole; b++) compress(message + (<usize>b << 6));
  for (let b = whole; b < blocks; b++) compress(TAILS + (<usize>(b - whole) << 6));
  for (let at: usize = 0; at < 32; at += 4) store<u32>(out + at, bigEndian(load<u32>(STATE + at)));
}
