import { fromBase64 } from '#libs/essentials';
import { base64, digest } from './generated/pairs.wasm.js';
import { KernelError } from './kernel-error.js';
import { KernelMemory } from './kernel-memory.js';
import { checkPairsProblem, triangleLength, type PairsProblem } from './pairs-problem.js';

/** SHA-256 of the WebAssembly module that counts pairs, hex. */
export const PAIRS_DIGEST = digest;

interface PairsExports {
  readonly memory: WebAssembly.Memory;
  enlist(
    rows: number,
    items: number,
    offsets: number,
    indices: number,
    head: number,
    link: number,
    at: number,
  ): void;
  count(
    first: number,
    last: number,
    items: number,
    offsets: number,
    indices: number,
    head: number,
    link: number,
    at: number,
    out: number,
  ): void;
  add(sum: number, counts: number, length: number): void;
}

// V8 swaps optimised code in only between calls of a WebAssembly function, never within one.
const ITEMS_A_CALL = 64;
const COUNTS_A_CALL = 65_536; // 384 KiB of counts and sums: they stay in a cache

let compiled: WebAssembly.Module | undefined;

/** A new instance: counts of a large catalogue would otherwise keep their memory for as long as the thread lives. */
function instantiate(): PairsExports {
  compiled ??= new WebAssembly.Module(fromBase64(base64) as Uint8Array<ArrayBuffer>);
  return new WebAssembly.Instance(compiled).exports as unknown as PairsExports;
}

/**
 * How many rows have both columns, for each pair of columns i ≤ j; how many have the column where i = j.
 *
 * @returns the upper triangle with the diagonal, row after row: items·(items + 1)/2 counts
 * @throws KernelError OFFSETS_INVALID, INDEX_OUT_OF_RANGE, ROW_NOT_ASCENDING, COUNT_TOO_LARGE, MEMORY_EXHAUSTED
 * @example
 * countPairs({ items: 2, offsets: Uint32Array.of(0, 2, 3), indices: Uint32Array.of(0, 1, 1) }); // 1 1 2
 */
export function countPairs(problem: PairsProblem): Uint16Array {
  checkPairsProblem(problem);
  const { offsets, indices, items } = problem;
  const rows = offsets.length - 1;
  const kernel = instantiate();
  const memory = new KernelMemory(kernel.memory);
  const length = triangleLength(items);
  const at = {
    offsets: memory.reserve(offsets.length),
    indices: memory.reserve(indices.length),
    head: memory.reserve(items),
    link: memory.reserve(rows),
    at: memory.reserve(rows),
    out: memory.reserve(length / 2),
  };
  memory.commit();
  memory.writeWords(at.offsets, offsets);
  memory.writeWords(at.indices, indices);
  kernel.enlist(rows, items, at.offsets, at.indices, at.head, at.link, at.at);
  for (let first = 0; first < items; first += ITEMS_A_CALL) {
    const last = Math.min(first + ITEMS_A_CALL, items);
    kernel.count(first, last, items, at.offsets, at.indices, at.head, at.link, at.at, at.out);
  }
  return memory.readHalves(at.out, length);
}

/**
 * Takes counts away from a sum that they were added to.
 *
 * @throws KernelError COUNTS_LENGTH_INVALID
 */
export function subtractCounts(from: Uint32Array, counts: Uint16Array): void {
  if (from.length !== counts.length)
    throw new KernelError('COUNTS_LENGTH_INVALID', 'counts that are summed must have one length');
  for (let at = 0; at < from.length; at++) from[at] -= counts[at];
}

/**
 * Σ of counts of one length, element by element.
 *
 * @param into where it goes; what is there already is added to
 * @throws KernelError COUNTS_LENGTH_INVALID
 */
export function sumCounts(
  all: readonly Uint16Array[],
  length: number,
  into: Uint32Array = new Uint32Array(length),
): Uint32Array {
  if ([...all, into].some((counts) => counts.length !== length))
    throw new KernelError('COUNTS_LENGTH_INVALID', 'counts that are summed must have one length');
  const kernel = instantiate();
  const memory = new KernelMemory(kernel.memory);
  const sum = memory.reserve(COUNTS_A_CALL);
  const term = memory.reserve(COUNTS_A_CALL / 2);
  memory.commit();
  for (let first = 0; first < length; first += COUNTS_A_CALL) {
    const end = Math.min(first + COUNTS_A_CALL, length);
    memory.writeWords(sum, into.subarray(first, end));
    for (const counts of all) {
      memory.writeHalves(term, counts.subarray(first, end));
      kernel.add(sum, term, Math.ceil((end - first) / 8) * 8);
    }
    into.set(memory.words(sum, end - first), first);
  }
  return into;
}
