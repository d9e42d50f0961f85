import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import type { Tensor } from '@tensorflow/tfjs-core';
import { sha256, toHex } from '#libs/essentials';
import { gradientsOf, refusalOf } from '#libs/testkit';
import { TENSORFLOW_DIGEST, WASM_ENGINE } from './tensorflow-wasm.js';
import type { TensorFlow } from './tensorflow.js';

const BINARY = '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm';

/** Values without any pattern that a sum could hide behind, −1 … 1. */
const values = (length: number): Float32Array =>
  Float32Array.from({ length }, (_, at) => ((((at + 1) * 7919) % 2003) - 1001) / 1001);

describe('the engine of the aggregator', () => {
  it('is asked for only after it was loaded', () => {
    expect(refusalOf(() => WASM_ENGINE.library())).toBe('AGGREGATOR_NOT_READY');
  });

  it('is the binary whose digest enters genesis', () => {
    const file = createRequire(import.meta.url).resolve(BINARY);
    expect(toHex(sha256(new Uint8Array(readFileSync(file))))).toBe(TENSORFLOW_DIGEST);
  });

  it('loads once, on one thread, and leaves WebAssembly as it was', async () => {
    const { instantiate } = WebAssembly;
    await Promise.all([WASM_ENGINE.ready(), WASM_ENGINE.ready()]);
    const { getThreadsCount } = await import('@tensorflow/tfjs-backend-wasm');
    expect(WASM_ENGINE.library().getBackend()).toBe('wasm');
    expect(getThreadsCount()).toBe(1);
    expect(WebAssembly.instantiate).toBe(instantiate);
  });

  it('chooses its backend again after somebody has chosen another', async () => {
    await WASM_ENGINE.ready();
    await gradientsOf((tf, [x]) => tf.sum(x), [{ shape: [1], data: [1] }]);
    expect(WASM_ENGINE.library().getBackend()).toBe('wasm');
  });

  it('multiplies matrices by sums in the order of the inner index, each step rounded to 32 bits', async () => {
    await WASM_ENGINE.ready();
    const [rows, inner, columns] = [5, 23, 7];
    const [a, b] = [values(rows * inner), values(inner * columns)];
    const expected = new Float32Array(rows * columns);
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        for (let k = 0; k < inner; k++)
          expected[row * columns + column] += Math.fround(a[row * inner + k] * b[k * columns + column]);
    const tf = WASM_ENGINE.library();
    const product = tf.tidy(() =>
      tf.matMul(tf.tensor(a, [rows, inner]), tf.tensor(b, [inner, columns])).dataSync(),
    );
    expect(product).toEqual(expected);
  });

  it('has the derivatives that TensorFlow.js ships as source', async () => {
    await WASM_ENGINE.ready();
    const inputs = [
      { shape: [6, 4], data: values(24) },
      { shape: [4, 3], data: values(12) },
      { shape: [1, 3], data: values(3) },
      { shape: [3, 1], data: values(3) },
    ];
    const loss = (tf: TensorFlow, [a, b, c, d]: Tensor[]): Tensor => {
      const units = tf.relu(tf.add(tf.matMul(a, b), c));
      const sums = tf.reshape(tf.add(tf.matMul(units, d), tf.matMul(tf.matMul(a, b), d)), [2, 3]);
      return tf.reshape(tf.matMul(tf.matMul(tf.tensor([[1, -0.5]]), sums), d), []);
    };
    const tf = WASM_ENGINE.library();
    const ours = tf.tidy(() =>
      tf
        .grads((...given: Tensor[]) => loss(tf, given))(
          inputs.map(({ shape, data }) => tf.tensor(data, shape)),
        )
        .map((gradient) => [...gradient.dataSync()]),
    );
    const { by } = await gradientsOf(loss, inputs);
    ours.forEach((gradient, input) =>
      gradient.forEach((value, at) => {
        // Some tens of additions and products of values below 2, each with half an ulp.
        expect(Math.abs(value - by[input][at])).toBeLessThan(64 * 2 ** -23);
      }),
    );
  });
});
