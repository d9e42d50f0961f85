import { fromBase64 } from '#libs/essentials';
import { productShape, type DenseProduct, type Matrix } from './dense-problem.js';
import { base64, digest } from './generated/dense.wasm.js';
import { KernelMemory } from './kernel-memory.js';

/** SHA-256 of the WebAssembly module that multiplies dense matrices, hex. */
export const DENSE_DIGEST = digest;

interface DenseExports {
  readonly memory: WebAssembly.Memory;
  product(
    left: number,
    down: number,
    along: number,
    right: number,
    out: number,
    first: number,
    last: number,
    count: number,
    columns: number,
  ): void;
}

const WORD = 4;

// V8 swaps optimised code in only between calls of a WebAssembly function, never within one.
const ROWS_A_CALL = 256;

let shared: DenseExports | undefined;

function instance(): DenseExports {
  shared ??= new WebAssembly.Instance(new WebAssembly.Module(fromBase64(base64) as Uint8Array<ArrayBuffer>))
    .exports as unknown as DenseExports;
  return shared;
}

/**
 * left · right, or leftᵀ · right.
 *
 * @example
 * const gradient = product({ left: inputs, right: deltas, transposed: true });
 * @throws KernelError MATRIX_SHAPE_INVALID, MEMORY_EXHAUSTED
 */
export function product(problem: DenseProduct): Matrix {
  const { rows, terms, columns } = productShape(problem);
  const { left, right, transposed = false } = problem;
  const kernel = instance();
  const memory = new KernelMemory(kernel.memory);
  // The kernel reads and writes rows by fours: what spare rows hold is multiplied, and not copied out.
  const spare = Math.ceil(rows / 4) * 4;
  const at = {
    left: memory.reserve(spare * terms + 4),
    right: memory.reserve(right.data.length),
    out: memory.reserve(spare * columns),
  };
  memory.commit();
  memory.writeFloats(at.left, left.data);
  memory.writeFloats(at.right, right.data);
  const [down, along] = transposed ? [WORD, WORD * left.columns] : [WORD * left.columns, WORD];
  for (let first = 0; first < spare; first += ROWS_A_CALL)
    kernel.product(
      at.left,
      down,
      along,
      at.right,
      at.out,
      first,
      Math.min(first + ROWS_A_CALL, spare),
      terms,
      columns,
    );
  return { rows, columns, data: memory.readFloats(at.out, rows * columns) };
}
