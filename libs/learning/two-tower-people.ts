import type { Draw } from './draws.js';
import { LearningError } from './learning-error.js';
import type { Tensor } from './safetensors.js';

const TAG = 'person_tags';
const WORDS = 8;
const HALF_RANGE = 2 ** 16;

/**
 * Tensor `person_tags` [people, 8]: whose row is whose, without a pseudonym in the file. A tag is 128 bits drawn by the pseudonym's name
 * (SHA-256 of seed, purpose and pseudonym keys the draw), 16 to a float, which holds them exactly. Who knows the pseudonym finds the
 * row; pseudonyms are random, so that nobody else can.
 */
export function tagsOf(subjects: readonly string[], draw: Draw): Tensor {
  const data = new Float32Array(subjects.length * WORDS);
  subjects.forEach((subject, row) => data.set(tagOf(subject, draw), row * WORDS));
  return { name: TAG, shape: [subjects.length, WORDS], data };
}

/** Finds the row of a person; undefined where the file has none. @throws LearningError MODEL_TENSOR_MISSING */
export function rowFinder(tensors: readonly Tensor[], draw: Draw): (subject: string) => number | undefined {
  const rows = rowsByTag(tensors);
  return (subject) => rows.get(tagOf(subject, draw).join());
}

/** Pairs [row in `before`, row in `tags`] of the people who are in both. @throws LearningError MODEL_TENSOR_MISSING */
export function rowsKept(before: readonly Tensor[], tags: Tensor): (readonly [number, number])[] {
  const rows = rowsByTag(before);
  return [...rowsByTag([tags])].flatMap(([tag, to]) => {
    const from = rows.get(tag);
    return from === undefined ? [] : [[from, to] as const];
  });
}

/** Rows of people in a file. @throws LearningError MODEL_TENSOR_MISSING */
export function peopleIn(tensors: readonly Tensor[]): number {
  return tagTensor(tensors).shape[0];
}

function rowsByTag(tensors: readonly Tensor[]): Map<string, number> {
  const { shape, data } = tagTensor(tensors);
  return new Map(
    Array.from({ length: shape[0] }, (_, row) => [data.subarray(row * WORDS, (row + 1) * WORDS).join(), row]),
  );
}

function tagTensor(tensors: readonly Tensor[]): Tensor {
  const found = tensors.find(({ name }) => name === TAG);
  if (!found)
    throw new LearningError('MODEL_TENSOR_MISSING', `the file has no tensor ${TAG}`, {
      facts: { name: TAG },
    });
  return found;
}

function tagOf(subject: string, draw: Draw): Float32Array {
  const draws = draw('two-tower/tag', subject);
  return Float32Array.from({ length: WORDS }, (_, k) => Math.floor(draws.uniform(k) * HALF_RANGE));
}
