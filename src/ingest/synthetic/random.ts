import { sha256, utf8 } from '#libs/essentials';

/**
 * Seeded generator of 32-bit numbers: xoshiro128** 1.1 (Blackman and Vigna, 2018). For made-up data only; nothing that a model's
 * bytes or a secret depends on may use it.
 */
export class SeededRandom {
  private readonly state: Uint32Array;

  constructor(seed: string) {
    const digest = sha256(utf8(seed));
    this.state = Uint32Array.from({ length: 4 }, (_, at) =>
      new DataView(digest.buffer, digest.byteOffset).getUint32(4 * at, true),
    );
  }

  /** Uniform in [0, 1), a multiple of 2^-32. */
  next(): number {
    const s = this.state;
    const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9);
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 11);
    return (result >>> 0) / 2 ** 32;
  }

  /** Uniform among 0 … bound−1. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  /** Fisher–Yates, in place. */
  shuffle<T>(values: T[]): T[] {
    for (let last = values.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      [values[last], values[other]] = [values[other], values[last]];
    }
    return values;
  }
}

const rotate = (x: number, k: number) => (x << k) | (x >>> (32 - k));
