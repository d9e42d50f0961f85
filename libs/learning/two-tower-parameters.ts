import type { TwoTowerConfig } from '#libs/contracts';
import { towerLayout, type TowerLayout, type TowerShape } from '#libs/kernels';
import type { Draw } from './draws.js';
import { tensorOf } from './model-file.js';
import type { Tensor } from './safetensors.js';
import type { SparseRows } from './shard-dataset.js';

const EMBEDDING_DEVIATION = 0.1;
const PEOPLE = 'person_embeddings';

/** Categories of a catalogue, and those of each item. */
export interface CategoryTable {
  readonly names: readonly string[];
  readonly rows: SparseRows;
}

/** Names stand in the order in which the items, taken in catalogue order, bring them. */
export function categoryTable(categories: readonly (readonly string[])[]): CategoryTable {
  const rowOf = new Map<string, number>();
  for (const name of categories.flat()) if (!rowOf.has(name)) rowOf.set(name, rowOf.size);
  const offsets = new Uint32Array(categories.length + 1);
  categories.forEach(({ length }, item) => (offsets[item + 1] = offsets[item] + length));
  const indices = Uint32Array.from(categories.flat(), (name) => rowOf.get(name) as number);
  return { names: [...rowOf.keys()], rows: { offsets, indices } };
}

/**
 * Shape of a shard's towers.
 *
 * @param rows of the people's table, and of that of people's features
 */
export function shapeOf(
  { embedding, userLayers, itemLayers }: Pick<TwoTowerConfig, 'embedding' | 'userLayers' | 'itemLayers'>,
  categories: CategoryTable,
  { people, features }: Pick<TowerShape, 'people' | 'features'>,
): TowerShape {
  return {
    people,
    items: categories.rows.offsets.length - 1,
    categories: categories.names.length,
    categoryOffsets: categories.rows.offsets,
    categoryIndices: categories.rows.indices,
    features,
    embedding,
    userLayers,
    itemLayers,
  };
}

/** Names of the rows of the tables. */
export interface RowNames {
  /** Pseudonyms, or the empty name where all begin from one row. */
  readonly people: readonly string[];
  readonly items: readonly string[];
  readonly categories: readonly string[];
  readonly features: readonly string[];
}

/**
 * Named normal draws: embeddings of the deviation 0.1, weights of √(2/inputs) (He et al., ICCV 2015) or, in the last layer, which has no
 * ReLU, √(1/inputs); biases 0. A name is that of a person, item, category, feature or layer, so every shard begins alike.
 */
export function initialParameters(shape: TowerShape, names: RowNames, draw: Draw): Float32Array {
  const layout = towerLayout(shape);
  const parameters = new Float32Array(layout.length);
  const fill = (purpose: string, name: string, deviation: number, begin: number, length: number): void => {
    const draws = draw(`two-tower/${purpose}`, name);
    for (let k = 0; k < length; k++) parameters[begin + k] = deviation * draws.normal(k);
  };
  const fillRows = (purpose: string, rows: readonly string[], begin: number): void =>
    rows.forEach((name, row) =>
      fill(purpose, name, EMBEDDING_DEVIATION, begin + row * shape.embedding, shape.embedding),
    );
  fillRows('person', names.people, 0);
  fillRows('item', names.items, layout.itemTable);
  fillRows('category', names.categories, layout.categoryTable);
  fillRows('feature', names.features, layout.featureTable);
  for (const [tower, layers] of towersOf(layout))
    layers.forEach(({ inputs, outputs, weights }, at) => {
      const deviation = Math.sqrt((at + 1 < layers.length ? 2 : 1) / inputs);
      fill('layer', layerName(tower, at), deviation, weights, inputs * outputs);
    });
  return parameters;
}

/** The tensors of a model file, but for the tags of people. */
export function tensorsOf(parameters: Float32Array, shape: TowerShape): Tensor[] {
  return placesOf(shape).map(({ name, dimensions, begin, length }) => ({
    name,
    shape: dimensions,
    data: parameters.slice(begin, begin + length),
  }));
}

/** The parameters that tensorsOf took apart. @throws LearningError MODEL_TENSOR_MISSING, MODEL_TENSOR_SHAPE_MISMATCH */
export function parametersOf(tensors: readonly Tensor[], shape: TowerShape): Float32Array {
  const parameters = new Float32Array(towerLayout(shape).length);
  for (const { name, dimensions, begin } of placesOf(shape))
    parameters.set(tensorOf(tensors, name, dimensions), begin);
  return parameters;
}

/**
 * What the slice before has learned takes the place of initial values; people who were not in it keep theirs. A slice that was empty
 * has learned nothing.
 *
 * @param kept pairs [row in `before`, row in `parameters`] of people
 */
export function goOnFrom(
  parameters: Float32Array,
  before: readonly Tensor[],
  shape: TowerShape,
  kept: readonly (readonly [number, number])[],
): void {
  const people = before.find(({ name }) => name === PEOPLE)?.shape[0] ?? 0; // none: parametersOf says that it is missing
  const values = parametersOf(before, { ...shape, people });
  if (values.every((value) => value === 0)) return;
  const { embedding } = shape;
  parameters.set(values.subarray(people * embedding), shape.people * embedding);
  for (const [from, to] of kept)
    parameters.set(values.subarray(from * embedding, (from + 1) * embedding), to * embedding);
}

interface Place {
  readonly name: string;
  readonly dimensions: readonly number[];
  readonly begin: number;
  readonly length: number;
}

/** Where each tensor stands in the parameters; the main one first. */
function placesOf(shape: TowerShape): Place[] {
  const layout = towerLayout(shape);
  const { people, items, categories, features, embedding } = shape;
  const place = (name: string, begin: number, ...dimensions: number[]): Place => ({
    name,
    dimensions,
    begin,
    length: dimensions.reduce((product, size) => product * size, 1),
  });
  return [
    place('item_embeddings', layout.itemTable, items, embedding),
    place('category_embeddings', layout.categoryTable, categories, embedding),
    ...(features > 0 ? [place('feature_embeddings', layout.featureTable, features, embedding)] : []),
    place(PEOPLE, 0, people, embedding),
    ...towersOf(layout).flatMap(([tower, layers]) =>
      layers.flatMap(({ inputs, outputs, weights }, at) => [
        place(`${layerName(tower, at)}_weights`, weights, inputs, outputs),
        place(`${layerName(tower, at)}_biases`, weights + inputs * outputs, outputs),
      ]),
    ),
  ];
}

function towersOf(layout: TowerLayout): readonly (readonly [string, TowerLayout['userLayers']])[] {
  return [
    ['user', layout.userLayers],
    ['item', layout.itemLayers],
  ];
}

function layerName(tower: string, at: number): string {
  return `${tower}_layer_${at + 1}`;
}
