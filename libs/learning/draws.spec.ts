import { describe, expect, it } from '@jest/globals';
import { philox4x32 } from '#libs/kernels';
import { refusalOf } from '#libs/testkit';
import { draw, drawsOf } from './index.js';

const SEED = '5e'.repeat(32);

describe('Philox4x32-10', () => {
  // Known answers that the Random123 library ships (kat_vectors, philox4x32 with 10 rounds): counter, key, expected.
  const vectors: readonly [string, string, string][] = [
    ['00000000 00000000 00000000 00000000', '00000000 00000000', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    ['ffffffff ffffffff ffffffff ffffffff', 'ffffffff ffffffff', '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    ['243f6a88 85a308d3 13198a2e 03707344', 'a4093822 299f31d0', 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ];
  const words = (text: string): Uint32Array =>
    Uint32Array.from(text.split(' '), (word) => parseInt(word, 16));

  it.each(vectors)('gives the known answer for counter %s', (counter, key, expected) => {
    const out = new Uint32Array(4);
    philox4x32(words(counter), words(key), out);
    expect(out).toEqual(words(expected));
  });
});

describe('a draw', () => {
  it('is found again by its name, whatever was drawn in between and in whichever order', () => {
    const first = drawsOf(SEED);
    const expected = [0, 1, 2].map((counter) => first('p', 'item-1').normal(counter));
    const second = drawsOf(SEED);
    second('p', 'item-0').normal(5);
    const draws = second('p', 'item-1');
    draws.uniform(0);
    expect([2, 1, 0].map((counter) => draws.normal(counter)).reverse()).toEqual(expected);
  });

  it.each([
    ['seed', '5f'.repeat(32), 'p', 'item', 0],
    ['purpose', SEED, 'q', 'item', 0],
    ['id', SEED, 'p', 'items', 0],
    ['counter', SEED, 'p', 'item', 1],
  ] as const)('changes with the %s', (_, seed, purpose, id, counter) => {
    expect(draw(seed, purpose, id, counter)).not.toBe(draw(SEED, 'p', 'item', 0));
  });

  it('keeps purpose and id apart', () => {
    expect(draw(SEED, 'ab', 'c', 0)).not.toBe(draw(SEED, 'a', 'bc', 0));
  });

  it('is uniform in [0, 1)', () => {
    const draws = drawsOf(SEED)('uniform', 'x');
    const tenths = new Array<number>(10).fill(0);
    for (let counter = 0; counter < 10_000; counter++) tenths[Math.floor(draws.uniform(counter) * 10)]++;
    // 1,000 expected in each tenth; five standard deviations of the binomial are 150.
    expect(tenths.every((count) => Math.abs(count - 1000) < 150)).toBe(true);
  });

  it('is standard normal up to the fourth moment, as the sum of eight halves can be', () => {
    const draws = drawsOf(SEED)('normal', 'x');
    const values = Array.from({ length: 20_000 }, (_, counter) => draws.normal(counter));
    const moment = (power: number): number => values.reduce((sum, x) => sum + x ** power, 0) / values.length;
    // Five standard errors at n = 20,000: √(1/n), √(2/n) and √(90/n).
    expect(Math.abs(moment(1))).toBeLessThan(0.036);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.05);
    expect(Math.abs(moment(4) - 2.85)).toBeLessThan(0.34); // Irwin–Hall of 8: 3 − 6/(5·8)
  });

  it('needs a seed of 32 bytes', () => {
    for (const seed of ['', 'ab', 'AB'.repeat(32), 'zz'.repeat(32)])
      expect(refusalOf(() => drawsOf(seed))).toBe('GENESIS_SEED_INVALID');
  });
});
