// Seeded draws, so that a run can be repeated: SHA-256 of the seed, the names of what is drawn for, and a counter.
import { createHash } from 'node:crypto';

const RANGE = 2 ** 48;

export class Draws {
  #counter = 0;

  /** @param {...(string | number)} path the seed, and for what is drawn */
  constructor(...path) {
    this.path = path;
  }

  /** Draws of their own, which no draw from these changes. */
  for(...names) {
    return new Draws(...this.path, ...names);
  }

  /** A number from 0 up to, not including, 1. */
  next() {
    const name = [...this.path, this.#counter++].join('/');
    return createHash('sha256').update(name).digest().readUIntBE(0, 6) / RANGE;
  }

  /** A whole number from 0 up to, not including, n. */
  below(n) {
    return Math.floor(this.next() * n);
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  chance(probability) {
    return this.next() < probability;
  }

  hex(digits) {
    return Array.from({ length: digits }, () => this.below(16).toString(16)).join('');
  }

  uuid() {
    const [a, b, c, d, e] = [8, 3, 3, 3, 12].map((digits, at) => (at === 1 ? this.hex(4) : this.hex(digits)));
    return `${a}-${b}-4${c}-a${d}-${e}`;
  }

  shuffled(list) {
    const shuffled = [...list];
    for (let at = shuffled.length - 1; at > 0; at--) {
      const other = this.below(at + 1);
      [shuffled[at], shuffled[other]] = [shuffled[other], shuffled[at]];
    }
    return shuffled;
  }
}
