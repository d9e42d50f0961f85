import type * as tfjs from '@tensorflow/tfjs-core';

type TensorFlow = typeof tfjs;
type Tensor = tfjs.Tensor;

/** Values and shape of an input of a differentiated function; row-major. */
export interface GradientInput {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** A loss and its gradient by each input, row-major, in the order of the inputs. */
export interface Gradients {
  readonly loss: number;
  readonly by: readonly Float32Array[];
}

/**
 * What TensorFlow.js's automatic differentiation makes of a scalar function: an oracle for gradients that were derived by hand. It
 * computes in 32 bits on the plain JavaScript backend, so agreement is to be asked within some ulps, never bit for bit.
 *
 * @param of from tensors of `inputs`, in that order, to a scalar
 * @example
 * const { by } = await gradientsOf((tf, [w]) => tf.sum(tf.relu(w)), [{ shape: [2, 3], data: weights }]);
 */
export async function gradientsOf(
  of: (tf: TensorFlow, inputs: Tensor[]) => Tensor,
  inputs: readonly GradientInput[],
): Promise<Gradients> {
  const tf = await onCpu();
  const scalar = (...tensors: Tensor[]): tfjs.Scalar => tf.reshape<tfjs.Rank.R0>(of(tf, tensors), []);
  return tf.tidy(() => {
    const tensors = inputs.map(({ shape, data }) => tf.tensor(Float32Array.from(data), [...shape]));
    const { value, grads } = tf.valueAndGrads(scalar)(tensors);
    return { loss: value.dataSync()[0], by: grads.map((grad) => Float32Array.from(grad.dataSync())) };
  });
}

/** Loaded when first asked for: most specs need no oracle. The backend is a setting of the whole process, and others choose too. */
async function onCpu(): Promise<TensorFlow> {
  const tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-core/dist/register_all_gradients.js');
  await import('@tensorflow/tfjs-backend-cpu');
  tf.env().set('IS_TEST', true); // else it advertises another backend
  await tf.setBackend('cpu');
  return tf;
}
