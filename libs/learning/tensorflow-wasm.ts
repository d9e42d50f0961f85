import { sha256, toHex } from '#libs/essentials';
import { registerGradients } from './tensorflow-gradients.js';
import { checkVersions, installed, mismatch, TensorFlowEngine, type TensorFlow } from './tensorflow.js';

/** SHA-256 of `tfjs-backend-wasm-simd.wasm`, hex. */
export const TENSORFLOW_DIGEST = '77ebb28a6d34f371dbbf2086b7f2de8994acd8ea5a3cf1fa24d2c26c840cac7b';

const BACKEND = 'wasm';

/** The WebAssembly backend: the binary with SIMD and one thread, nothing else. Loading takes about half a second. */
export const WASM_ENGINE = new TensorFlowEngine({
  name: BACKEND,
  numericProfile: 'tfjs-wasm/4.22.0+bit-exact',
  kernels: [TENSORFLOW_DIGEST],
  load,
});

async function load(): Promise<TensorFlow> {
  const [tf, wasm] = await installed(
    () => Promise.all([import('@tensorflow/tfjs-core'), import('@tensorflow/tfjs-backend-wasm')]),
    'Install @tensorflow/tfjs-core and @tensorflow/tfjs-backend-wasm, or choose another aggregator.',
  );
  checkVersions({ core: tf.version_core, wasm: wasm.version_wasm });
  tf.env().set('WASM_HAS_SIMD_SUPPORT', true);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  wasm.setThreadsCount(1);
  const digests = await digestsOfInstantiated(() => tf.setBackend(BACKEND));
  if (!digests.includes(TENSORFLOW_DIGEST))
    throw mismatch({ expected: TENSORFLOW_DIGEST, actual: digests.join(' ') });
  registerGradients(tf);
  return tf;
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
