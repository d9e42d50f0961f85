import { describe, expect, it } from '@jest/globals';
import { gradientsOf } from './gradients.js';

describe('the oracle for gradients', () => {
  it('differentiates a sum of squares', async () => {
    expect(
      await gradientsOf((tf, [x]) => tf.sum(tf.square(x)), [{ shape: [3], data: [1, -2, 0.5] }]),
    ).toEqual({
      loss: 5.25,
      by: [Float32Array.of(2, -4, 1)],
    });
  });

  it('gives the gradient by each input, in order, through a layer with ReLU', async () => {
    const { loss, by } = await gradientsOf(
      (tf, [weights, input]) => tf.sum(tf.relu(tf.matMul(input, weights))),
      [
        { shape: [2, 2], data: [1, -1, 2, 3] },
        { shape: [1, 2], data: [2, -0.5] },
      ],
    );
    // [2, −½]·[[1, −1], [2, 3]] = [1, −3.5]: only the first output passes.
    expect(loss).toBe(1);
    expect(by).toEqual([Float32Array.of(2, 0, -0.5, 0), Float32Array.of(1, 2)]);
  });
});
