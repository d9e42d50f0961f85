import { fromHex, sha256, utf8, type Sha256 } from '#libs/essentials';
import { LearningError } from './learning-error.js';
import { philox4x32 } from '#libs/kernels';

/** The draws of one (purpose, id): a pure function of the counter, 0 … 2^32 − 1. */
export interface NamedDraws {
  /** A multiple of 2^−32 in [0, 1). */
  uniform(counter: number): number;
  /** Mean 0, variance 1, within ±4.9; see `normal` in draws.ts. */
  normal(counter: number): number;
}

/** The generator of a model line: draws are found by name (DESIGN §4.1), never taken from a stream. */
export type Draw = (purpose: string, stableId: string) => NamedDraws;

const SEED = /^[0-9a-f]{64}$/;
const HALF_RANGE = 0x10000;
const HALVES = 8;
// Eight uniform integers of 0 … 2^16 − 1 have the mean 8·(2^16 − 1)/2 and the variance 8·(2^32 − 1)/12.
const MEAN = (HALVES * (HALF_RANGE - 1)) / 2;
const DEVIATION = Math.sqrt((HALVES * (HALF_RANGE * HALF_RANGE - 1)) / 12);

/**
 * Opens the generator of a genesis seed. A name is hashed, SHA-256 of the JSON array ["lacuna/draw/v1", seed, purpose, id];
 * bytes 0 … 7 of the digest are the key of Philox4x32-10 and bytes 8 … 15 the upper half of its counter (all little-endian
 * words); the lower half is (counter, use). A draw therefore does not depend on how many others were made, in which order,
 * nor on any index.
 *
 * @param seed 32 bytes, hex
 * @example
 * const factor = drawsOf(genesis.seed)('ials/item-factors', item).normal(dimension);
 * @throws LearningError GENESIS_SEED_INVALID
 */
export function drawsOf(seed: string, hash: Sha256 = sha256): Draw {
  checkSeed(seed);
  return (purpose, stableId) => {
    const digest = hash(utf8(JSON.stringify(['lacuna/draw/v1', seed, purpose, stableId])));
    const view = new DataView(digest.buffer, digest.byteOffset, 16);
    const key = Uint32Array.of(view.getUint32(0, true), view.getUint32(4, true));
    const counter = Uint32Array.of(0, 0, view.getUint32(8, true), view.getUint32(12, true));
    const block = new Uint32Array(4);
    const blockOf = (at: number, use: number): Uint32Array => {
      counter[0] = at;
      counter[1] = use;
      philox4x32(counter, key, block);
      return block;
    };
    return {
      uniform: (at) => blockOf(at, 0)[0] / 2 ** 32,
      normal: (at) => normal(blockOf(at, 1)),
    };
  };
}

/**
 * One draw, by its full name; what drawsOf gives, for those who need only one.
 */
export function draw(seed: string, purpose: string, stableId: string, counter: number): number {
  return drawsOf(seed)(purpose, stableId).uniform(counter);
}

export function checkSeed(seed: string): void {
  if (!SEED.test(seed) || fromHex(seed).length !== 32)
    throw new LearningError('GENESIS_SEED_INVALID', 'the seed must be 32 bytes in lower-case hexadecimal');
}

/**
 * A normal approximation without the host's log and cos, whose last bits differ between engines: the sum of the eight 16-bit
 * halves of a block, standardised (Irwin–Hall; kurtosis 2.85 instead of 3). Integer sums, one subtraction and one division
 * of doubles: the same everywhere.
 */
function normal(block: Uint32Array): number {
  let sum = 0;
  for (const word of block) sum += (word & 0xffff) + (word >>> 16);
  return (sum - MEAN) / DEVIATION;
}
