import type { Tensor } from '@tensorflow/tfjs-core';
import type { MetaConfig } from '#libs/contracts';
import { innerBatches, type InnerBatch } from './meta-episodes.js';
import { FEATURES } from './meta-features.js';
import { PARAMETER_NAMES, parameterShapes, scaledFeatures, type MetaNetwork } from './meta-network.js';
import { CANDIDATES, type MetaTasks } from './meta-tasks.js';
import { Adam } from './tensorflow-adam.js';
import type { TensorFlow } from './tensorflow.js';

/** People of one outer step. */
const BATCH = 32;

/** One tensor for each of PARAMETER_NAMES, [copies, rows, columns]; the bias is a row, the other vectors are columns. */
type Parameters = readonly Tensor[];

/**
 * Reptile (Nichol, Achiam & Schulman 2018, algorithm 2): every person is a task, made of what comes before (the support, in the features) and of
 * what is to be found (the queries). Each person of a batch has a copy of the network, which takes `innerSteps` steps of stochastic
 * gradient descent at `innerRate`, each on its run of the person's queries, oldest first; all copies of a batch are one tensor program. The
 * shared network then moves toward the copies: the mean over people of (shared − copy) / (innerSteps · innerRate) is the gradient that
 * Adam is given, as §6 of the paper does. With one step that is the gradient of the mean loss, and this is joint training.
 *
 * The loss is the cross-entropy of the item that was held out against the other candidates, each of which stands for `weights` items of the
 * catalogue. Every operation runs in the engine; the order of people is the order of their draws.
 */
export function trainNetwork(
  tf: TensorFlow,
  network: MetaNetwork,
  tasks: MetaTasks,
  config: MetaConfig,
): MetaNetwork {
  const [hidden, bias, out, skip] = tf.tidy(() => {
    const adam = new Adam(tf, tensorsOf(tf, network), config.learningRate);
    const batches = batchesOf(tf, network, tasks, config.innerSteps);
    for (let epoch = 0; epoch < config.epochs; epoch++)
      for (const steps of batches) adam.step((shared) => reptileGradients(tf, steps, shared, config));
    return adam.parameters.map((one) => Float32Array.from(one.dataSync()));
  });
  return { ...network, parameters: { hidden, bias, out, skip } };
}

/** The scores of all rows of the tasks as TensorFlow.js computes them: to compare with those that are computed by hand. */
export function tensorFlowScores(
  tf: TensorFlow,
  network: MetaNetwork,
  { features }: MetaTasks,
): Float32Array {
  return tf.tidy(() => {
    const inputs = tf.tensor(scaledFeatures(network, features), [1, features.length / FEATURES, FEATURES]);
    return Float32Array.from(forward(tf, inputs, tensorsOf(tf, network)).dataSync());
  });
}

/** What Adam is given at first, by the people of the first batch: to compare with an oracle. One array for each of PARAMETER_NAMES. */
export function firstGradients(
  tf: TensorFlow,
  network: MetaNetwork,
  tasks: MetaTasks,
  config: MetaConfig,
): Float32Array[] {
  return tf.tidy(() => {
    const [steps] = batchesOf(tf, network, tasks, config.innerSteps);
    const gradients = reptileGradients(tf, steps, tensorsOf(tf, network), config);
    return gradients.map((one) => Float32Array.from(one.dataSync()));
  });
}

/** One copy. */
function tensorsOf(tf: TensorFlow, { parameters }: MetaNetwork): Parameters {
  const shapes = parameterShapes(parameters.bias.length);
  return PARAMETER_NAMES.map((name) => {
    const [rows, columns] = shapes[name];
    const shape: [number, number, number] = name === 'bias' ? [1, 1, rows] : [1, rows, columns ?? 1];
    return tf.tensor(parameters[name], shape);
  });
}

/** An inner step as the engine is given it. */
interface InnerStep {
  readonly people: number;
  /** [people, places · CANDIDATES, FEATURES] */
  readonly inputs: Tensor;
  /** [people, places, CANDIDATES] */
  readonly weights: Tensor;
  /** [people, places, 1] */
  readonly shares: Tensor;
}

/** Of each batch of people, its inner steps. */
function batchesOf(tf: TensorFlow, network: MetaNetwork, tasks: MetaTasks, steps: number): InnerStep[][] {
  const inputs = scaledFeatures(network, tasks.features);
  return Array.from({ length: Math.ceil(tasks.count / BATCH) }, (_, at) => {
    const people = { from: at * BATCH, until: Math.min((at + 1) * BATCH, tasks.count) };
    return innerBatches(tasks, inputs, steps, people).map((batch) => innerStep(tf, batch));
  });
}

function innerStep(tf: TensorFlow, { people, places, features, weights, shares }: InnerBatch): InnerStep {
  return {
    people,
    inputs: tf.tensor(features, [people, places * CANDIDATES, FEATURES]),
    weights: tf.tensor(weights, [people, places, CANDIDATES]),
    shares: tf.tensor(shares, [people, places, 1]),
  };
}

/** From the shared network to the mean of its adapted copies, per step and rate. */
function reptileGradients(
  tf: TensorFlow,
  steps: readonly InnerStep[],
  shared: Parameters,
  { innerRate }: MetaConfig,
): Tensor[] {
  const [{ people }] = steps;
  const sums = shared.map((one) => tf.zerosLike(one));
  let copies: Parameters = shared.map((one) => tf.tile(one, [people, 1, 1]));
  for (const step of steps) {
    const gradients = lossGradients(tf, step, copies);
    gradients.forEach((gradient, at) => (sums[at] = tf.add(sums[at], tf.sum(gradient, 0, true))));
    copies = copies.map((one, at) => tf.sub(one, tf.mul(gradients[at], innerRate)));
  }
  // What a copy has moved by is innerRate times the sum of its gradients: taken from these, nothing is lost to subtraction.
  return sums.map((sum) => tf.div(sum, people * steps.length));
}

/** Of each person's own loss by that person's copy. */
function lossGradients(tf: TensorFlow, step: InnerStep, copies: Parameters): Tensor[] {
  const loss = (...given: Tensor[]): Tensor =>
    crossEntropy(tf, step, tf.reshape(forward(tf, step.inputs, given), step.weights.shape));
  return tf.grads(loss)([...copies]);
}

/** Scores [copies, rows, 1]; the formula stands in meta-network.ts. */
function forward(tf: TensorFlow, inputs: Tensor, [hidden, bias, out, skip]: Parameters): Tensor {
  const units = tf.relu(tf.add(tf.matMul(inputs, hidden), bias));
  return tf.add(tf.matMul(inputs, skip), tf.matMul(units, out));
}

/** Σ over queries of −log(e^s₀ / Σ weight·e^s): its gradient is known, share − 1 for the item held out and share for the others. */
function crossEntropy(tf: TensorFlow, { weights, shares }: InnerStep, scores: Tensor): Tensor {
  const held = Float32Array.from({ length: CANDIDATES }, (_, at) => (at === 0 ? 1 : 0));
  const loss = tf.customGrad((given, save) => {
    const of = given as Tensor;
    const powers = tf.mul(tf.exp(tf.sub(of, tf.max(of, 2, true))), weights);
    const likelihoods = tf.div(powers, tf.sum(powers, 2, true));
    (save as (tensors: Tensor[]) => void)([likelihoods]);
    const own = tf.sum(tf.mul(likelihoods, held), 2, true);
    return {
      value: tf.neg(tf.sum(tf.mul(shares, tf.log(own)))),
      gradFunc: (dy: Tensor, [saved]: Tensor[]) => tf.mul(tf.mul(tf.sub(saved, held), shares), dy),
    };
  });
  return loss(scores);
}
