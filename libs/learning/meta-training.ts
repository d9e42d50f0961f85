import type { Tensor } from '@tensorflow/tfjs-core';
import type { MetaConfig } from '#libs/contracts';
import { FEATURES } from './meta-features.js';
import { PARAMETER_NAMES, parameterShapes, scaledFeatures, type MetaNetwork } from './meta-network.js';
import { CANDIDATES, QUERIES, type MetaTasks } from './meta-tasks.js';
import { tensorFlow, type TensorFlow } from './tensorflow.js';

/** People of one step. */
const BATCH = 32;
// Adam (Kingma & Ba, ICLR 2015); the powers of its decay rates are products, since the host's pow differs between machines.
const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

/** One tensor for each of PARAMETER_NAMES; those of one dimension are columns, the bias is a row. */
type Parameters = Tensor[];

/**
 * Episodic training (Vinyals et al., NeurIPS 2016): every person is a task, made of what comes before (the support, in the features) and
 * what is to be found (the queries). The loss is the cross-entropy of the item that was held out against the other candidates, each of
 * which stands for `weights` items of the catalogue; its gradient, averaged over a batch of people, moves the parameters, by Adam.
 * There is no inner step: the features already know the person, and one did not help on validation.
 *
 * Every operation runs in the WebAssembly module of the engine; the order of people is the order of their draws.
 */
export function trainNetwork(network: MetaNetwork, tasks: MetaTasks, config: MetaConfig): MetaNetwork {
  const tf = tensorFlow();
  const trained = tf.tidy(() => {
    const adam = new Adam(tf, tensorsOf(tf, network), config.learningRate);
    const batches = batchesOf(tf, network, tasks);
    for (let epoch = 0; epoch < config.epochs; epoch++)
      for (const batch of batches) adam.step((parameters) => lossGradients(tf, batch, parameters));
    return adam.parameters.map((one) => Float32Array.from(one.dataSync()));
  });
  const [hidden, bias, out, skip] = trained;
  return { ...network, parameters: { hidden, bias, out, skip } };
}

/** The scores of all rows of the tasks as TensorFlow.js computes them: to compare with those that are computed by hand. */
export function tensorFlowScores(network: MetaNetwork, { features }: MetaTasks): Float32Array {
  const tf = tensorFlow();
  return tf.tidy(() => {
    const inputs = tf.tensor(scaledFeatures(network, features), [features.length / FEATURES, FEATURES]);
    return Float32Array.from(forward(tf, inputs, tensorsOf(tf, network)).dataSync());
  });
}

function tensorsOf(tf: TensorFlow, { parameters }: MetaNetwork): Parameters {
  const shapes = parameterShapes(parameters.bias.length);
  return PARAMETER_NAMES.map((name) => {
    const [rows, columns] = shapes[name];
    const shape: [number, number] = name === 'bias' ? [1, rows] : [rows, columns ?? 1];
    return tf.tensor(parameters[name], shape);
  });
}

class Adam {
  parameters: Parameters;
  private means: Tensor[];
  private squares: Tensor[];
  private decay1 = 1;
  private decay2 = 1;

  constructor(
    private readonly tf: TensorFlow,
    start: Parameters,
    private readonly rate: number,
  ) {
    this.parameters = start;
    this.means = start.map((one) => tf.zerosLike(one));
    this.squares = start.map((one) => tf.zerosLike(one));
  }

  step(gradientsAt: (parameters: Parameters) => Tensor[]): void {
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

/** What the engine is given of a few people. */
interface Batch {
  /** [people · QUERIES · CANDIDATES, FEATURES], scaled. */
  readonly inputs: Tensor;
  /** [people · QUERIES, CANDIDATES] */
  readonly weights: Tensor;
  /** [people · QUERIES, 1]: 1 / (queries of the person · people). */
  readonly queries: Tensor;
}

function batchesOf(tf: TensorFlow, network: MetaNetwork, tasks: MetaTasks): Batch[] {
  const { count, features, weights, queries } = tasks;
  const inputs = scaledFeatures(network, features);
  return Array.from({ length: Math.ceil(count / BATCH) }, (_, at) => {
    const people = Math.min(BATCH, count - at * BATCH);
    const part = (of: Float32Array): Float32Array => {
      const each = of.length / count;
      return of.subarray(at * BATCH * each, (at * BATCH + people) * each);
    };
    return {
      inputs: tf.tensor(part(inputs), [people * QUERIES * CANDIDATES, FEATURES]),
      weights: tf.tensor(part(weights), [people * QUERIES, CANDIDATES]),
      queries: tf.div(tf.tensor(part(queries), [people * QUERIES, 1]), people),
    };
  });
}

function lossGradients(tf: TensorFlow, batch: Batch, parameters: Parameters): Tensor[] {
  const loss = (...given: Tensor[]): Tensor =>
    crossEntropy(tf, batch, tf.reshape(forward(tf, batch.inputs, given), batch.weights.shape));
  return tf.grads(loss)(parameters);
}

/** Scores [rows, 1]; the formula stands in meta-network.ts. */
function forward(tf: TensorFlow, inputs: Tensor, [hidden, bias, out, skip]: Parameters): Tensor {
  const units = tf.relu(tf.add(tf.matMul(inputs, hidden), bias));
  return tf.add(tf.matMul(inputs, skip), tf.matMul(units, out));
}

/** Σ over queries of −log(e^s₀ / Σ weight·e^s): its gradient is known, share − 1 for the item held out and share for the others. */
function crossEntropy(tf: TensorFlow, { weights, queries }: Batch, scores: Tensor): Tensor {
  const held = Float32Array.from({ length: CANDIDATES }, (_, at) => (at === 0 ? 1 : 0));
  const loss = tf.customGrad((given, save) => {
    const of = given as Tensor;
    const powers = tf.mul(tf.exp(tf.sub(of, tf.max(of, 1, true))), weights);
    const shares = tf.div(powers, tf.sum(powers, 1, true));
    (save as (tensors: Tensor[]) => void)([shares]);
    const own = tf.sum(tf.mul(shares, held), 1, true);
    return {
      value: tf.neg(tf.sum(tf.mul(queries, tf.log(own)))),
      gradFunc: (dy: Tensor, [saved]: Tensor[]) => tf.mul(tf.mul(tf.sub(saved, held), queries), dy),
    };
  });
  return loss(scores);
}
