import { areOffsets } from './ials-problem.js';
import { KernelError } from './kernel-error.js';

/** What two towers are made of. */
export interface TowerShape {
  /** Rows of the people's table; 1 where all people begin from the same. */
  readonly people: number;
  readonly items: number;
  readonly categories: number;
  /** Categories of each item, ascending. */
  readonly categoryOffsets: Uint32Array;
  readonly categoryIndices: Uint32Array;
  /** Rows of the table of people's features; 0 where the user tower takes none. */
  readonly features: number;
  /** Floats of an embedding, a multiple of 4. */
  readonly embedding: number;
  /** Outputs of each layer, multiples of 4; the last of both towers are equal. */
  readonly userLayers: readonly number[];
  readonly itemLayers: readonly number[];
}

/**
 * What the inner step changes: nothing; the user tower and the person's embedding; these and the item tower; the last layer of the user
 * tower.
 */
export type InnerStep = 'plain' | 'fomaml' | 'fomaml-both' | 'anil';

export interface TowerRates {
  readonly training: InnerStep;
  readonly margin: number;
  readonly innerRate: number;
  readonly learningRate: number;
  readonly weightDecay: number;
}

/** One step of Adam. Items are named by slots: slot s is row items[s], and the first `pool` slots are the pool of negatives. */
export interface TowerBatch {
  /** Row of each person in the people's table, each once; zeros where it has one row. */
  readonly people: Uint32Array;
  /** Features of each person, ascending. */
  readonly featureOffsets: Uint32Array;
  readonly features: Uint32Array;
  /** Row of each slot, each once: the pool, then other items of queries, then those of supports only. */
  readonly items: Uint32Array;
  readonly pool: number;
  /** Slots of the pool and of queries. */
  readonly trained: number;
  readonly supportOffsets: Uint32Array;
  readonly support: Uint32Array;
  readonly queryOffsets: Uint32Array;
  readonly query: Uint32Array;
  /** people × trained slots: 1 where the person has met the item. */
  readonly excluded: Uint8Array;
  /** Pool items that each query pair looks at; the one of the greatest score becomes its negative. 1 … pool. */
  readonly candidates: number;
  /** Trained items behind the pool, which are those of other people's queries, that each query pair looks at besides. */
  readonly inBatch: number;
}

/** Where each part of the parameters begins, in floats. */
export interface TowerLayout {
  readonly itemTable: number;
  readonly categoryTable: number;
  readonly featureTable: number;
  readonly dense: number;
  readonly userLayers: readonly LayerPlace[];
  readonly itemLayers: readonly LayerPlace[];
  readonly length: number;
}

/** Weights inputs × outputs, then biases. */
export interface LayerPlace {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: number;
}

/** The people's table, the items', the categories', the features', the layers of the user tower, those of the item tower. */
export function towerLayout(shape: TowerShape): TowerLayout {
  const { people, items, categories, features, embedding } = shape;
  const itemTable = people * embedding;
  const categoryTable = itemTable + items * embedding;
  const featureTable = categoryTable + categories * embedding;
  const dense = featureTable + features * embedding;
  let end = dense;
  const place = (inputs: number, layers: readonly number[]): LayerPlace[] =>
    layers.map((outputs) => {
      const layer = { inputs, outputs, weights: end };
      end += inputs * outputs + outputs;
      inputs = outputs;
      return layer;
    });
  const userLayers = place(userInputs(shape), shape.userLayers);
  const itemLayers = place(itemInputs(shape), shape.itemLayers);
  return { itemTable, categoryTable, featureTable, dense, userLayers, itemLayers, length: end };
}

/** Width of the user tower's input. */
export function userInputs({ embedding, features }: TowerShape): number {
  return features > 0 ? 2 * embedding : embedding;
}

/** Width of the item tower's input. */
export function itemInputs({ embedding, categories }: TowerShape): number {
  return categories > 0 ? 2 * embedding : embedding;
}

/** 1/(1 − β₁ᵗ) and 1/(1 − β₂ᵗ) of Adam for t = 1, 2, …: products of doubles, rounded to 32 bits last. */
export class AdamCorrections {
  private first = 1;
  private second = 1;

  next(): { readonly first: number; readonly second: number } {
    this.first *= Math.fround(0.9);
    this.second *= Math.fround(0.999);
    return { first: Math.fround(1 / (1 - this.first)), second: Math.fround(1 / (1 - this.second)) };
  }
}

/** @throws KernelError DIMENSIONS_INVALID, OFFSETS_INVALID, INDEX_OUT_OF_RANGE */
export function checkShape(shape: TowerShape): void {
  const { people, items, categories, categoryOffsets, categoryIndices, features, embedding } = shape;
  const { userLayers, itemLayers } = shape;
  const widths = [embedding, ...userLayers, ...itemLayers];
  if (widths.some((width) => !Number.isInteger(width) || width < 4 || width % 4 !== 0))
    throw new KernelError('DIMENSIONS_INVALID', 'widths of towers must be multiples of 4');
  if (userLayers.length === 0 || itemLayers.length === 0 || userLayers.at(-1) !== itemLayers.at(-1))
    throw new KernelError('DIMENSIONS_INVALID', 'both towers must end with as many outputs');
  const rows = [people, items, categories, features];
  if (!rows.every((count) => Number.isInteger(count) && count >= 0) || people === 0)
    throw new KernelError(
      'DIMENSIONS_INVALID',
      'tables must have a number of rows, that of people at least one',
    );
  if (categoryOffsets.length !== items + 1 || !areOffsets(categoryOffsets, categoryIndices.length))
    throw new KernelError(
      'OFFSETS_INVALID',
      'offsets of categories must ascend, one more than there are items',
    );
  checkRows(categoryIndices, categories, 'categories');
}

/** @throws KernelError OFFSETS_INVALID, INDEX_OUT_OF_RANGE, VALUES_LENGTH_INVALID */
export function checkBatch(shape: TowerShape, batch: TowerBatch): void {
  const { people, items, pool, trained, supportOffsets, support, queryOffsets, query, excluded } = batch;
  const { candidates, inBatch } = batch;
  checkLists(supportOffsets, support, people.length);
  checkLists(queryOffsets, query, people.length);
  checkLists(batch.featureOffsets, batch.features, people.length);
  checkRows(batch.features, shape.features, 'features');
  checkRows(people, shape.people, 'people');
  checkRows(items, shape.items, 'items');
  checkRows(support, items.length, 'slots');
  checkRows(query, trained, 'trained slots');
  if (!(pool >= 1 && pool <= trained && trained <= items.length && candidates >= 1 && candidates <= pool))
    throw new KernelError(
      'INDEX_OUT_OF_RANGE',
      'the pool must be the first of the slots, the trained ones behind it',
      {
        facts: { pool, trained, slots: items.length, candidates },
      },
    );
  if (!Number.isInteger(inBatch) || inBatch < 0)
    throw new KernelError(
      'INDEX_OUT_OF_RANGE',
      'the number of candidates in the batch is a whole number from 0',
    );
  if (excluded.length !== people.length * trained)
    throw new KernelError(
      'VALUES_LENGTH_INVALID',
      'excluded must say of each person and trained item whether they have met',
    );
}

function checkLists(offsets: Uint32Array, entries: Uint32Array, lists: number): void {
  if (offsets.length !== lists + 1 || !areOffsets(offsets, entries.length))
    throw new KernelError(
      'OFFSETS_INVALID',
      'offsets must ascend from 0 to the number of entries, one more than there are people',
    );
}

function checkRows(indices: Uint32Array, rows: number, what: string): void {
  for (let at = 0; at < indices.length; at++)
    if (indices[at] >= rows)
      throw new KernelError('INDEX_OUT_OF_RANGE', 'an index names no row', { facts: { what, rows } });
}
