import { beforeAll, describe, expect, it } from '@jest/globals';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { smallGenesis, SMALL_CONFIG } from '#libs/testkit';
import { strategyConfig, validateModelConfig, type LearningError } from './index.js';
import { nodeEngine, preferredBackend, type TfjsNode } from './tensorflow-node.js';
import { TENSORFLOW_VERSION } from './tensorflow.js';
import { WASM_ENGINE } from './tensorflow-wasm.js';

const VERSIONS = { 'tfjs-node': TENSORFLOW_VERSION, 'tfjs-core': TENSORFLOW_VERSION };

/** Does what loading the package does: registers a backend by its name, which computes. */
function standIn(): Promise<TfjsNode> {
  if (tf.findBackendFactory('tensorflow') === null) {
    tf.registerBackend('tensorflow', () => new MathBackendCPU());
    tf.copyRegisteredKernels('cpu', 'tensorflow');
  }
  return Promise.resolve({ version: VERSIONS });
}
const missing = (): Promise<TfjsNode> =>
  Promise.reject(Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' }));

const refusal = (asked: Promise<unknown>): Promise<LearningError | undefined> =>
  asked.then(
    () => undefined,
    (error: LearningError) => error,
  );

describe('the native backend of TensorFlow.js', () => {
  it('is refused where it is not installed, with what to do', async () => {
    const error = await refusal(nodeEngine(missing).ready());
    expect(error).toMatchObject({ code: 'ENGINE_NOT_INSTALLED' });
    expect(error?.nextStep).toMatch(/Install @tensorflow\/tfjs-node, or ask for the backend wasm/);
  });

  it('is refused where it registered with no TensorFlow.js that we see', async () => {
    const elsewhere = nodeEngine(() => Promise.resolve({ version: VERSIONS }));
    expect(await refusal(elsewhere.ready())).toMatchObject({ code: 'ENGINE_VERSION_MISMATCH' });
  });

  it.each(['tfjs-node', 'tfjs-core'])('is refused with another version of %s', async (name) => {
    const older = nodeEngine(() => Promise.resolve({ version: { ...VERSIONS, [name]: '4.21.0' } }));
    expect(await refusal(older.ready())).toMatchObject({ code: 'ENGINE_VERSION_MISMATCH' });
    expect(await refusal(preferredBackend(older))).toMatchObject({ code: 'ENGINE_VERSION_MISMATCH' });
  });

  it('is taken when it is preferred and there, and else the one that always is', async () => {
    expect(await preferredBackend(nodeEngine(missing))).toBe('wasm');
    expect(await preferredBackend(nodeEngine(standIn))).toBe('node');
  });

  describe('once it is loaded', () => {
    const engine = nodeEngine(standIn);
    beforeAll(() => Promise.all([engine.ready(), WASM_ENGINE.ready()]));

    it('computes, and leaves the other one to those who ask for it', () => {
      const squares = (library: typeof tf): number[] => [...library.square([1, 2, 3]).dataSync()];
      expect([engine.library().getBackend(), squares(engine.library())]).toEqual(['tensorflow', [1, 4, 9]]);
      expect([WASM_ENGINE.library().getBackend(), squares(WASM_ENGINE.library())]).toEqual([
        'wasm',
        [1, 4, 9],
      ]);
    });
  });
});

describe('a line on the native backend', () => {
  const { aggregator } = strategyConfig('sisa', { aggregator: 'meta', backend: 'node' });
  const genesis = smallGenesis({ ...SMALL_CONFIG, aggregator });

  it('says so in its numeric profile, and that its bytes are not promised', () => {
    expect(genesis.numericProfile).toMatch(/ tfjs-node\/4\.22\.0\+bytes-not-promised$/);
    expect(genesis.kernelDigest).toBe(smallGenesis().kernelDigest);
  });

  it('has the configuration of any other where it is not asked for', () => {
    const usual = strategyConfig('sisa', { aggregator: 'meta' });
    expect(strategyConfig('sisa', { aggregator: 'meta', backend: 'wasm' })).toEqual(usual);
    expect(aggregator).toEqual({ ...usual.aggregator, backend: 'node' });
  });

  it('cannot be on a backend that nobody knows', () => {
    const config = { ...SMALL_CONFIG, aggregator: { ...aggregator, backend: 'webgl' } };
    expect(() => validateModelConfig(config)).toThrow('aggregator.backend must be one of: wasm, node');
  });
});
