import type { AttentionConfig } from '#libs/contracts';
import { exp32, type Matrix } from '#libs/kernels';
import {
  addGradients,
  attend,
  PARAMETERS,
  zeroParameters,
  type AttentionParameters,
  type AttentionShape,
  type ShardRows,
} from './attention-network.js';
import { alignment } from './alignment.js';
import { itemWords, preferencesOf, type AttentionTask, type Preference } from './attention-tasks.js';
import type { Draw } from './draws.js';

export interface AttentionTraining {
  readonly config: AttentionConfig;
  readonly shape: AttentionShape;
  /** Catalogue order. */
  readonly items: readonly string[];
  readonly draw: Draw;
  readonly tasks: readonly AttentionTask[];
  /** What each shard with factors says of the tasks' people, in their order. */
  readonly peopleRows: readonly ShardRows[];
  /** What the same shards say of the items, in catalogue order. */
  readonly itemRows: readonly ShardRows[];
}

/** The shards that are asked in a step. */
type Asked = Pick<AttentionTraining, 'shape' | 'peopleRows' | 'itemRows'>;

/** People of one step. */
const BATCH = 64;
/** Sum of squared gradients that every parameter begins with: it bounds the first steps. */
const INITIAL_SQUARES = 1e-4;

/**
 * Lowers the mean over the preferences of −ln σ(⟨p, q_i⟩ − ⟨p, q_j⟩) + λ/2 ‖Θ − Θ₀‖² by Adagrad, Θ₀ being where the parameters begin, a
 * step for each batch of people who leave the same shard out. In each epoch people come in an order drawn by their names, and each of
 * their held-out items gets a negative drawn anew.
 */
export function trainAttention(training: AttentionTraining): AttentionParameters {
  const { config, shape, items, draw, tasks, itemRows } = training;
  const initial = initialParameters(shape, itemRows, draw);
  const state = { values: zeroParameters(shape), squares: zeroParameters(shape), initial };
  for (const name of PARAMETERS) {
    state.values[name].set(initial[name]);
    state.squares[name].fill(INITIAL_SQUARES);
  }
  const names = itemWords(items, draw);
  const orders = tasks.map(({ subject }) => draw('attention/order', subject));
  for (let epoch = 0; epoch < config.epochs; epoch++) {
    const numbers = orders.map((of) => of.uniform(epoch));
    const order = [...numbers.keys()].sort((a, b) => numbers[a] - numbers[b] || a - b);
    const byTask = preferencesByTask(preferencesOf(tasks, epoch, names, draw), tasks.length);
    for (const { shard, members } of batchesOf(order, tasks)) {
      const preferences = members.flatMap((task) => byTask[task]);
      const asked = without(training, shard);
      if (preferences.length > 0 && asked.itemRows.length > 0)
        descend(state, gradientsOf(asked, state.values, preferences), config);
    }
  }
  return state.values;
}

/** People in the order given, put together by the shard that they leave out: a batch is done when it is full, the others at the end. */
function batchesOf(
  order: readonly number[],
  tasks: readonly AttentionTask[],
): { readonly shard: number; readonly members: readonly number[] }[] {
  const done: { shard: number; members: number[] }[] = [];
  const open = new Map<number, number[]>();
  for (const task of order) {
    const { shard } = tasks[task];
    const members = [...(open.get(shard) ?? []), task];
    open.set(shard, members);
    if (members.length < BATCH) continue;
    done.push({ shard, members });
    open.delete(shard);
  }
  const rest = [...open].sort(([a], [b]) => a - b).map(([shard, members]) => ({ shard, members }));
  return [...done, ...rest];
}

function without({ shape, peopleRows, itemRows }: AttentionTraining, left: number): Asked {
  const others = (given: readonly ShardRows[]): ShardRows[] => given.filter(({ shard }) => shard !== left);
  return { shape, peopleRows: others(peopleRows), itemRows: others(itemRows) };
}

/** Gradient of the mean loss of some preferences, without the regularization. */
export function gradientsOf(
  { shape, peopleRows, itemRows }: Asked,
  parameters: AttentionParameters,
  preferences: readonly Preference[],
): AttentionParameters {
  const people = rowNumbers(preferences.map(({ task }) => task));
  const items = rowNumbers(preferences.flatMap(({ item, other }) => [item, other]));
  const person = attend(shape, parameters, 'people', gathered(peopleRows, people));
  const item = attend(shape, parameters, 'items', gathered(itemRows, items));
  const deltas = { people: zeroLike(person.out), items: zeroLike(item.out) };
  for (const preference of preferences) {
    const rows = [
      people.get(preference.task)!,
      items.get(preference.item)!,
      items.get(preference.other)!,
    ] as const;
    addPull(deltas, { people: person.out, items: item.out }, rows, preferences.length);
  }
  const gradients = zeroParameters(shape);
  addGradients(gradients, shape, parameters, { side: 'people', attended: person, delta: deltas.people });
  addGradients(gradients, shape, parameters, { side: 'items', attended: item, delta: deltas.items });
  return gradients;
}

/**
 * Maps begin as the rotations that bring each shard's items next to those of the first shard (the paper begins with random maps, which
 * steps of this number cannot straighten); attention begins even, its queries being 0; its layers as normal draws of the deviation 1/√d.
 */
function initialParameters(
  shape: AttentionShape,
  itemRows: readonly ShardRows[],
  draw: Draw,
): AttentionParameters {
  const { dimensions: d, width } = shape;
  const parameters = zeroParameters(shape);
  for (const { shard, rows } of itemRows)
    parameters.transform.set(alignment(rows, itemRows[0].rows).data, shard * d * d);
  for (const side of ['people', 'items'] as const) {
    const draws = draw('attention/layer', side);
    for (let at = 0; at < d * width; at++) parameters[`${side}_layer`][at] = draws.normal(at) / Math.sqrt(d);
  }
  return parameters;
}

interface AdagradState {
  readonly values: AttentionParameters;
  readonly squares: AttentionParameters;
  readonly initial: AttentionParameters;
}

function descend(
  { values, squares, initial }: AdagradState,
  gradients: AttentionParameters,
  { learningRate, regularization }: AttentionConfig,
): void {
  for (const name of PARAMETERS) {
    const [value, sum, slope, start] = [values[name], squares[name], gradients[name], initial[name]];
    for (let at = 0; at < value.length; at++) {
      const gradient = slope[at] + regularization * (value[at] - start[at]);
      sum[at] += gradient * gradient;
      value[at] -= (learningRate * gradient) / Math.sqrt(sum[at]);
    }
  }
}

/** Adds the gradient of −ln σ(⟨p, i − j⟩) / count by the three rows. */
function addPull(
  deltas: { readonly people: Matrix; readonly items: Matrix },
  { people: { columns, data: p }, items: { data: q } }: { readonly people: Matrix; readonly items: Matrix },
  [person, item, other]: readonly [number, number, number],
  count: number,
): void {
  const [at, i, j] = [person * columns, item * columns, other * columns];
  let margin = 0;
  for (let k = 0; k < columns; k++) margin += p[at + k] * (q[i + k] - q[j + k]);
  const pull = 1 / ((1 + exp32(margin)) * count);
  for (let k = 0; k < columns; k++) {
    deltas.people.data[at + k] -= pull * (q[i + k] - q[j + k]);
    deltas.items.data[i + k] -= pull * p[at + k];
    deltas.items.data[j + k] += pull * p[at + k];
  }
}

function preferencesByTask(preferences: readonly Preference[], tasks: number): Preference[][] {
  const byTask: Preference[][] = Array.from({ length: tasks }, () => []);
  for (const preference of preferences) byTask[preference.task].push(preference);
  return byTask;
}

/** Row of each number in a batch, in the order in which it comes first. */
function rowNumbers(numbers: readonly number[]): ReadonlyMap<number, number> {
  return new Map([...new Set(numbers)].map((number, row) => [number, row]));
}

function gathered(given: readonly ShardRows[], rows: ReadonlyMap<number, number>): ShardRows[] {
  return given.map(({ shard, rows: { columns, data } }) => {
    const taken = new Float32Array(rows.size * columns);
    for (const [from, to] of rows)
      taken.set(data.subarray(from * columns, (from + 1) * columns), to * columns);
    return { shard, rows: { rows: rows.size, columns, data: taken } };
  });
}

function zeroLike({ rows, columns }: Matrix): Matrix {
  return { rows, columns, data: new Float32Array(rows * columns) };
}
