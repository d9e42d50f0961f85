import type { Tensor } from '@tensorflow/tfjs-core';
import type { TensorFlow } from './tensorflow.js';

// Adam (Kingma & Ba, ICLR 2015); the powers of its decay rates are products, since the host's pow differs between machines.
const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

/** Keeps parameters and moves them along gradients. What it holds lives as long as the tidy scope that it was made in. */
export class Adam {
  parameters: readonly Tensor[];
  private means: readonly Tensor[];
  private squares: readonly Tensor[];
  private decay1 = 1;
  private decay2 = 1;

  constructor(
    private readonly tf: TensorFlow,
    start: readonly Tensor[],
    private readonly rate: number,
  ) {
    this.parameters = start;
    this.means = start.map((one) => tf.zerosLike(one));
    this.squares = start.map((one) => tf.zerosLike(one));
  }

  step(gradientsAt: (parameters: readonly Tensor[]) => readonly Tensor[]): void {
    const { tf, rate } = this;
    const before = [...this.parameters, ...this.means, ...this.squares];
    this.decay1 *= BETA_1;
    this.decay2 *= BETA_2;
    const count = this.parameters.length;
    const after = tf.tidy(() => {
      const gradients = gradientsAt(this.parameters);
      const means = this.means.map((mean, at) =>
        tf.add(tf.mul(mean, BETA_1), tf.mul(gradients[at], 1 - BETA_1)),
      );
      const squares = this.squares.map((square, at) =>
        tf.add(tf.mul(square, BETA_2), tf.mul(tf.square(gradients[at]), 1 - BETA_2)),
      );
      const parameters = this.parameters.map((one, at) => {
        const size = tf.sqrt(tf.div(squares[at], 1 - this.decay2));
        return tf.sub(one, tf.div(tf.mul(means[at], rate / (1 - this.decay1)), tf.add(size, EPSILON)));
      });
      return [...parameters, ...means, ...squares];
    });
    tf.dispose(before);
    this.parameters = after.slice(0, count);
    this.means = after.slice(count, 2 * count);
    this.squares = after.slice(2 * count);
  }
}
