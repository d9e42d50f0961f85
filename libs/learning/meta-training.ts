import type { Tensor } from '@tensorflow/tfjs-core';
import type { MetaConfig } from '#libs/contracts';
import { PAIR_FEATURES, SHARD_FEATURES } from './meta-features.js';
import { HEAD_INPUTS, PARAMETER_NAMES, parameterShapes, type MetaNetwork } from './meta-network.js';
import { CANDIDATES, QUERIES, type Episodes, type MetaTasks } from './meta-tasks.js';
import { tensorFlow, type TensorFlow } from './tensorflow.js';

/** People of one outer step. */
const BATCH = 32;
const ROWS = QUERIES * CANDIDATES;
// Adam (Kingma & Ba, ICLR 2015); the powers of its decay rates are products, since the host's pow differs between machines.
const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

/** One tensor for each of PARAMETER_NAMES. */
type Parameters = Tensor[];

/**
 * First-order MAML (Finn, Abbeel, Levine, ICML 2017, §5.2): from the common parameters every person takes one step along the gradient
 * of their inner queries; the gradient of their outer queries at that place, averaged over a batch of people, moves the common
 * parameters, by Adam. The loss is the cross-entropy of the item that was held out against the other candidates, each of which
 * stands for `weights` items of the catalogue.
 *
 * Every operation runs in the WebAssembly module of the engine; the order of people is the order of their draws.
 */
export function trainNetwork(network: MetaNetwork, tasks: MetaTasks, config: MetaConfig): MetaNetwork {
  const tf = tensorFlow();
  const hidden = network.parameters.bias.length;
  const shapes = parameterShapes(hidden);
  const trained = tf.tidy(() => {
    const start = PARAMETER_NAMES.map((name) => tf.tensor(network.parameters[name], shapes[name]));
    const adam = new Adam(tf, start, config.learningRate);
    const batches = batchesOf(tf, network, tasks);
    for (let epoch = 0; epoch < config.epochs; epoch++)
      for (const batch of batches)
        adam.step((parameters) => outerGradients(tf, parameters, batch, config.innerRate));
    return adam.parameters.map((one) => Float32Array.from(one.dataSync()));
  });
  const [attention, layer, bias, out, skip] = trained;
  return { ...network, parameters: { attention, hidden: layer, bias, out, skip } };
}

/** The scores of one half of all tasks as TensorFlow.js computes them: to compare with those that are computed by hand. */
export function tensorFlowScores(network: MetaNetwork, episodes: Episodes): Float32Array {
  const tf = tensorFlow();
  const shapes = parameterShapes(network.parameters.bias.length);
  return tf.tidy(() => {
    const count = episodes.queries.length / QUERIES;
    const own = PARAMETER_NAMES.map((name) =>
      repeated(tf, tf.tensor(network.parameters[name], shapes[name]), count),
    );
    return Float32Array.from(forward(tf, batchOf(tf, network, episodes, 0, count), own).dataSync());
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

/** Both halves of some people's tasks. */
interface Halves {
  readonly inner: Batch;
  readonly outer: Batch;
}

function batchesOf(tf: TensorFlow, network: MetaNetwork, { count, inner, outer }: MetaTasks): Halves[] {
  return Array.from({ length: Math.ceil(count / BATCH) }, (_, at) => {
    const people = Math.min(BATCH, count - at * BATCH);
    const half = (of: Episodes): Batch => batchOf(tf, network, of, at * BATCH, people);
    return { inner: half(inner), outer: half(outer) };
  });
}

/** The mean over a batch's people of the gradient at each one's adapted parameters. */
function outerGradients(
  tf: TensorFlow,
  parameters: Parameters,
  { inner, outer }: Halves,
  innerRate: number,
): Tensor[] {
  const common = parameters.map((one) => repeated(tf, one, outer.people));
  const steps = lossGradients(tf, inner, common);
  const adapted = common.map((one, at) => tf.sub(one, tf.mul(steps[at], innerRate)));
  return lossGradients(tf, outer, adapted).map((gradient, at) =>
    tf.reshape(tf.div(tf.sum(gradient, 0), outer.people), parameters[at].shape),
  );
}

/** A copy for each person, as a matrix: [people, rows, columns]. */
function repeated(tf: TensorFlow, parameter: Tensor, people: number): Tensor {
  const { shape } = parameter;
  const matrix = shape.length === 2 ? shape : [shape[0], 1];
  return tf.tile(tf.reshape(parameter, [1, ...matrix]), [people, 1, 1]);
}

/** What the engine is given of a few people. */
interface Batch {
  readonly people: number;
  readonly shards: number;
  /** [people, rows·shards, SHARD_FEATURES], scaled. */
  readonly shard: Tensor;
  /** [people, rows, shards] */
  readonly standardised: Tensor;
  /** [people, rows, shards] */
  readonly asked: Tensor;
  /** [people, rows, HEAD_INPUTS]: zeros where the pooled score comes in, then the pair's features. */
  readonly pair: Tensor;
  /** [people, rows, 1] */
  readonly confidence: Tensor;
  /** [1, 1, HEAD_INPUTS] */
  readonly shift: Tensor;
  readonly scale: Tensor;
  /** [people, QUERIES, CANDIDATES] */
  readonly weights: Tensor;
  /** [people, QUERIES, 1] */
  readonly queries: Tensor;
}

function batchOf(
  tf: TensorFlow,
  network: MetaNetwork,
  episodes: Episodes,
  from: number,
  people: number,
): Batch {
  const { features, weights, queries } = episodes;
  const shards = features.asked.length / weights.length;
  const rows = people * ROWS;
  const first = from * ROWS;
  const part = (of: Float32Array, width: number): Float32Array =>
    of.subarray(first * width, (first + rows) * width);
  const shard = part(features.shard, shards * SHARD_FEATURES);
  const pair = part(features.pair, PAIR_FEATURES);
  const column = (values: Float32Array): Tensor => tf.tensor(values, [1, 1, values.length]);
  return {
    people,
    shards,
    shard: tf.mul(
      tf.sub(tf.tensor(shard, [people, ROWS * shards, SHARD_FEATURES]), column(network.shard.shift)),
      column(network.shard.scale),
    ),
    standardised: tf.tensor(everyNth(shard, SHARD_FEATURES, 0), [people, ROWS, shards]),
    asked: tf.tensor(part(features.asked, shards), [people, ROWS, shards]),
    pair: tf.tensor(afterZeros(pair), [people, ROWS, HEAD_INPUTS]),
    confidence: tf.tensor(everyNth(pair, PAIR_FEATURES, 1), [people, ROWS, 1]),
    shift: column(network.head.shift),
    scale: column(network.head.scale),
    weights: tf.tensor(part(weights, 1), [people, QUERIES, CANDIDATES]),
    queries: tf.tensor(queries.subarray(from * QUERIES, (from + people) * QUERIES), [people, QUERIES, 1]),
  };
}

function everyNth(values: Float32Array, n: number, first: number): Float32Array {
  const chosen = new Float32Array(values.length / n);
  for (let at = 0; at < chosen.length; at++) chosen[at] = values[at * n + first];
  return chosen;
}

/** Rows of pair features, moved to the end of rows of head inputs. */
function afterZeros(pair: Float32Array): Float32Array {
  const rows = new Float32Array((pair.length / PAIR_FEATURES) * HEAD_INPUTS);
  for (let row = 0; row * PAIR_FEATURES < pair.length; row++)
    rows.set(
      pair.subarray(row * PAIR_FEATURES, (row + 1) * PAIR_FEATURES),
      (row + 1) * HEAD_INPUTS - PAIR_FEATURES,
    );
  return rows;
}

/** Gradient of every person's loss by their own parameters. */
function lossGradients(tf: TensorFlow, batch: Batch, own: Parameters): Tensor[] {
  const loss = (...parameters: Tensor[]): Tensor =>
    crossEntropy(tf, batch, tf.reshape(forward(tf, batch, parameters), [batch.people, QUERIES, CANDIDATES]));
  return tf.grads(loss)(own);
}

/** Scores [people, rows, 1]; the formulas stand in meta-network.ts. */
function forward(tf: TensorFlow, batch: Batch, [attention, hidden, bias, out, skip]: Parameters): Tensor {
  const logits = tf.reshape(tf.matMul(batch.shard, attention), batch.asked.shape);
  const positive = tf.add(logits, tf.sqrt(tf.add(tf.square(logits), 1)));
  const weights = tf.mul(positive, batch.asked);
  const total = tf.sum(weights, 2, true);
  const pooled = tf.div(tf.sum(tf.mul(weights, batch.standardised), 2, true), total);
  const inputs = tf.mul(tf.sub(headInputs(tf, batch, pooled), batch.shift), batch.scale);
  const biases = tf.reshape(bias, [batch.people, 1, bias.shape[1] ?? 1]);
  const units = tf.relu(tf.add(tf.matMul(inputs, hidden), biases));
  return tf.add(tf.matMul(inputs, skip), tf.matMul(units, out));
}

/** Each input that depends on the pooled score is put into its column by a product with that column's unit row. */
function headInputs(tf: TensorFlow, { pair, confidence }: Batch, pooled: Tensor): Tensor {
  const compressed = tf.div(pooled, tf.sqrt(tf.sqrt(tf.add(tf.square(pooled), 1))));
  return [pooled, compressed, tf.mul(pooled, confidence)].reduce((sum, input, at) => {
    const column = Float32Array.from({ length: HEAD_INPUTS }, (_, to) => (to === at ? 1 : 0));
    return tf.add(sum, tf.mul(input, tf.tensor(column, [1, 1, HEAD_INPUTS])));
  }, pair);
}

/** Σ over queries of −log(e^s₀ / Σ weight·e^s): its gradient is known, share − 1 for the item held out and share for the others. */
function crossEntropy(tf: TensorFlow, { weights, queries }: Batch, scores: Tensor): Tensor {
  const held = Float32Array.from({ length: CANDIDATES }, (_, at) => (at === 0 ? 1 : 0));
  const loss = tf.customGrad((given, save) => {
    const of = given as Tensor;
    const powers = tf.mul(tf.exp(tf.sub(of, tf.max(of, 2, true))), weights);
    const shares = tf.div(powers, tf.sum(powers, 2, true));
    (save as (tensors: Tensor[]) => void)([shares]);
    const own = tf.sum(tf.mul(shares, held), 2, true);
    return {
      value: tf.neg(tf.sum(tf.mul(queries, tf.log(own)))),
      gradFunc: (dy: Tensor, [saved]: Tensor[]) => tf.mul(tf.mul(tf.sub(saved, held), queries), dy),
    };
  });
  return loss(scores);
}
