import type * as tfjs from '@tensorflow/tfjs-core';

type TensorFlow = typeof tfjs;
type Tensor = tfjs.Tensor;

/** From the gradient of an operation's output, its saved inputs and its attributes to the gradient of each input. */
type Rule = (
  tf: TensorFlow,
  dy: Tensor,
  inputs: readonly Tensor[],
  attributes: tfjs.NamedAttrMap,
) => Record<string, () => Tensor>;

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
    'Sub',
    ['a', 'b'],
    (tf, dy, [a, b]) => ({ a: () => unbroadcast(tf, dy, a), b: () => unbroadcast(tf, tf.neg(dy), b) }),
  ],
  [
    'Multiply',
    ['a', 'b'],
    (tf, dy, [a, b]) => ({
      a: () => unbroadcast(tf, tf.mul(dy, b), a),
      b: () => unbroadcast(tf, tf.mul(dy, a), b),
    }),
  ],
  [
    'RealDiv',
    ['a', 'b'],
    (tf, dy, [a, b]) => ({
      a: () => unbroadcast(tf, tf.div(dy, b), a),
      b: () => unbroadcast(tf, tf.neg(tf.div(tf.mul(dy, a), tf.square(b))), b),
    }),
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
  ['Square', ['x'], (tf, dy, [x]) => ({ x: () => tf.mul(dy, tf.mul(x, 2)) })],
  ['Sqrt', ['x'], (tf, dy, [x]) => ({ x: () => tf.div(dy, tf.mul(tf.sqrt(x), 2)) })],
  ['Reshape', ['x'], (tf, dy, [x]) => ({ x: () => tf.reshape(dy, x.shape) })],
  [
    'Sum',
    ['x'],
    (tf, dy, [x], { axis }) => {
      const kept = [...x.shape];
      for (const at of tf.util.parseAxisParam(axis as number[], x.shape)) kept[at] = 1;
      return { x: () => tf.mul(tf.reshape(dy, kept), tf.onesLike(x)) };
    },
  ],
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
      gradFunc: (dy, saved, attributes) => rule(tf, dy as Tensor, saved, attributes),
    });
}
