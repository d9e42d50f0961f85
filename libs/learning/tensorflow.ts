import type * as tfjs from '@tensorflow/tfjs-core';
import type { AggregatorEngine } from './aggregator.js';
import { LearningError } from './learning-error.js';

export type TensorFlow = typeof tfjs;

/** Of @tensorflow/tfjs-core and of each package that brings a backend. */
export const TENSORFLOW_VERSION = '4.22.0';

/** How TensorFlow.js computes: the name of its backend, and how it is loaded. */
interface Backend extends Omit<AggregatorEngine, 'ready'> {
  readonly name: string;
  load(): Promise<TensorFlow>;
}

/** TensorFlow.js with one backend. It is loaded when a line first needs it, once a process; whoever builds no such aggregator never loads it. */
export class TensorFlowEngine implements AggregatorEngine {
  readonly numericProfile: string;
  readonly kernels: readonly string[];
  private loading: Promise<TensorFlow> | undefined;
  private loaded: TensorFlow | undefined;

  constructor(private readonly backend: Backend) {
    this.numericProfile = backend.numericProfile;
    this.kernels = backend.kernels;
  }

  /** @throws LearningError ENGINE_NOT_INSTALLED, ENGINE_VERSION_MISMATCH */
  async ready(): Promise<void> {
    this.loaded = await (this.loading ??= this.backend.load());
  }

  /** The library, with the backend chosen anew: it is a setting of the whole process. @throws LearningError AGGREGATOR_NOT_READY */
  library(): TensorFlow {
    if (this.loaded === undefined)
      throw new LearningError('AGGREGATOR_NOT_READY', 'the engine of the aggregator is not loaded', {
        nextStep: 'Await aggregatorReady(config) first.',
      });
    void this.loaded.setBackend(this.backend.name); // takes effect at once where the backend has been initialised
    return this.loaded;
  }
}

/** @throws LearningError ENGINE_NOT_INSTALLED, with the next step */
export async function installed<T>(packages: () => Promise<T>, nextStep: string): Promise<T> {
  try {
    return await packages();
  } catch (cause) {
    throw new LearningError('ENGINE_NOT_INSTALLED', 'TensorFlow.js cannot be loaded', { cause, nextStep });
  }
}

/** @throws LearningError ENGINE_VERSION_MISMATCH unless all packages have TENSORFLOW_VERSION */
export function checkVersions(found: Readonly<Record<string, string | undefined>>): void {
  if (Object.values(found).some((version) => version !== TENSORFLOW_VERSION))
    throw mismatch({ expected: TENSORFLOW_VERSION, ...found });
}

export function mismatch(facts: Readonly<Record<string, string | undefined>>): LearningError {
  return new LearningError(
    'ENGINE_VERSION_MISMATCH',
    'another TensorFlow.js is installed than lines are built with',
    { facts, nextStep: `Install version ${TENSORFLOW_VERSION} of each package of @tensorflow.` },
  );
}
