import { describe, expect, it } from '@jest/globals';
import { refusalOf } from '#libs/testkit';
import { KernelMemory } from './kernel-memory.js';

describe('the memory of a kernel', () => {
  it('grows to what is reserved and keeps arrays apart', () => {
    const memory = new KernelMemory(new WebAssembly.Memory({ initial: 1, maximum: 3 }));
    const [first, second] = [memory.reserve(20_000), memory.reserve(5)];
    memory.commit();
    memory.writeFloats(first, new Float32Array(20_000).fill(1));
    memory.writeWords(second, Uint32Array.of(1, 2, 3, 4, 5));
    expect(memory.readFloats(first, 20_000).every((value) => value === 1)).toBe(true);
    expect(memory.readBytes(second, 5)).toEqual(Uint8Array.of(1, 0, 0, 0, 2));
  });

  it('says that a problem is too large', () => {
    const memory = new KernelMemory(new WebAssembly.Memory({ initial: 1, maximum: 2 }));
    memory.reserve(40_000);
    expect(refusalOf(() => memory.commit())).toBe('MEMORY_EXHAUSTED');
  });
});
