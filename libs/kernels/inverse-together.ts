import { InversePart } from './inverse.js';
import { checkRoom, checkWeightsProblem, metItems, type WeightsProblem } from './inverse-problem.js';
import type { Meeting } from './meeting.js';

/** A problem with room for its solution, on memory that threads share. */
export interface SharedWeights {
  readonly problem: WeightsProblem;
  readonly parts: number;
  /** Two, used in turn: who is ahead writes to one while others still read the other. */
  readonly panels: readonly [Float32Array, Float32Array];
  readonly diagonal: Float32Array;
  /** m × m for the m `metItems`, row-major: the solution, once all parts are done. */
  readonly weights: Float32Array;
}

/**
 * Puts a problem where several threads can solve it together. Each calls `solvePart` with a number of its own; the weights then have
 * the bits of `itemWeights`, however many there are.
 *
 * Counts that lie on shared memory are not copied there; nobody may change them any more.
 *
 * @param into where the weights go: m × m numbers on shared memory
 * @throws KernelError BLOCK_INVALID, COUNTS_LENGTH_INVALID, WEIGHTS_LENGTH_INVALID, WEIGHT_NOT_POSITIVE
 * @example
 * const shared = shareWeights(problem, 2); // post it to the other thread, which calls solvePart(shared, 1, meeting)
 * solvePart(shared, 0, meeting);
 * shared.weights;
 */
export function shareWeights(problem: WeightsProblem, parts: number, into?: Float32Array): SharedWeights {
  checkWeightsProblem(problem);
  const items = metItems(problem).length;
  if (into !== undefined) checkSharedRoom(items, into);
  const { block, counts } = problem;
  const padded = Math.ceil(items / block) * block;
  return {
    problem: { ...problem, counts: isShared(counts) ? counts : sharedCopy(counts) },
    parts,
    panels: [sharedFloats(padded * block), sharedFloats(padded * block)],
    diagonal: sharedFloats(padded),
    weights: into ?? sharedFloats(items * items),
  };
}

function checkSharedRoom(items: number, into: Float32Array): void {
  checkRoom(items, into);
  if (!isShared(into)) throw new TypeError('threads write together only to memory that they share');
}

function isShared({ buffer }: Uint32Array | Float32Array): boolean {
  return Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]'; // of whichever realm
}

function sharedCopy(counts: Uint32Array): Uint32Array {
  const copy = new Uint32Array(new SharedArrayBuffer(counts.byteLength));
  copy.set(counts);
  return copy;
}

function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
}

/**
 * Does one part of a shared problem; returns when all parts are done.
 *
 * @param part 0 … parts − 1
 * @param meeting of the parts
 * @throws KernelError NOT_POSITIVE_DEFINITE, MEMORY_EXHAUSTED; PART_LOST where another part has thrown
 */
export function solvePart(shared: SharedWeights, part: number, meeting: Meeting): void {
  try {
    sweepTogether(shared, part, meeting);
  } catch (failure) {
    meeting.giveUp();
    throw failure;
  }
}

function sweepTogether(
  { problem, parts, panels, diagonal, weights }: SharedWeights,
  part: number,
  meeting: Meeting,
): void {
  const own = new InversePart(problem, { part, parts });
  for (let k = 0; k < own.blocks; k++) {
    const panel = panels[k % 2];
    own.takePanel(k, panel);
    meeting.wait();
    own.sweep(k, panel);
  }
  own.takeDiagonal(diagonal);
  meeting.wait();
  own.writeWeights(diagonal, weights);
  meeting.wait();
}
