import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromBase64 } from '#libs/essentials';
import { refusalOf } from '#libs/testkit';
import { base64 } from './generated/inverse.wasm.js';
import {
  INVERSE_DIGEST,
  InversePart,
  itemWeights,
  itemWeightsReference,
  Meeting,
  metItems,
  shareWeights,
  solvePart,
  type WeightsProblem,
} from './index.js';

const bits = (floats: Float32Array): Uint32Array => new Uint32Array(floats.slice().buffer);

/** Counts of pairs of a few people, so that the matrix is one that can occur. */
function countsOf(size: number, people: number, seed: number): Uint32Array {
  let state = seed >>> 0;
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
  const met = Array.from({ length: people }, () => Array.from({ length: size }, () => next() >>> 30 === 0));
  const counts: number[] = [];
  for (let i = 0; i < size; i++)
    for (let j = i; j < size; j++) counts.push(met.filter((row) => row[i] && row[j]).length);
  return Uint32Array.from(counts);
}

const problems: fc.Arbitrary<WeightsProblem> = fc
  .record({
    size: fc.integer({ min: 0, max: 60 }),
    people: fc.integer({ min: 0, max: 40 }),
    seed: fc.nat(),
    regularization: fc.constantFrom(0.5, 3, 100),
    block: fc.constantFrom(8, 16, 24, 64),
  })
  .map(({ people, seed, ...rest }) => ({ ...rest, counts: countsOf(rest.size, people, seed) }));

function inParts(problem: WeightsProblem, parts: number): Float32Array {
  const all = Array.from({ length: parts }, (_, part) => new InversePart(problem, { part, parts }));
  const [{ blocks, items, panelLength, paddedSize }] = all;
  for (let k = 0; k < blocks; k++) {
    const panel = new Float32Array(panelLength);
    for (const one of all) one.takePanel(k, panel);
    for (const one of all) one.sweep(k, panel);
  }
  const diagonal = new Float32Array(paddedSize);
  const weights = new Float32Array(items ** 2);
  for (const one of all) one.takeDiagonal(diagonal);
  for (const one of all) one.writeWeights(diagonal, weights);
  return weights;
}

const meetingOf = (parts: number): Meeting =>
  new Meeting(new Int32Array(new SharedArrayBuffer(4 * Meeting.WORDS)), parts);

describe('the kernel that solves for item weights', () => {
  it('agrees with the reference bit for bit', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        expect(bits(itemWeights(problem))).toEqual(bits(itemWeightsReference(problem)));
      }),
      { numRuns: 60 },
    );
  });

  it('gives the same bits in one part as in several', () => {
    fc.assert(
      fc.property(problems, fc.integer({ min: 2, max: 5 }), (problem, parts) => {
        expect(bits(inParts(problem, parts))).toEqual(bits(itemWeights(problem)));
      }),
      { numRuns: 40 },
    );
  });

  it('gives the same bits on memory that threads share', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const shared = shareWeights(problem, 1);
        solvePart(shared, 0, meetingOf(1));
        expect(bits(shared.weights)).toEqual(bits(itemWeights(problem)));
      }),
      { numRuns: 20 },
    );
  });

  it('writes where it is told, over what is there, and only where it has room', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const room = (length: number): Float32Array =>
          new Float32Array(new SharedArrayBuffer(4 + 4 * length), 4).fill(NaN);
        const { length } = metItems(problem);
        const [alone, together] = [room(length * length), room(length * length)];
        expect(itemWeights(problem, alone)).toBe(alone);
        solvePart(shareWeights(problem, 1, together), 0, meetingOf(1));
        expect([bits(alone), bits(together)]).toEqual(Array(2).fill(bits(itemWeights(problem))));
        const tooMuch = room(length * length + 1);
        for (const solve of [
          itemWeights,
          (...of: [WeightsProblem, Float32Array]) => shareWeights(of[0], 1, of[1]),
        ])
          expect(refusalOf(() => solve(problem, tooMuch))).toBe('WEIGHTS_LENGTH_INVALID');
      }),
      { numRuns: 20 },
    );
    const problem = { size: 1, counts: Uint32Array.of(2), regularization: 1, block: 8 };
    expect(() => shareWeights(problem, 2, new Float32Array(1))).toThrow('memory that they share');
  });

  it('waits for no part that has given up, and tells the others why it gives up itself', () => {
    const problem = { size: 2, counts: Uint32Array.of(2, 1, 3), regularization: 1, block: 8 };
    const lonely = meetingOf(2);
    lonely.giveUp();
    expect(refusalOf(() => solvePart(shareWeights(problem, 2), 0, lonely))).toBe('PART_LOST');
    const alone = meetingOf(1);
    const singular = { ...problem, counts: Uint32Array.of(1, 9, 1) };
    expect(refusalOf(() => solvePart(shareWeights(singular, 1), 0, alone))).toBe('NOT_POSITIVE_DEFINITE');
    expect(refusalOf(() => alone.wait())).toBe('PART_LOST');
  });

  it('solves the system that the paper states', () => {
    // G = [[2, 1, 0], [1, 3, 1], [0, 1, 1]], λ = 1: det(G + I) = 3·(4·2 − 1) − 1·2 = 19, and P·19 = [[7, −2, 1], [−2, 6, −3], [1, −3, 11]].
    const weights = itemWeights({
      size: 3,
      counts: Uint32Array.of(2, 1, 0, 3, 1, 1),
      regularization: 1,
      block: 8,
    });
    const expected = [0, 2 / 6, -1 / 11, 2 / 7, 0, 3 / 11, -1 / 7, 3 / 6, 0];
    // Condition number below 10: a few units in the last place of numbers below 1.
    weights.forEach((value, at) => expect(Math.abs(value - expected[at])).toBeLessThan(2 ** -21));
  });

  it('inverts what its block size does not divide, with an error that does not depend on it', () => {
    const problem = { size: 50, counts: countsOf(50, 40, 7), regularization: 3 };
    const [one, other] = [8, 24].map((block) => itemWeights({ ...problem, block }));
    one.forEach((value, at) => expect(Math.abs(value - other[at])).toBeLessThan(2 ** -18));
  });

  it('leaves out items that nobody has met: the weights of the others have the bits that they would have without them', () => {
    const some = fc.array(fc.boolean(), { minLength: 60, maxLength: 60 });
    fc.assert(
      fc.property(problems, some, (problem, isMet) => {
        const { size, counts } = problem;
        const kept = Array.from({ length: size }, (_, item) => item).filter((item) => isMet[item]);
        const [among, alone]: [number[], number[]] = [[], []];
        let at = 0;
        for (let i = 0; i < size; i++)
          for (let j = i; j < size; j++, at++) {
            among.push(isMet[i] && isMet[j] ? counts[at] : 0);
            if (isMet[i] && isMet[j]) alone.push(counts[at]);
          }
        const withOthers = { ...problem, counts: Uint32Array.from(among) };
        const without = { ...problem, size: kept.length, counts: Uint32Array.from(alone) };
        expect(bits(itemWeights(withOthers))).toEqual(bits(itemWeights(without)));
        expect([...metItems(withOthers)]).toEqual(Array.from(metItems(without), (item) => kept[item]));
      }),
      { numRuns: 40 },
    );
  });

  it('gives no items no weights, and a lone item none', () => {
    const alone = { regularization: 1, block: 64 };
    expect(itemWeights({ ...alone, size: 0, counts: new Uint32Array() })).toEqual(new Float32Array());
    expect(itemWeights({ ...alone, size: 1, counts: Uint32Array.of(5) })).toEqual(new Float32Array(1));
  });

  it('is the module that its digest names, and imports nothing from its host', () => {
    const module = fromBase64(base64);
    expect(createHash('sha256').update(module).digest('hex')).toBe(INVERSE_DIGEST);
    expect(WebAssembly.Module.imports(new WebAssembly.Module(module as Uint8Array<ArrayBuffer>))).toEqual([]);
  });

  const good: WeightsProblem = { size: 2, counts: Uint32Array.of(2, 1, 3), regularization: 1, block: 8 };
  it.each<[string, Partial<WeightsProblem>, string]>([
    ['a block that is no multiple of 8', { block: 12 }, 'BLOCK_INVALID'],
    ['a block beyond 256', { block: 264 }, 'BLOCK_INVALID'],
    ['no block', { block: 0 }, 'BLOCK_INVALID'],
    ['counts of another size', { size: 3 }, 'COUNTS_LENGTH_INVALID'],
    ['half an item', { size: 1.5 }, 'COUNTS_LENGTH_INVALID'],
    ['no regularization', { regularization: 0 }, 'WEIGHT_NOT_POSITIVE'],
    ['a regularization that is no number', { regularization: Number.NaN }, 'WEIGHT_NOT_POSITIVE'],
    ['a matrix that is not positive definite', { counts: Uint32Array.of(1, 9, 1) }, 'NOT_POSITIVE_DEFINITE'],
  ])('refuses %s', (_, change, code) => {
    expect(refusalOf(() => itemWeights({ ...good, ...change }))).toBe(code);
    expect(refusalOf(() => itemWeightsReference({ ...good, ...change }))).toBe(code);
    expect(refusalOf(() => solvePart(shareWeights({ ...good, ...change }, 1), 0, meetingOf(1)))).toBe(code);
  });
});
