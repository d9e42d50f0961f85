import { exp32, product, type Matrix } from '#libs/kernels';

/** Sizes of an attention network. */
export interface AttentionShape {
  readonly shards: number;
  /** Of the shards' factors. */
  readonly dimensions: number;
  /** Outputs of an attention layer. */
  readonly width: number;
}

export type AttentionSide = 'people' | 'items';

/**
 * Parameters, or their gradients: an affine map for each shard, which people and items share, and an attention layer for each side.
 * `transform` [shards, d, d], `transform_bias` [shards, d]; `…_layer` [d, width], `…_bias` [width], `…_query` [width].
 */
export type AttentionParameters = Readonly<Record<ParameterName, Float32Array>>;
export type ParameterName = 'transform' | 'transform_bias' | `${AttentionSide}_${'layer' | 'bias' | 'query'}`;

export const PARAMETERS: readonly ParameterName[] = [
  'transform',
  'transform_bias',
  'people_layer',
  'people_bias',
  'people_query',
  'items_layer',
  'items_bias',
  'items_query',
];

/** What one shard says of a batch of people or items: a row of factors each. */
export interface ShardRows {
  readonly shard: number;
  readonly rows: Matrix;
}

/** A forward pass, with what the backward pass reads again. */
export interface Attended {
  readonly given: readonly ShardRows[];
  /** T = E·W + b of each given shard. */
  readonly transformed: readonly Matrix[];
  /** ReLU(T·V + c) of each given shard. */
  readonly hidden: readonly Matrix[];
  /** Softmax over the given shards of h·hidden, a number a row. */
  readonly weights: readonly Float32Array[];
  /** Σ weight · T, a row each. */
  readonly out: Matrix;
}

export function shapeOf(
  name: ParameterName,
  { shards, dimensions, width }: AttentionShape,
): readonly number[] {
  if (name === 'transform') return [shards, dimensions, dimensions];
  if (name === 'transform_bias') return [shards, dimensions];
  return name.endsWith('_layer') ? [dimensions, width] : [width];
}

export function zeroParameters(shape: AttentionShape): Record<ParameterName, Float32Array> {
  const sizeOf = (name: ParameterName): number => shapeOf(name, shape).reduce((a, b) => a * b);
  return Object.fromEntries(PARAMETERS.map((name) => [name, new Float32Array(sizeOf(name))])) as Record<
    ParameterName,
    Float32Array
  >;
}

/**
 * Attention over shards (RecEraser, Chen et al., WWW 2022, eq. 9 … 12): with T_s = E_s·W_s + b_s, the weights are the softmax over the
 * shards s of h·ReLU(T_s·V + c), and the result is Σ_s weight_s · T_s. Sums over shards run in the order given; matrices are
 * multiplied by the kernel, and exp is that of the kernels, so that the same bytes come out everywhere.
 *
 * @param given at least one shard; all have as many rows
 */
export function attend(
  shape: AttentionShape,
  parameters: AttentionParameters,
  side: AttentionSide,
  given: readonly ShardRows[],
): Attended {
  const { layer, bias, query } = sideOf(shape, parameters, side);
  const transformed = given.map(({ shard, rows }) => {
    const { map, offset } = shardOf(shape, parameters, shard);
    return affine(rows, map, offset);
  });
  const hidden = transformed.map((rows) => rectified(affine(rows, layer, bias)));
  const weights = softmax(hidden.map((rows) => timesVector(rows, query)));
  return { given, transformed, hidden, weights, out: mixed(transformed, weights) };
}

/**
 * Adds to `gradients` what a loss with the gradient `delta` by the result gives for each parameter.
 *
 * With β_s = ⟨δ, T_s⟩ the softmax gives ∂/∂a_s = weight_s · (β_s − Σ_t weight_t · β_t); from there the layer is an ordinary one.
 */
export function addGradients(
  gradients: AttentionParameters,
  shape: AttentionShape,
  parameters: AttentionParameters,
  {
    side,
    attended,
    delta,
  }: { readonly side: AttentionSide; readonly attended: Attended; readonly delta: Matrix },
): void {
  const own = sideOf(shape, parameters, side);
  const sum = sideOf(shape, gradients, side);
  const { given, transformed, hidden, weights } = attended;
  const back = transpose(own.layer);
  const attention = attentionDeltas(transformed, weights, delta);
  given.forEach(({ shard, rows }, at) => {
    const layerDelta = outerWhereActive(attention[at], own.query, hidden[at]);
    addTimes(sum.query, hidden[at], attention[at]);
    add(sum.layer.data, product({ left: transformed[at], right: layerDelta, transposed: true }).data);
    addColumns(sum.bias, layerDelta);
    const transformedDelta = product({ left: layerDelta, right: back });
    addWeighted(transformedDelta, delta, weights[at]);
    const { map, offset } = shardOf(shape, gradients, shard);
    add(map.data, product({ left: rows, right: transformedDelta, transposed: true }).data);
    addColumns(offset, transformedDelta);
  });
}

function sideOf(
  { dimensions, width }: AttentionShape,
  parameters: AttentionParameters,
  side: AttentionSide,
): { readonly layer: Matrix; readonly bias: Float32Array; readonly query: Float32Array } {
  return {
    layer: { rows: dimensions, columns: width, data: parameters[`${side}_layer`] },
    bias: parameters[`${side}_bias`],
    query: parameters[`${side}_query`],
  };
}

/** A shard's affine map: views of the parameters. */
function shardOf(
  { dimensions: d }: AttentionShape,
  { transform, transform_bias }: AttentionParameters,
  shard: number,
): { readonly map: Matrix; readonly offset: Float32Array } {
  const data = transform.subarray(shard * d * d, (shard + 1) * d * d);
  return { map: { rows: d, columns: d, data }, offset: transform_bias.subarray(shard * d, (shard + 1) * d) };
}

function affine(rows: Matrix, map: Matrix, offset: Float32Array): Matrix {
  const result = product({ left: rows, right: map });
  const { data, columns } = result;
  for (let at = 0; at < data.length; at += columns)
    for (let j = 0; j < columns; j++) data[at + j] += offset[j];
  return result;
}

function rectified(matrix: Matrix): Matrix {
  const { data } = matrix;
  for (let at = 0; at < data.length; at++) if (!(data[at] > 0)) data[at] = 0;
  return matrix;
}

function timesVector({ rows, columns, data }: Matrix, vector: Float32Array): Float32Array {
  const result = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let j = 0; j < columns; j++) sum += data[row * columns + j] * vector[j];
    result[row] = sum;
  }
  return result;
}

/** Row by row over the arrays, in place. */
function softmax(scores: readonly Float32Array[]): readonly Float32Array[] {
  for (let row = 0; row < scores[0].length; row++) {
    let most = -Infinity;
    for (const of of scores) most = Math.max(most, of[row]);
    let total = 0;
    for (const of of scores) total += of[row] = exp32(of[row] - most);
    for (const of of scores) of[row] /= total;
  }
  return scores;
}

function mixed(matrices: readonly Matrix[], weights: readonly Float32Array[]): Matrix {
  const [{ rows, columns }] = matrices;
  const out = { rows, columns, data: new Float32Array(rows * columns) };
  matrices.forEach((matrix, at) => addWeighted(out, matrix, weights[at]));
  return out;
}

/** Gradient of the loss by the input of the softmax, for each shard a number a row. */
function attentionDeltas(
  transformed: readonly Matrix[],
  weights: readonly Float32Array[],
  { rows, columns, data }: Matrix,
): Float32Array[] {
  const pulls = transformed.map((of) => {
    const pull = new Float32Array(rows);
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let at = row * columns; at < (row + 1) * columns; at++) sum += data[at] * of.data[at];
      pull[row] = sum;
    }
    return pull;
  });
  for (let row = 0; row < rows; row++) {
    let mean = 0;
    pulls.forEach((pull, at) => (mean += weights[at][row] * pull[row]));
    pulls.forEach((pull, at) => (pull[row] = weights[at][row] * (pull[row] - mean)));
  }
  return pulls;
}

/** number[row] · vector, where the row of `hidden` is above 0. */
function outerWhereActive(
  numbers: Float32Array,
  vector: Float32Array,
  { rows, columns, data }: Matrix,
): Matrix {
  const result = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let j = 0; j < columns; j++)
      if (data[row * columns + j] > 0) result[row * columns + j] = numbers[row] * vector[j];
  return { rows, columns, data: result };
}

/** sum += Σ_row number[row] · matrix[row] */
function addTimes(sum: Float32Array, { rows, columns, data }: Matrix, numbers: Float32Array): void {
  for (let row = 0; row < rows; row++)
    for (let j = 0; j < columns; j++) sum[j] += numbers[row] * data[row * columns + j];
}

/** to[row] += weight[row] · from[row] */
function addWeighted(to: Matrix, from: Matrix, weights: Float32Array): void {
  const { rows, columns } = to;
  for (let row = 0; row < rows; row++)
    for (let at = row * columns; at < (row + 1) * columns; at++) to.data[at] += weights[row] * from.data[at];
}

function addColumns(sum: Float32Array, { rows, columns, data }: Matrix): void {
  for (let row = 0; row < rows; row++) for (let j = 0; j < columns; j++) sum[j] += data[row * columns + j];
}

function add(sum: Float32Array, terms: Float32Array): void {
  for (let at = 0; at < sum.length; at++) sum[at] += terms[at];
}

function transpose({ rows, columns, data }: Matrix): Matrix {
  const result = new Float32Array(data.length);
  for (let row = 0; row < rows; row++)
    for (let j = 0; j < columns; j++) result[j * rows + row] = data[row * columns + j];
  return { rows: columns, columns: rows, data: result };
}
