import { fromBase64 } from '#libs/essentials';
import { base64, digest } from './generated/ials.wasm.js';
import {
  checkFactors,
  checkProblem,
  checkVector,
  checkWeight,
  notPositiveDefinite,
  type RowProblem,
} from './ials-problem.js';
import { KernelError } from './kernel-error.js';
import { KernelMemory } from './kernel-memory.js';

/** SHA-256 of the WebAssembly module that computes iALS, hex; genesis and manifests name it. */
export const IALS_DIGEST = digest;

/** What fixes the numbers besides the kernel: 32-bit floats, 128-bit SIMD without relaxed operations. */
export const NUMERIC_PROFILE = 'wasm-simd128-f32/v1';

interface IalsExports {
  readonly memory: WebAssembly.Memory;
  gram(factors: number, rows: number, d: number, scale: number, out: number, block: number): void;
  solveRows(
    d: number,
    first: number,
    last: number,
    offsets: number,
    indices: number,
    factors: number,
    gram: number,
    others: number,
    lambda: number,
    out: number,
    work: number,
  ): number;
  scores(factors: number, rows: number, d: number, x: number, out: number): void;
}

const PANEL = 32; // as in assembly/ials.ts

// V8 swaps optimised code in only between calls of a WebAssembly function, never within one.
const ROWS_A_CALL = 256;

let compiled: WebAssembly.Module | undefined;
let shared: IalsExports | undefined;

function instantiate(): IalsExports {
  compiled ??= new WebAssembly.Module(fromBase64(base64) as Uint8Array<ArrayBuffer>);
  return new WebAssembly.Instance(compiled).exports as unknown as IalsExports;
}

/** The instance of this thread. Between calls it holds nothing that anyone reads. */
function instance(): IalsExports {
  return (shared ??= instantiate());
}

/**
 * weight · Σ_r y_r y_rᵀ over the rows of `factors`, d × d, row-major. Only the upper triangle and the 4 × 4 blocks on the diagonal
 * are filled; the rest is 0.
 *
 * @throws KernelError DIMENSIONS_INVALID, FACTORS_LENGTH_INVALID, WEIGHT_NOT_POSITIVE
 */
export function gram(factors: Float32Array, dimensions: number, weight: number): Float32Array {
  checkFactors(factors, dimensions);
  checkWeight(weight, 'unobserved');
  const kernel = instance();
  const memory = new KernelMemory(kernel.memory);
  const size = dimensions * dimensions;
  const [from, out, block] = [memory.reserve(factors.length), memory.reserve(size), memory.reserve(size)];
  memory.commit();
  memory.writeFloats(from, factors);
  kernel.gram(from, factors.length / dimensions, dimensions, weight, out, block);
  return memory.readFloats(out, size);
}

/**
 * Solves every row of the problem: (α0·YᵀY + Σ y yᵀ + λ(n + α0·others)·I) x = Σ y, by Cholesky's method; a row without pairs is 0.
 *
 * @returns rows × d, row-major
 * @throws KernelError with one code a cause; NOT_POSITIVE_DEFINITE names the first such row
 */
export function solveRows(problem: RowProblem): Float32Array {
  checkProblem(problem);
  const { dimensions: d, offsets, indices, factors, weightedGram, weights } = problem;
  const rows = offsets.length - 1;
  const kernel = instance();
  const memory = new KernelMemory(kernel.memory);
  const at = {
    offsets: memory.reserve(offsets.length),
    indices: memory.reserve(indices.length),
    factors: memory.reserve(factors.length),
    gram: memory.reserve(d * d),
    out: memory.reserve(rows * d),
    work: memory.reserve(d * d + PANEL * d + d),
  };
  memory.commit();
  memory.writeWords(at.offsets, offsets);
  memory.writeWords(at.indices, indices);
  memory.writeFloats(at.factors, factors);
  memory.writeFloats(at.gram, weightedGram);
  const others = Math.fround(Math.fround(weights.unobserved) * Math.fround(problem.others));
  for (let first = 0; first < rows; first += ROWS_A_CALL) {
    const last = Math.min(first + ROWS_A_CALL, rows);
    const failed = kernel.solveRows(
      d,
      first,
      last,
      at.offsets,
      at.indices,
      at.factors,
      at.gram,
      others,
      weights.regularization,
      at.out,
      at.work,
    );
    if (failed >= 0) throw notPositiveDefinite(failed);
  }
  return memory.readFloats(at.out, rows * d);
}

/**
 * Factors that stay in the kernel's memory, to be multiplied with one vector after the other.
 *
 * @example
 * const table = new ScoringTable(itemFactors, 64);
 * const scores = table.scores(person); // one a row
 */
export class ScoringTable {
  private readonly kernel = instantiate();
  private readonly memory = new KernelMemory(this.kernel.memory);
  private readonly rows: number;
  private readonly at: { readonly factors: number; readonly x: number; readonly out: number };

  /** @throws KernelError DIMENSIONS_INVALID, FACTORS_LENGTH_INVALID */
  constructor(
    factors: Float32Array,
    private readonly dimensions: number,
  ) {
    checkFactors(factors, dimensions);
    this.rows = factors.length / dimensions;
    this.at = {
      factors: this.memory.reserve(factors.length),
      x: this.memory.reserve(dimensions),
      out: this.memory.reserve(this.rows),
    };
    this.memory.commit();
    this.memory.writeFloats(this.at.factors, factors);
  }

  /** Other factors of as many rows. @throws KernelError FACTORS_LENGTH_INVALID */
  replace(factors: Float32Array): void {
    if (factors.length !== this.rows * this.dimensions)
      throw new KernelError('FACTORS_LENGTH_INVALID', 'the factors have another number of rows');
    this.memory.writeFloats(this.at.factors, factors);
  }

  /** Inner product of each row with `x`. @throws KernelError FACTORS_LENGTH_INVALID */
  scores(x: Float32Array): Float32Array {
    checkVector(x, this.dimensions);
    this.memory.writeFloats(this.at.x, x);
    this.kernel.scores(this.at.factors, this.rows, this.dimensions, this.at.x, this.at.out);
    return this.memory.readFloats(this.at.out, this.rows);
  }
}
