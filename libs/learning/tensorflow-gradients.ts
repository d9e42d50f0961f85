import type * as tfjs from '@tensorflow/tfjs-core';

type TensorFlow = typeof tfjs;
type Tensor = tfjs.Tensor;

/** From the gradient of an operation's output and its saved inputs to the gradient of each input. */
type Rule = (tf: TensorFlow, dy: Tensor, inputs: readonly Tensor[]) => Record<string, () => Tensor>;

/** Sums out what broadcasting repeated, so that a gradient has its input's shape. */
function unbroadcast(tf: TensorFlow, gradient: Tensor, { shape }: Tensor): Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(gradient, axes) : gradient, shape);
}

/** The operations that may stand in a loss, with the inputs that their rule needs. Anything else is refused by TensorFlow.js. */
const RULES: readonly (readonly [kernel: string, inputs: readonly string[], rule: Rule])[] = [
  [
    'Add',
    ['a', 'b'],
    (tf, dy, [a, b]) => ({ a: () => unbroadcast(tf, dy, a), b: () => unbroadcast(tf, dy, b) }),
  ],
  [
    'BatchMatMul',
    ['a', 'b'],
    (tf, dy, [a, b]) => ({
      a: () => tf.matMul(dy, b, false, true),
      b: () => tf.matMul(a, dy, true, false),
    }),
  ],
  ['Relu', ['x'], (tf, dy, [x]) => ({ x: () => tf.mul(dy, tf.step(x)) })],
  ['Reshape', ['x'], (tf, dy, [x]) => ({ x: () => tf.reshape(dy, x.shape) })],
];

/**
 * Enters the derivatives of the operations that we use. The bundle of TensorFlow.js that Node can read has none, and few rules are
 * quickly read; a spec compares them with those that TensorFlow.js ships as source.
 */
export function registerGradients(tf: TensorFlow): void {
  for (const [kernelName, inputsToSave, rule] of RULES)
    tf.registerGradient({
      kernelName,
      inputsToSave: [...inputsToSave],
      gradFunc: (dy, saved) => rule(tf, dy as Tensor, saved),
    });
}
