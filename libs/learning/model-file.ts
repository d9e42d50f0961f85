import type { SubModelConfig, AggregatorConfig } from '#libs/contracts';
import { canonicalJson, sha256, toHex, utf8, type Sha256 } from '#libs/essentials';
import { LearningError } from './learning-error.js';
import { draftTensor, readTensors, writeTensors, type Tensor, type TensorDraft } from './safetensors.js';
import type { CanonicalCatalogue } from './shard-dataset.js';

/** What a model file says of itself: its kind, and for a shard the catalogue whose rows it has. Nothing about people. */
export interface ModelFileHead {
  readonly kind: SubModelConfig['kind'] | AggregatorConfig['kind'];
  /** catalogueDigest; absent in an aggregator. */
  readonly catalogue?: string;
}

/**
 * Digest by which a shard's file names the catalogue that it was trained with: SHA-256, hex, of the sorted item ids as canonical JSON; where the
 * line takes features, of {"features": ids, "items": ids}.
 */
export function catalogueDigest(
  { items, features }: Pick<CanonicalCatalogue, 'items' | 'features'>,
  hash: Sha256 = sha256,
): string {
  return toHex(hash(utf8(canonicalJson(features.length === 0 ? items : { items, features }))));
}

export function writeModelFile(head: ModelFileHead, tensors: readonly Tensor[]): Uint8Array {
  return writeTensors({ metadata: { ...head }, tensors });
}

/** The file that was read with these tensors, where their numbers were changed where they lie in it; else another one with them. */
export function revisedModelFile(
  file: Uint8Array,
  head: ModelFileHead,
  tensors: readonly Tensor[],
): Uint8Array {
  return tensors.every(({ data }) => data.buffer === file.buffer) ? file : writeModelFile(head, tensors);
}

/** A model file that lacks the numbers of one tensor of floats; as draftTensor. */
export function draftModelFile(
  head: ModelFileHead,
  lacking: Omit<Tensor, 'data'>,
  beside: readonly Tensor[],
  allocate: (bytes: number) => ArrayBufferLike,
): TensorDraft | undefined {
  return draftTensor({ ...head }, lacking, beside, allocate);
}

/** Reads a model file and refuses one of another kind or catalogue than expected. */
export function readModelFile(file: Uint8Array, expected: ModelFileHead): readonly Tensor[] {
  const { metadata, tensors } = readTensors(file);
  if (metadata.kind !== expected.kind)
    throw new LearningError('MODEL_KIND_MISMATCH', 'the file holds another kind of model', {
      facts: { expected: expected.kind },
    });
  if (metadata.catalogue !== expected.catalogue)
    throw new LearningError('MODEL_CATALOGUE_MISMATCH', 'the file was trained with another catalogue', {
      nextStep: "Open the version with the items of its manifest's catalogue.",
    });
  return tensors;
}

/**
 * The floats of a named tensor.
 *
 * @throws LearningError MODEL_TENSOR_MISSING, MODEL_TENSOR_SHAPE_MISMATCH, MODEL_TENSOR_DTYPE_MISMATCH
 */
export function tensorOf(tensors: readonly Tensor[], name: string, shape: readonly number[]): Float32Array {
  const { data } = namedTensor(tensors, name, shape);
  return data instanceof Float32Array ? data : wrongDtype(name);
}

/** The counts of a named tensor. @throws LearningError as tensorOf */
export function countsOf(tensors: readonly Tensor[], name: string, shape: readonly number[]): Uint16Array {
  const { data } = namedTensor(tensors, name, shape);
  return data instanceof Uint16Array ? data : wrongDtype(name);
}

function wrongDtype(name: string): never {
  throw new LearningError(
    'MODEL_TENSOR_DTYPE_MISMATCH',
    `the tensor ${name} has another dtype than expected`,
    {
      facts: { name },
    },
  );
}

function namedTensor(tensors: readonly Tensor[], name: string, shape: readonly number[]): Tensor {
  const found = tensors.find((tensor) => tensor.name === name);
  if (!found)
    throw new LearningError('MODEL_TENSOR_MISSING', `the file has no tensor ${name}`, { facts: { name } });
  if (found.shape.length !== shape.length || found.shape.some((size, axis) => size !== shape[axis]))
    throw new LearningError(
      'MODEL_TENSOR_SHAPE_MISMATCH',
      `the tensor ${name} has another shape than expected`,
      {
        facts: { name, expected: shape.join('×'), found: found.shape.join('×') },
      },
    );
  return found;
}
