import { KernelError } from './kernel-error.js';

const START = 8192; // behind the static data of the modules, 4.3 KiB at most, which begins at 1 KiB
const PAGE = 65_536;
const WORD = 4;
const ALIGNMENT = 16;

/**
 * Places arrays in a module's memory for one computation: reserve all of them, commit, then write and read. Memory only ever
 * grows, and growing detaches views, so views are made for each copy.
 */
export class KernelMemory {
  private end = START;

  constructor(private readonly memory: WebAssembly.Memory) {}

  /** @returns address of `words` 32-bit words */
  reserve(words: number): number {
    const address = this.end;
    this.end = Math.ceil((address + words * WORD) / ALIGNMENT) * ALIGNMENT;
    return address;
  }

  /** @throws KernelError MEMORY_EXHAUSTED */
  commit(): void {
    const missing = this.end - this.memory.buffer.byteLength;
    if (missing <= 0) return;
    try {
      this.memory.grow(Math.ceil(missing / PAGE));
    } catch (cause) {
      throw new KernelError('MEMORY_EXHAUSTED', 'the problem does not fit the memory of a kernel', {
        cause,
        facts: { bytes: this.end },
        nextStep: 'Use more shards or fewer dimensions.',
      });
    }
  }

  /** Zeros in all that is reserved; memory that was never used has them already. */
  clear(): void {
    new Uint8Array(this.memory.buffer, START, this.end - START).fill(0);
  }

  writeFloats(address: number, values: Float32Array): void {
    new Float32Array(this.memory.buffer, address, values.length).set(values);
  }

  writeBytes(address: number, values: Uint8Array): void {
    new Uint8Array(this.memory.buffer, address, values.length).set(values);
  }

  writeWords(address: number, values: Uint32Array): void {
    new Uint32Array(this.memory.buffer, address, values.length).set(values);
  }

  writeHalves(address: number, values: Uint16Array): void {
    new Uint16Array(this.memory.buffer, address, values.length).set(values);
  }

  /** The memory itself, as `words` gives it too: to be read before anything is computed or reserved. */
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  words(address: number, length: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, address, length);
  }

  copyFloats(to: number, from: number, length: number): void {
    new Uint8Array(this.memory.buffer).copyWithin(to, from, from + length * WORD);
  }

  /** A copy. */
  readFloats(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length).slice();
  }

  /** A copy. */
  readHalves(address: number, length: number): Uint16Array {
    return new Uint16Array(this.memory.buffer, address, length).slice();
  }

  /** A copy. */
  readBytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length).slice();
  }
}
