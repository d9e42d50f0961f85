import { fromBase64 } from '#libs/essentials';
import { base64 } from './generated/topk.wasm.js';
import { KernelMemory } from './kernel-memory.js';
import {
  checkFactorRanking,
  checkScoreRanking,
  scoreNotANumber,
  type FactorRanking,
  type MaskedItems,
  type ScoreRanking,
} from './topk-problem.js';

interface TopkExports {
  readonly memory: WebAssembly.Memory;
  pack(from: number, count: number, d: number, width: number, out: number): void;
  rankFactors(
    quad: number,
    lastQuad: number,
    people: number,
    packed: number,
    strips: number,
    d: number,
    first: number,
    count: number,
    work: number,
    masks: number,
    masked: number,
    states: number,
    heaps: number,
    k: number,
  ): number;
  rankRows(
    row: number,
    last: number,
    scores: number,
    count: number,
    masks: number,
    masked: number,
    states: number,
    heaps: number,
    k: number,
  ): number;
  finish(row: number, last: number, states: number, heaps: number, k: number, out: number): void;
}

const QUAD = 4; // people, as in assembly/topk.ts
const STRIP = 8; // items
const ITEMS_A_CHUNK = 512; // 128 KiB of 64 dimensions: they stay in an L2 cache while people pass by
const WORK = 64; // words
const WORD = 4;

// V8 swaps optimised code in only between calls of a WebAssembly function, never within one.
const QUADS_A_CALL = 64;
const ROWS_A_CALL = 64;

let compiled: WebAssembly.Module | undefined;

/** A new instance: the lists of everybody would otherwise keep their memory for as long as the thread lives. */
function instantiate(): TopkExports {
  compiled ??= new WebAssembly.Module(fromBase64(base64) as Uint8Array<ArrayBuffer>);
  return new WebAssembly.Instance(compiled).exports as unknown as TopkExports;
}

const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/**
 * The k items with the greatest inner products for each person, best first; of equal scores the lower index first. The scores have the
 * bits that ScoringTable gives.
 *
 * @returns k item indices a person; NO_ITEM where there are no more items
 * @throws KernelError DIMENSIONS_INVALID, FACTORS_LENGTH_INVALID, K_OUT_OF_RANGE, OFFSETS_INVALID, ROW_NOT_ASCENDING, NOT_FINITE
 * @example
 * const lists = rankTop({ dimensions: 64, people, items, masked: known, k: 50 });
 */
export function rankTop(ranking: FactorRanking): Uint32Array {
  checkFactorRanking(ranking);
  const { dimensions: d, people, items, masked, k } = ranking;
  const kernel = instantiate();
  const memory = new KernelMemory(kernel.memory);
  const count = items.length / d;
  const rows = people.length / d;
  const loose = memory.reserve(Math.max(people.length, items.length));
  const packed = memory.reserve(roundUp(rows, QUAD) * d);
  const strips = memory.reserve(roundUp(count, STRIP) * d);
  const work = memory.reserve(WORK + QUAD * ITEMS_A_CHUNK);
  const lists = new Lists(kernel, memory, { rows, masked, k });
  memory.writeFloats(loose, people);
  kernel.pack(loose, rows, d, QUAD, packed);
  memory.writeFloats(loose, items);
  kernel.pack(loose, count, d, STRIP, strips);
  const quads = Math.ceil(rows / QUAD);
  for (let first = 0; first < count; first += ITEMS_A_CHUNK) {
    const length = Math.min(ITEMS_A_CHUNK, count - first);
    const chunk = strips + first * d * WORD;
    for (let quad = 0; quad < quads; quad += QUADS_A_CALL) {
      const last = Math.min(quad + QUADS_A_CALL, quads);
      lists.check(
        kernel.rankFactors(quad, last, rows, packed, chunk, d, first, length, work, ...lists.places),
      );
    }
  }
  return lists.finish();
}

/**
 * The k items with the greatest scores for each person, best first; of equal scores the lower index first.
 *
 * @returns k item indices a person; NO_ITEM where there are no more items
 * @throws KernelError SCORES_LENGTH_INVALID, K_OUT_OF_RANGE, OFFSETS_INVALID, ROW_NOT_ASCENDING, NOT_FINITE
 */
export function rankScores(ranking: ScoreRanking): Uint32Array {
  checkScoreRanking(ranking);
  const { scores, items, masked, k } = ranking;
  const rows = masked.offsets.length - 1;
  const kernel = instantiate();
  const memory = new KernelMemory(kernel.memory);
  const stride = roundUp(items, QUAD);
  const buffer = memory.reserve(Math.min(ROWS_A_CALL, rows) * stride);
  const lists = new Lists(kernel, memory, { rows, masked, k });
  for (let row = 0; row < rows; row += ROWS_A_CALL) {
    const last = Math.min(row + ROWS_A_CALL, rows);
    for (let at = row; at < last; at++)
      memory.writeFloats(buffer + (at - row) * stride * WORD, scores.subarray(at * items, (at + 1) * items));
    lists.check(kernel.rankRows(row, last, buffer, items, ...lists.places));
  }
  return lists.finish();
}

interface ListsShape {
  readonly rows: number;
  readonly masked: MaskedItems;
  readonly k: number;
}

/** The heaps of all people in the memory of a kernel, and what is masked. Commits the memory. */
class Lists {
  /** masks, masked, states, heaps, k: the last arguments of both ranking functions. */
  readonly places: readonly [number, number, number, number, number];
  private readonly out: number;

  constructor(
    private readonly kernel: TopkExports,
    private readonly memory: KernelMemory,
    private readonly shape: ListsShape,
  ) {
    const { rows, masked, k } = shape;
    const masks = memory.reserve(masked.offsets.length);
    const hidden = memory.reserve(masked.indices.length);
    const states = memory.reserve(2 * rows);
    const heaps = memory.reserve(2 * k * rows);
    this.out = memory.reserve(k * rows);
    this.places = [masks, hidden, states, heaps, k];
    memory.commit();
    memory.writeWords(masks, masked.offsets);
    memory.writeWords(hidden, masked.indices);
    const begin = new Uint32Array(2 * rows); // an empty heap, and where the person's masked items begin
    for (let row = 0; row < rows; row++) begin[2 * row + 1] = masked.offsets[row];
    memory.writeWords(states, begin);
  }

  /** @throws KernelError NOT_FINITE for the row that a kernel names */
  check(row: number): void {
    if (row >= 0) throw scoreNotANumber(row);
  }

  finish(): Uint32Array {
    const { rows, k } = this.shape;
    const [, , states, heaps] = this.places;
    for (let row = 0; row < rows; row += ROWS_A_CALL)
      this.kernel.finish(row, Math.min(row + ROWS_A_CALL, rows), states, heaps, k, this.out);
    return this.memory.words(this.out, rows * k).slice();
  }
}
