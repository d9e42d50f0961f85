import { beforeAll, describe, expect, it } from '@jest/globals';
import type { MetaConfig } from '#libs/contracts';
import { gradientsOf } from '#libs/testkit';
import { innerBatches } from './meta-episodes.js';
import { FEATURES } from './meta-features.js';
import { PARAMETER_NAMES, parameterShapes, type MetaNetwork } from './meta-network.js';
import { CANDIDATES, QUERIES, type MetaTasks } from './meta-tasks.js';
import { firstGradients, trainNetwork } from './meta-training.js';
import { WASM_ENGINE } from './tensorflow-wasm.js';

const HIDDEN = 3;
const CONFIG: MetaConfig = {
  kind: 'meta',
  hidden: HIDDEN,
  tasks: 3,
  epochs: 2,
  learningRate: 0.05,
  innerSteps: 2,
  innerRate: 0.2,
};

/** Values without any pattern, −1 … 1. */
const values = (length: number, salt: number): Float32Array =>
  Float32Array.from({ length }, (_, at) => ((((at + salt) * 7919) % 2003) - 1001) / 1001);

/** People with so many queries each. */
function tasksOf(...queries: number[]): MetaTasks {
  const rows = queries.length * QUERIES * CANDIDATES;
  return {
    count: queries.length,
    features: values(rows * FEATURES, 1),
    weights: values(rows, 5).map((value) => 1 + 4 * Math.abs(value)),
    queries: Float32Array.from(
      queries.flatMap((own) => Array.from({ length: QUERIES }, (_, at) => (at < own ? 1 / own : 0))),
    ),
  };
}

const SIZES = parameterShapes(HIDDEN);
const length = (name: keyof typeof SIZES): number => SIZES[name].reduce((size, side) => size * side, 1);
const NETWORK: MetaNetwork = {
  parameters: {
    hidden: values(length('hidden'), 11),
    bias: values(length('bias'), 13),
    out: values(length('out'), 17),
    skip: values(length('skip'), 19),
  },
  shift: new Float32Array(FEATURES),
  scale: new Float32Array(FEATURES).fill(1),
};
const FLAT = PARAMETER_NAMES.map((name) => NETWORK.parameters[name]);

/** Gradients of the mean loss of some queries, by TensorFlow.js on its plain backend and from operations of its own. */
async function gradientsAt(
  parameters: readonly Float32Array[],
  { features, weights }: MetaTasks,
  queries: readonly number[],
): Promise<readonly Float32Array[]> {
  const row = FEATURES * CANDIDATES;
  const inputs = queries.flatMap((query) => [...features.subarray(query * row, (query + 1) * row)]);
  const stood = queries.flatMap((query) => [
    ...weights.subarray(query * CANDIDATES, (query + 1) * CANDIDATES),
  ]);
  const shapes = [
    [FEATURES, HIDDEN],
    [1, HIDDEN],
    [HIDDEN, 1],
    [FEATURES, 1],
  ];
  const { by } = await gradientsOf(
    (tf, [hidden, bias, out, skip]) => {
      const x = tf.tensor2d(inputs, [queries.length * CANDIDATES, FEATURES]);
      const units = tf.relu(tf.add(tf.matMul(x, hidden), bias));
      const scores = tf.reshape(tf.add(tf.matMul(x, skip), tf.matMul(units, out)), [
        queries.length,
        CANDIDATES,
      ]);
      const all = tf.sum(tf.mul(tf.exp(scores), tf.tensor2d(stood, [queries.length, CANDIDATES])), 1);
      return tf.mean(tf.sub(tf.log(all), tf.reshape(tf.slice(scores, [0, 0], [-1, 1]), [-1])));
    },
    parameters.map((data, at) => ({ shape: shapes[at], data })),
  );
  return by;
}

const JOINT: MetaConfig = { ...CONFIG, innerSteps: 1 };
const TWO = tasksOf(4, 1);
const EVEN = tasksOf(2, 2);
let found: Record<'reptile' | 'joint', Float32Array[]>;
let trained: Record<'slow' | 'fast' | 'slowJoint' | 'fastJoint', MetaNetwork>;

/** The engine goes first: once the oracle has computed in a process, TensorFlow.js takes its own book-keeping of the other backend for leaks. */
beforeAll(async () => {
  await WASM_ENGINE.ready();
  const tf = WASM_ENGINE.library();
  const train = (config: MetaConfig, innerRate: number): MetaNetwork =>
    trainNetwork(tf, NETWORK, EVEN, { ...config, innerRate });
  found = {
    reptile: firstGradients(tf, NETWORK, TWO, CONFIG),
    joint: firstGradients(tf, NETWORK, EVEN, JOINT),
  };
  trained = {
    slow: train(CONFIG, 0.01),
    fast: train(CONFIG, 0.9),
    slowJoint: train(JOINT, 0.01),
    fastJoint: train(JOINT, 0.9),
  };
});

describe('the inner loop', () => {
  it('meets a person’s queries oldest first, in as many runs as there are steps', () => {
    const tasks = tasksOf(4, 3, 1);
    const marked = {
      ...tasks,
      features: tasks.features.map((_, at) => Math.floor(at / (CANDIDATES * FEATURES))),
    };
    const batches = innerBatches(marked, marked.features, 2, { from: 0, until: 3 });
    // Queries stand latest first: a person’s oldest has the greatest number.
    const met = batches.map(({ features, shares, places }) =>
      [0, 1, 2].map((person) =>
        Array.from({ length: places }, (_, at) => person * places + at)
          .filter((place) => shares[place] > 0)
          .map((place) => [features[place * CANDIDATES * FEATURES], shares[place]]),
      ),
    );
    expect(met).toEqual([
      [
        [
          [3, 0.5],
          [2, 0.5],
        ],
        [[6, 1]],
        [[8, 1]],
      ],
      [
        [
          [1, 0.5],
          [0, 0.5],
        ],
        [
          [5, 0.5],
          [4, 0.5],
        ],
        [[8, 1]],
      ],
    ]);
  });

  it('lets each person’s copy take its steps, and moves the shared network toward all of them', async () => {
    const runs = [
      [
        [3, 2],
        [1, 0],
      ],
      [[4], [4]],
    ];
    const expected = FLAT.map((one) => new Float64Array(one.length));
    for (const steps of runs) {
      let copy = FLAT.map((one) => Float32Array.from(one));
      for (const queries of steps) {
        const gradients = await gradientsAt(copy, TWO, queries);
        copy = copy.map((one, at) => one.map((value, k) => value - CONFIG.innerRate * gradients[at][k]));
      }
      // (shared − copy) / (steps · rate), the mean over people
      copy.forEach((one, at) =>
        one.forEach(
          (value, k) => (expected[at][k] += (FLAT[at][k] - value) / (2 * CONFIG.innerRate) / runs.length),
        ),
      );
    }
    found.reptile.forEach((gradient, at) =>
      gradient.forEach((value, k) => {
        // Some hundred products and sums of values below 4 in either engine, and a difference divided by 0.4.
        expect(Math.abs(value - expected[at][k])).toBeLessThan(2 ** -16);
      }),
    );
  });

  it('is joint training with one step, whatever its rate', async () => {
    expect(trained.slowJoint).toEqual(trained.fastJoint);
    const joint = await gradientsAt(FLAT, EVEN, [0, 1, QUERIES, QUERIES + 1]);
    found.joint.forEach((gradient, at) =>
      gradient.forEach((value, k) => expect(Math.abs(value - joint[at][k])).toBeLessThan(2 ** -18)),
    );
  });

  it('matters where there are two', () => {
    expect(trained.slow).not.toEqual(trained.fast);
  });
});
