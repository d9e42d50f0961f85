import { fromBase64 } from '#libs/essentials';
import { base64, digest } from './generated/inverse.wasm.js';
import {
  checkRoom,
  checkWeightsProblem,
  metItems,
  pivotFailed,
  type WeightsProblem,
} from './inverse-problem.js';
import { KernelMemory } from './kernel-memory.js';

/** SHA-256 of the WebAssembly module that inverts, hex. */
export const INVERSE_DIGEST = digest;

interface InverseExports {
  readonly memory: WebAssembly.Memory;
  fillRow(at: number, b: number, row: number, counts: number, count: number, lambda: number): void;
  takeAbove(at: number, b: number, to: number): void;
  invertBlock(at: number, b: number, e: number): number;
  multiply(c: number, e: number, b: number, first: number, last: number, w: number): void;
  update(at: number, b: number, row: number, first: number, last: number, w: number, c: number): void;
  putAbove(at: number, b: number, w: number): void;
  putDiagonal(at: number, b: number, e: number): void;
  takeDiagonal(at: number, b: number, out: number): void;
  weightsAcross(at: number, b: number, columns: number, d: number, out: number): void;
  weightsDown(at: number, b: number, columns: number, d: number, out: number): void;
}

const STRIP = 8; // columns, as in assembly/inverse.ts
const WORD = 4;

const KEPT = 64 * 2 ** 20; // bytes of memory: half a matrix of 5,790 items

let compiled: WebAssembly.Module | undefined;
/** Its computation has ended. To touch memory for the first time takes as long as a tenth of a solution. */
let idle: InverseExports | undefined;

function instance(): InverseExports {
  if (idle === undefined) {
    compiled ??= new WebAssembly.Module(fromBase64(base64) as Uint8Array<ArrayBuffer>);
    return new WebAssembly.Instance(compiled).exports as unknown as InverseExports;
  }
  const taken = idle;
  idle = undefined;
  return taken;
}

/**
 * Weights of EASE (Steck, WWW 2019): with P = (G + λI)⁻¹, w_ij = −p_ij/p_jj, and 0 on the diagonal; of the m `metItems` among each
 * other, for all others are zeros.
 *
 * @param into where they go, m × m numbers
 * @returns m × m, row-major
 * @throws KernelError BLOCK_INVALID, COUNTS_LENGTH_INVALID, WEIGHTS_LENGTH_INVALID, WEIGHT_NOT_POSITIVE, NOT_POSITIVE_DEFINITE,
 *   MEMORY_EXHAUSTED
 * @example
 * const weights = itemWeights({ size: 2, counts: Uint32Array.of(2, 1, 3), regularization: 1, block: 64 });
 */
export function itemWeights(problem: WeightsProblem, into?: Float32Array): Float32Array {
  const part = new InversePart(problem);
  if (into !== undefined) checkRoom(part.items, into);
  const panel = new Float32Array(part.panelLength);
  for (let k = 0; k < part.blocks; k++) {
    part.takePanel(k, panel);
    part.sweep(k, panel);
  }
  const diagonal = new Float32Array(part.paddedSize);
  part.takeDiagonal(diagonal);
  const weights = into ?? new Float32Array(part.items ** 2);
  part.writeWeights(diagonal, weights);
  return weights;
}

/** Which of the parts of a computation this one is: block rows are dealt out to them. */
export interface PartOf {
  /** 0 … parts − 1. */
  readonly part: number;
  readonly parts: number;
}

/**
 * Some of the block rows of a matrix, in a memory of their own. The parts of a computation meet only in the panel of each sweep and
 * in the diagonal at the end, which the caller passes round; who computes a block row does not change its bits. For each
 * block k all parts give to the panel (`takePanel`), then all of them `sweep` with it; at the end all give to the diagonal,
 * then all of them write weights.
 */
export class InversePart {
  /** Items that the weights are of. */
  readonly items: number;
  /** Block rows of the matrix; as many sweeps. */
  readonly blocks: number;
  /** Rows with those that fill the last block. */
  readonly paddedSize: number;
  /** Floats of a panel. */
  readonly panelLength: number;
  private readonly kernel = instance();
  private readonly memory = new KernelMemory(this.kernel.memory);
  /** Address of each block row that is held here. */
  private readonly rows: ReadonlyMap<number, number>;
  private readonly at: { readonly [name in 'c' | 'w' | 'e' | 'vector']: number };
  private readonly b: number;

  /** @throws KernelError as itemWeights */
  constructor(problem: WeightsProblem, { part, parts }: PartOf = { part: 0, parts: 1 }) {
    checkWeightsProblem(problem);
    const { block: b } = problem;
    const met = metItems(problem);
    this.b = b;
    this.items = met.length;
    this.blocks = Math.ceil(met.length / b);
    this.paddedSize = this.blocks * b;
    this.panelLength = this.paddedSize * b;
    const held = Array.from({ length: this.blocks }, (_, row) => row).filter(
      (row) => partOfRow(row, parts) === part,
    );
    this.rows = new Map(held.map((row) => [row, this.memory.reserve(this.rowLength(row))]));
    this.at = {
      c: this.memory.reserve(this.panelLength),
      w: this.memory.reserve(this.panelLength),
      e: this.memory.reserve(b * b),
      vector: this.memory.reserve(this.paddedSize),
    };
    this.memory.commit();
    this.memory.clear();
    this.fill(problem, met);
  }

  /** Writes what this part holds of the block column k to its place in the panel. */
  takePanel(k: number, panel: Float32Array): void {
    const { b, rows, memory, kernel } = this;
    const block = b * b;
    for (const [row, at] of rows) {
      if (row < k) {
        kernel.takeAbove(at + (k - row) * block * WORD, b, this.at.e);
        panel.set(memory.floats(this.at.e, block), row * block);
      } else if (row === k) panel.set(memory.floats(at, this.rowLength(k)), k * block);
    }
  }

  /** @throws KernelError NOT_POSITIVE_DEFINITE */
  sweep(k: number, panel: Float32Array): void {
    const { b, rows, memory, kernel, at, blocks } = this;
    const block = b * b * WORD;
    const strips = b / STRIP;
    memory.writeFloats(at.c, panel);
    if (!kernel.invertBlock(at.c + k * block, b, at.e)) throw pivotFailed(k);
    for (let row = 0; row < blocks; row++)
      if (rows.has(row) || (rows.has(k) && row > k))
        kernel.multiply(at.c, at.e, b, row * strips, (row + 1) * strips, at.w);
    for (const [row, to] of rows) {
      if (row === k) continue;
      if (row < k) kernel.update(to, b, row, row * strips, k * strips, at.w, at.c);
      kernel.update(to, b, row, Math.max(row, k + 1) * strips, blocks * strips, at.w, at.c);
      if (row < k) kernel.putAbove(to + (k - row) * block, b, at.w + row * block);
    }
    const own = rows.get(k);
    if (own === undefined) return;
    memory.copyFloats(own, at.w + k * block, this.rowLength(k));
    kernel.putDiagonal(own, b, at.e);
  }

  /** After the last sweep: writes what this part holds of the diagonal to its place. */
  takeDiagonal(diagonal: Float32Array): void {
    const { b, at, memory } = this;
    for (const [row, from] of this.rows) {
      this.kernel.takeDiagonal(from, b, at.vector);
      diagonal.set(memory.floats(at.vector, b), row * b);
    }
  }

  /** Writes the weights that follow from the block rows held here to their places in the square. Ends the computation. */
  writeWeights(diagonal: Float32Array, weights: Float32Array): void {
    this.memory.writeFloats(this.at.vector, diagonal);
    for (const row of this.rows.keys()) {
      this.writeAcross(row, weights);
      this.writeDown(row, weights);
    }
    if (this.kernel.memory.buffer.byteLength <= KEPT) idle = this.kernel;
  }

  private writeAcross(row: number, weights: Float32Array): void {
    const { b, items, at, memory } = this;
    const first = row * b;
    const columns = this.paddedSize - first;
    // The panel's memory is free now, and a block row is no longer than a panel.
    this.kernel.weightsAcross(this.addressOf(row), b, columns, at.vector + first * WORD, at.c);
    for (let r = 0; r < Math.min(b, items - first); r++)
      weights.set(memory.floats(at.c + r * columns * WORD, items - first), (first + r) * items + first);
  }

  private writeDown(row: number, weights: Float32Array): void {
    const { b, items, at, memory } = this;
    const [first, below] = [row * b, (row + 1) * b];
    const block = this.addressOf(row) + b * b * WORD;
    this.kernel.weightsDown(block, b, this.paddedSize - below, at.vector + first * WORD, at.c);
    for (let column = below; column < items; column++)
      weights.set(memory.floats(at.c + (column - below) * b * WORD, b), column * items + first);
  }

  private fill({ size, counts, regularization }: WeightsProblem, met: Uint32Array): void {
    const { b, at, memory, kernel } = this;
    for (const [block, address] of this.rows)
      for (let row = 0; row < b; row++) {
        const index = block * b + row;
        const given = memory.words(at.vector, Math.max(met.length - index, 0));
        const item = met[index];
        const start = item * size - (item * (item + 1)) / 2; // a row begins at the diagonal: column j stands at start + j
        for (let column = 0; column < given.length; column++)
          given[column] = counts[start + met[index + column]];
        kernel.fillRow(address, b, row, at.vector, given.length, regularization);
      }
  }

  private addressOf(row: number): number {
    return this.rows.get(row) as number; // asked only of rows that are held
  }

  private rowLength(row: number): number {
    return this.b * (this.paddedSize - row * this.b);
  }
}

/** Deals block rows out forth and back, as later ones are shorter: 0 1 2 2 1 0 0 1 … */
function partOfRow(row: number, parts: number): number {
  const at = row % (2 * parts);
  return Math.min(at, 2 * parts - 1 - at);
}
