import { LearningError } from './learning-error.js';
import { registerGradients } from './tensorflow-gradients.js';
import { checkVersions, installed, mismatch, TensorFlowEngine, type TensorFlow } from './tensorflow.js';
import { WASM_ENGINE } from './tensorflow-wasm.js';

/** The name under which @tensorflow/tfjs-node registers its backend. */
const BACKEND = 'tensorflow';
const PACKAGE: string = '@tensorflow/tfjs-node'; // not a literal type: whoever compiles this need not have it

/** What we read of @tensorflow/tfjs-node; loading it registers its backend with @tensorflow/tfjs-core. */
export interface TfjsNode {
  readonly version: Readonly<Record<string, string>>;
}

type ImportTfjsNode = () => Promise<TfjsNode>;

const importTfjsNode: ImportTfjsNode = async () => {
  const found = (await import(PACKAGE)) as TfjsNode & { readonly default?: TfjsNode };
  return found.default ?? found; // a CommonJS package
};

/**
 * The native backend of @tensorflow/tfjs-node, for whoever has installed that package beside Lacuna. Its library is not among the kernels of
 * genesis, and its threads may change the order of sums: the profile says that nobody promises the same bytes on another machine.
 *
 * @param importPackage how the package is found
 */
export function nodeEngine(importPackage: ImportTfjsNode = importTfjsNode): TensorFlowEngine {
  return new TensorFlowEngine({
    name: BACKEND,
    numericProfile: 'tfjs-node/4.22.0+bytes-not-promised',
    kernels: [],
    load: () => load(importPackage),
  });
}

async function load(importPackage: ImportTfjsNode): Promise<TensorFlow> {
  const [tf, node] = await installed(
    () => Promise.all([import('@tensorflow/tfjs-core'), importPackage()]),
    'Install @tensorflow/tfjs-node, or ask for the backend wasm; prefer-node takes whichever there is.',
  );
  checkVersions({
    core: tf.version_core,
    node: node.version['tfjs-node'],
    nodeCore: node.version['tfjs-core'],
  });
  // False where the package has registered with another copy of tfjs-core than ours.
  if (tf.findBackendFactory(BACKEND) === null || !(await tf.setBackend(BACKEND)))
    throw mismatch({ backend: BACKEND });
  registerGradients(tf);
  return tf;
}

export const NODE_ENGINE = nodeEngine();

/** Engines by the name that a configuration gives their backend. */
export const TENSORFLOW_ENGINES = { wasm: WASM_ENGINE, node: NODE_ENGINE } as const;

/**
 * What a line that prefers the native backend is to be started with: node where it is installed, else wasm. The line then has that backend, wherever
 * it is rebuilt.
 *
 * @throws LearningError ENGINE_VERSION_MISMATCH
 */
export async function preferredBackend(
  node: Pick<TensorFlowEngine, 'ready'> = NODE_ENGINE,
): Promise<'wasm' | 'node'> {
  try {
    await node.ready();
    return 'node';
  } catch (error) {
    if (error instanceof LearningError && error.code === 'ENGINE_NOT_INSTALLED') return 'wasm';
    throw error;
  }
}
