import type * as tfjs from '@tensorflow/tfjs-core';
import type * as wasmBackend from '@tensorflow/tfjs-backend-wasm';
import { sha256, toHex } from '#libs/essentials';
import { LearningError } from './learning-error.js';
import { registerGradients } from './tensorflow-gradients.js';

export type TensorFlow = typeof tfjs;

/** SHA-256 of `tfjs-backend-wasm-simd.wasm` of the version that NUMERIC_PROFILE names, hex. */
export const TENSORFLOW_DIGEST = '77ebb28a6d34f371dbbf2086b7f2de8994acd8ea5a3cf1fa24d2c26c840cac7b';

/** Engine and version, as they enter a line's numeric profile. */
export const TENSORFLOW_PROFILE = 'tfjs-wasm/4.22.0';

const VERSION = '4.22.0';
const BACKEND = 'wasm';

let loaded: Promise<TensorFlow> | undefined;
let engine: TensorFlow | undefined;

/**
 * Loads TensorFlow.js with its WebAssembly backend: the binary with SIMD and one thread, nothing else. It takes about half a second
 * and happens once a process, when a line first needs it; whoever builds no such aggregator never loads it.
 *
 * @throws LearningError ENGINE_NOT_INSTALLED, ENGINE_VERSION_MISMATCH
 */
export async function tensorFlowReady(): Promise<void> {
  engine = await (loaded ??= load());
}

/** The engine, with its backend chosen anew: it is a setting of the whole process. @throws LearningError AGGREGATOR_NOT_READY */
export function tensorFlow(): TensorFlow {
  if (engine === undefined)
    throw new LearningError('AGGREGATOR_NOT_READY', 'the engine of the aggregator is not loaded', {
      nextStep: 'Await aggregatorReady(config) first.',
    });
  void engine.setBackend(BACKEND); // takes effect at once where the backend has been initialised
  return engine;
}

async function load(): Promise<TensorFlow> {
  const [tf, wasm] = await packages();
  if (tf.version_core !== VERSION || wasm.version_wasm !== VERSION)
    throw mismatch({ expected: VERSION, core: tf.version_core, wasm: wasm.version_wasm });
  tf.env().set('WASM_HAS_SIMD_SUPPORT', true);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  wasm.setThreadsCount(1);
  const digests = await digestsOfInstantiated(() => tf.setBackend(BACKEND));
  if (!digests.includes(TENSORFLOW_DIGEST))
    throw mismatch({ expected: TENSORFLOW_DIGEST, actual: digests.join(' ') });
  registerGradients(tf);
  return tf;
}

async function packages(): Promise<[TensorFlow, typeof wasmBackend]> {
  try {
    return await Promise.all([import('@tensorflow/tfjs-core'), import('@tensorflow/tfjs-backend-wasm')]);
  } catch (cause) {
    throw new LearningError('ENGINE_NOT_INSTALLED', 'TensorFlow.js cannot be loaded', {
      cause,
      nextStep:
        'Install @tensorflow/tfjs-core and @tensorflow/tfjs-backend-wasm, or choose another aggregator.',
    });
  }
}

/**
 * What is instantiated while the backend starts. The backend finds and reads its binary itself and tells nobody what it has read; its
 * bytes decide the model's, so we look on at the only door through which they can come.
 */
async function digestsOfInstantiated(start: () => Promise<unknown>): Promise<string[]> {
  const { instantiate } = WebAssembly;
  const digests: string[] = [];
  const watched = (source: BufferSource, imports?: WebAssembly.Imports): Promise<unknown> => {
    const bytes = ArrayBuffer.isView(source)
      ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
      : new Uint8Array(source);
    digests.push(toHex(sha256(bytes)));
    return instantiate(source, imports);
  };
  WebAssembly.instantiate = watched as typeof instantiate;
  try {
    await start();
    return digests;
  } finally {
    WebAssembly.instantiate = instantiate;
  }
}

function mismatch(facts: Record<string, string>): LearningError {
  return new LearningError(
    'ENGINE_VERSION_MISMATCH',
    'another TensorFlow.js is installed than lines are built with',
    {
      facts,
      nextStep: `Install version ${VERSION} of @tensorflow/tfjs-core and @tensorflow/tfjs-backend-wasm.`,
    },
  );
}
