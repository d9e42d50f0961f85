import { fromBase64 } from '#libs/essentials';
import {
  checkBprProblem,
  checkBprTable,
  checkOrder,
  checkPresent,
  diverged,
  INITIAL_SQUARES,
  KEY_WORDS,
  type BprProblem,
  type BprTable,
} from './bpr-problem.js';
import { base64, digest } from './generated/bpr.wasm.js';
import { KernelMemory } from './kernel-memory.js';

/** SHA-256 of the WebAssembly module that trains BPR, hex. */
export const BPR_DIGEST = digest;

interface BprExports {
  readonly memory: WebAssembly.Memory;
  train(
    d: number,
    first: number,
    last: number,
    order: number,
    offsets: number,
    indices: number,
    keys: number,
    names: number,
    people: number,
    items: number,
    itemCount: number,
    epoch: number,
    rate: number,
    lambda: number,
    marks: number,
    block: number,
  ): void;
  foldIn(
    d: number,
    begin: number,
    end: number,
    passes: number,
    w: number,
    key: number,
    names: number,
    items: number,
    itemCount: number,
    rate: number,
    lambda: number,
    marks: number,
    block: number,
  ): void;
  exps(x: number, count: number, out: number): void;
}

// V8 swaps optimised code in only between calls of a WebAssembly function, never within one.
const PEOPLE_A_CALL = 64;

let compiled: WebAssembly.Module | undefined;

function instantiate(): BprExports {
  compiled ??= new WebAssembly.Module(fromBase64(base64) as Uint8Array<ArrayBuffer>);
  return new WebAssembly.Instance(compiled).exports as unknown as BprExports;
}

interface Addresses {
  readonly order: number;
  readonly offsets: number;
  readonly indices: number;
  readonly keys: number;
  readonly names: number;
  readonly people: number;
  readonly items: number;
  readonly marks: number;
  readonly block: number;
}

/**
 * A training that stands in a kernel's memory: one epoch after the other, one negative for each pair.
 *
 * @example
 * const training = new BprTraining(problem);
 * training.epoch(0, order); // people, in the order of this epoch
 * const factors = training.items();
 */
export class BprTraining {
  private readonly kernel = instantiate();
  private readonly memory = new KernelMemory(this.kernel.memory);
  private readonly at: Addresses;

  /** @throws KernelError with one code a cause */
  constructor(private readonly problem: BprProblem) {
    checkBprProblem(problem);
    this.at = this.reserve();
    const { dimensions, offsets, indices, keys, names, people, items } = problem;
    this.memory.writeWords(this.at.offsets, offsets);
    this.memory.writeWords(this.at.indices, indices);
    this.memory.writeWords(this.at.keys, keys);
    this.memory.writeWords(this.at.names, names);
    this.memory.writeFloats(this.at.people, withSquares(people, dimensions));
    this.memory.writeFloats(this.at.items, withSquares(items, dimensions));
  }

  /**
   * One sample for each pair of the people in `order`.
   *
   * @param epoch 0 … 2^28 − 1; negatives are drawn by it
   * @throws KernelError ORDER_INVALID, NOT_FINITE
   */
  epoch(epoch: number, order: Uint32Array): void {
    checkOrder(order, this.problem);
    const { dimensions, names, learningRate, regularization } = this.problem;
    const { at } = this;
    this.memory.writeWords(at.order, order);
    for (let first = 0; first < order.length; first += PEOPLE_A_CALL)
      this.kernel.train(
        dimensions,
        first,
        Math.min(first + PEOPLE_A_CALL, order.length),
        at.order,
        at.offsets,
        at.indices,
        at.keys,
        at.names,
        at.people,
        at.items,
        names.length,
        epoch,
        learningRate,
        regularization,
        at.marks,
        at.block,
      );
    if (!this.items().every(Number.isFinite)) throw diverged(epoch);
  }

  /** Factors of the items as they are now, d a row. */
  items(): Float32Array {
    return this.factors(this.at.items, this.problem.items.length);
  }

  /** Factors of the people as they are now, d a row. */
  people(): Float32Array {
    return this.factors(this.at.people, this.problem.people.length);
  }

  private reserve(): Addresses {
    const { offsets, indices, keys, names, people, items } = this.problem;
    const reserve = (words: number): number => this.memory.reserve(words);
    const addresses = {
      order: reserve(offsets.length - 1),
      offsets: reserve(offsets.length),
      indices: reserve(indices.length),
      keys: reserve(keys.length),
      names: reserve(names.length),
      people: reserve(2 * people.length),
      items: reserve(2 * items.length),
      marks: reserve(Math.ceil(names.length / 32)),
      block: reserve(4),
    };
    this.memory.commit();
    return addresses;
  }

  private factors(address: number, length: number): Float32Array {
    return withoutSquares(this.memory.readFloats(address, 2 * length), this.problem.dimensions);
  }
}

/**
 * Item factors that stay in a kernel's memory, so that one person after the other can be folded in: passes over the person's items as in
 * training, from zeros, with the items as they are.
 */
export class BprFoldIn {
  private readonly kernel = instantiate();
  private readonly memory = new KernelMemory(this.kernel.memory);
  private readonly at: Omit<Addresses, 'order' | 'offsets' | 'keys' | 'people'> & {
    readonly key: number;
    readonly person: number;
  };

  /** @throws KernelError with one code a cause */
  constructor(private readonly table: BprTable) {
    checkBprTable(table);
    const { dimensions, items, names, key } = table;
    const reserve = (words: number): number => this.memory.reserve(words);
    this.at = {
      key: reserve(KEY_WORDS),
      names: reserve(names.length),
      items: reserve(items.length),
      person: reserve(2 * dimensions),
      marks: reserve(Math.ceil(names.length / 32)),
      block: reserve(4),
      indices: reserve(names.length),
    };
    this.memory.commit();
    this.memory.writeWords(this.at.key, key);
    this.memory.writeWords(this.at.names, names);
    this.memory.writeFloats(this.at.items, items);
  }

  /**
   * Factors of a person.
   *
   * @param present indices of the person's items, ascending, each once
   * @throws KernelError INDEX_OUT_OF_RANGE
   */
  person(present: Uint32Array): Float32Array {
    checkPresent(present, this.table);
    const { dimensions, names, passes, learningRate, regularization } = this.table;
    const { at } = this;
    this.memory.writeWords(at.indices, present);
    this.memory.writeFloats(at.person, withSquares(new Float32Array(dimensions), dimensions));
    this.kernel.foldIn(
      dimensions,
      at.indices,
      at.indices + 4 * present.length,
      passes,
      at.person,
      at.key,
      at.names,
      at.items,
      names.length,
      learningRate,
      regularization,
      at.marks,
      at.block,
    );
    return this.memory.readFloats(at.person, dimensions);
  }
}

/** e^x of each number by the arithmetic of the kernels, which `exp32` repeats. */
export function kernelExps(x: Float32Array): Float32Array {
  const kernel = instantiate();
  const memory = new KernelMemory(kernel.memory);
  const [from, out] = [memory.reserve(x.length), memory.reserve(x.length)];
  memory.commit();
  memory.writeFloats(from, x);
  kernel.exps(from, x.length, out);
  return memory.readFloats(out, x.length);
}

/** The kernel's rows: factors, then their sums of squared gradients. */
function withSquares(factors: Float32Array, dimensions: number): Float32Array {
  const rows = new Float32Array(2 * factors.length).fill(INITIAL_SQUARES);
  for (let at = 0; at < factors.length; at += dimensions)
    rows.set(factors.subarray(at, at + dimensions), 2 * at);
  return rows;
}

function withoutSquares(rows: Float32Array, dimensions: number): Float32Array {
  const factors = new Float32Array(rows.length / 2);
  for (let at = 0; at < factors.length; at += dimensions)
    factors.set(rows.subarray(2 * at, 2 * at + dimensions), at);
  return factors;
}
