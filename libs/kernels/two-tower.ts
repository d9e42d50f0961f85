import { fromBase64 } from '#libs/essentials';
import { base64, digest } from './generated/two-tower.wasm.js';
import { KernelError } from './kernel-error.js';
import { KernelMemory } from './kernel-memory.js';
import {
  AdamCorrections,
  checkBatch,
  checkShape,
  itemInputs,
  towerLayout,
  userInputs,
  type InnerStep,
  type LayerPlace,
  type TowerBatch,
  type TowerLayout,
  type TowerRates,
  type TowerShape,
} from './two-tower-problem.js';

/** SHA-256 of the WebAssembly module that computes two towers, hex; genesis and manifests name it. */
export const TWO_TOWER_DIGEST = digest;

interface TwoTowerExports {
  readonly memory: WebAssembly.Memory;
  open(plan: number, weightDecay: number): void;
  step(
    batch: number,
    training: number,
    margin: number,
    innerRate: number,
    learningRate: number,
    first: number,
    second: number,
  ): number;
  itemOutputs(items: number, count: number): void;
  prepare(): void;
  person(
    row: number,
    featureOffsets: number,
    features: number,
    outputs: number,
    support: number,
    count: number,
    training: number,
    margin: number,
    innerRate: number,
  ): void;
  personAndItems(
    row: number,
    featureOffsets: number,
    features: number,
    items: number,
    support: number,
    count: number,
    margin: number,
    innerRate: number,
  ): void;
  adaptedItems(items: number, count: number, support: number, innerRate: number): void;
}

/** The most that one batch brings; memory is laid out for it. */
export interface TowerCapacity {
  readonly episodes: number;
  readonly slots: number;
  readonly support: number;
  readonly query: number;
  /** Features of all people of the batch. */
  readonly features: number;
}

const TRAINING: Readonly<Record<InnerStep, number>> = { plain: 0, fomaml: 1, anil: 2, 'fomaml-both': 3 }; // as in assembly/two-tower.ts
const PLAN_WORDS = 24;
const TOWER_HEAD = 4;
const LEVEL_WORDS = 10;
const BATCH_WORDS = 16;
const SLOTS_A_CALL = 256;

let compiled: WebAssembly.Module | undefined;

interface Level {
  readonly width: number;
  readonly weights: number;
  readonly transposed: number;
  readonly gradient: number;
  readonly output: number;
  readonly delta: number;
  readonly adapted: number;
  readonly adaptedDelta: number;
  readonly supportOutput: number;
  readonly supportDelta: number;
}

/** Rows that a tower's buffers have room for; 0 where it has none of a kind. */
interface Rows {
  readonly meta: number;
  readonly adapted: number;
  readonly support: number;
}

/** The kernel works on four rows at a time and may write to those that are spare. */
const roundedUp = (rows: number): number => Math.ceil(rows / 4) * 4;

/**
 * Two towers whose parameters stay in the kernel's memory, with Adam's moments beside them.
 *
 * @example
 * const towers = new TwoTowers(shape, capacity, rates);
 * towers.write(initial);
 * for (const batch of batches) towers.step(batch);
 * const trained = towers.parameters();
 */
export class TwoTowers {
  readonly layout: TowerLayout;
  private readonly kernel: TwoTowerExports;
  private readonly memory: KernelMemory;
  private readonly corrections = new AdamCorrections();
  private readonly at;
  /** Rows that the item tower's buffers have room for. */
  private readonly slots: number;
  private readonly user: readonly Level[];
  private readonly item: readonly Level[];

  /** @throws KernelError DIMENSIONS_INVALID, OFFSETS_INVALID, INDEX_OUT_OF_RANGE, MEMORY_EXHAUSTED */
  constructor(
    private readonly shape: TowerShape,
    private readonly capacity: TowerCapacity,
    private readonly rates: TowerRates,
  ) {
    checkShape(shape);
    compiled ??= new WebAssembly.Module(fromBase64(base64) as Uint8Array<ArrayBuffer>);
    this.kernel = new WebAssembly.Instance(compiled).exports as unknown as TwoTowerExports;
    this.memory = new KernelMemory(this.kernel.memory);
    this.layout = towerLayout(shape);
    this.slots = Math.max(capacity.slots, SLOTS_A_CALL);
    this.at = this.reserve();
    const { episodes } = capacity;
    const people = { meta: episodes, adapted: episodes, support: 0 };
    this.user = this.levels(userInputs(shape), this.layout.userLayers, people);
    this.item = this.levels(itemInputs(shape), this.layout.itemLayers, this.itemRows());
    this.memory.commit();
    this.writePlan();
    this.kernel.open(this.at.plan, rates.weightDecay);
  }

  /** All parameters, laid out as towerLayout says; Adam's moments stay. @throws KernelError FACTORS_LENGTH_INVALID */
  write(parameters: Float32Array): void {
    if (parameters.length !== this.layout.length)
      throw new KernelError('FACTORS_LENGTH_INVALID', 'the parameters are not those of these towers', {
        facts: { length: parameters.length, expected: this.layout.length },
      });
    this.memory.writeFloats(this.at.parameters, parameters);
    this.kernel.prepare();
  }

  /** A copy of all parameters. @throws KernelError NOT_FINITE when steps were too large for 32-bit floats */
  parameters(): Float32Array {
    const parameters = this.memory.readFloats(this.at.parameters, this.layout.length);
    if (!parameters.every(Number.isFinite))
      throw new KernelError('NOT_FINITE', 'training left the range of 32-bit floats', {
        nextStep: 'Lower the learning rate or the inner rate.',
      });
    return parameters;
  }

  /**
   * One step of Adam.
   *
   * @returns the sum of the query losses before it
   * @throws KernelError OFFSETS_INVALID, INDEX_OUT_OF_RANGE, VALUES_LENGTH_INVALID, MEMORY_EXHAUSTED
   */
  step(batch: TowerBatch): number {
    checkBatch(this.shape, batch);
    this.checkCapacity(batch);
    const { at, memory } = this;
    memory.writeWords(at.people, batch.people);
    memory.writeWords(at.items, batch.items);
    memory.writeWords(at.supportOffsets, batch.supportOffsets);
    memory.writeWords(at.support, batch.support);
    memory.writeWords(at.featureOffsets, batch.featureOffsets);
    memory.writeWords(at.features, batch.features);
    memory.writeWords(at.queryOffsets, batch.queryOffsets);
    memory.writeWords(at.query, batch.query);
    memory.writeBytes(at.excluded, batch.excluded);
    memory.writeWords(at.batch, this.batchWords(batch));
    const { training, margin, innerRate, learningRate } = this.rates;
    const { first, second } = this.corrections.next();
    return this.kernel.step(at.batch, TRAINING[training], margin, innerRate, learningRate, first, second);
  }

  /** Outputs of the item tower for every item of the catalogue, row-major. */
  itemOutputs(): Float32Array {
    const { output } = this.item[this.item.length - 1];
    return this.everyItem(output, (count) => this.kernel.itemOutputs(this.at.items, count));
  }

  /**
   * Output of the user tower after one inner step.
   *
   * @param row of the people's table
   * @param features of the person, ascending
   * @param support outputs of the item tower for the items to adapt to, row-major
   * @param mean output of the item tower that they are set against
   * @throws KernelError INDEX_OUT_OF_RANGE, FACTORS_LENGTH_INVALID
   */
  person(row: number, features: Uint32Array, support: Float32Array, mean: Float32Array): Float32Array {
    const top = this.user[this.user.length - 1];
    const count = support.length / top.width;
    if (count > this.slots) throw new KernelError('INDEX_OUT_OF_RANGE', 'the support is too long');
    if (!Number.isInteger(count) || mean.length !== top.width)
      throw new KernelError('FACTORS_LENGTH_INVALID', 'outputs have as many floats as the towers end with');
    const { at, memory } = this;
    const outputs = this.item[this.item.length - 1].output;
    this.writePerson(row, features);
    memory.writeFloats(outputs, support);
    memory.writeFloats(at.poolMean, mean);
    memory.writeWords(at.items, numbersFrom(0, count));
    const { training, margin, innerRate } = this.rates;
    this.kernel.person(
      at.people,
      at.featureOffsets,
      at.features,
      outputs,
      at.items,
      count,
      TRAINING[training],
      margin,
      innerRate,
    );
    return memory.readFloats(top.adapted, top.width);
  }

  /**
   * Outputs of both towers after one inner step on both, of the item tower for every item of the catalogue, row-major.
   *
   * @param row of the people's table
   * @param features of the person, ascending
   * @param support items to adapt to
   * @param mean output of the item tower that they are set against
   * @throws KernelError INDEX_OUT_OF_RANGE, FACTORS_LENGTH_INVALID
   */
  personAndItems(
    row: number,
    features: Uint32Array,
    support: Uint32Array,
    mean: Float32Array,
  ): { readonly person: Float32Array; readonly items: Float32Array } {
    const [user, item] = [this.user[this.user.length - 1], this.item[this.item.length - 1]];
    const { at, memory, shape } = this;
    if (support.length > this.itemRows().support)
      throw new KernelError('INDEX_OUT_OF_RANGE', 'the support is too long');
    if (support.some((one) => one >= shape.items))
      throw new KernelError('INDEX_OUT_OF_RANGE', 'there is no such item');
    if (mean.length !== user.width)
      throw new KernelError('FACTORS_LENGTH_INVALID', 'outputs have as many floats as the towers end with');
    const { margin, innerRate } = this.rates;
    this.writePerson(row, features);
    memory.writeFloats(at.poolMean, mean);
    memory.writeWords(at.items, support);
    memory.writeWords(at.support, numbersFrom(0, support.length));
    this.kernel.personAndItems(
      at.people,
      at.featureOffsets,
      at.features,
      at.items,
      at.support,
      support.length,
      margin,
      innerRate,
    );
    const person = memory.readFloats(user.adapted, user.width);
    const items = this.everyItem(item.adapted, (count) =>
      this.kernel.adaptedItems(at.items, count, support.length, innerRate),
    );
    return { person, items };
  }

  /** Who is asked about. @throws KernelError INDEX_OUT_OF_RANGE */
  private writePerson(row: number, features: Uint32Array): void {
    const { at, memory, shape, capacity } = this;
    if (row >= shape.people || features.some((one) => one >= shape.features))
      throw new KernelError('INDEX_OUT_OF_RANGE', 'there is no such row, or no such feature');
    if (features.length > capacity.features)
      throw new KernelError(
        'MEMORY_EXHAUSTED',
        'a person has more features than the memory was laid out for',
      );
    memory.writeWords(at.people, Uint32Array.of(row));
    memory.writeWords(at.featureOffsets, Uint32Array.of(0, features.length));
    memory.writeWords(at.features, features);
  }

  /** Outputs of the item tower for every item, some at a time. @param from where `compute` leaves those that at.items names */
  private everyItem(from: number, compute: (count: number) => void): Float32Array {
    const { items } = this.shape;
    const { width } = this.item[this.item.length - 1];
    const outputs = new Float32Array(items * width);
    for (let first = 0; first < items; first += SLOTS_A_CALL) {
      const count = Math.min(SLOTS_A_CALL, items - first);
      this.memory.writeWords(this.at.items, numbersFrom(first, count));
      compute(count);
      outputs.set(this.memory.readFloats(from, count * width), first * width);
    }
    return outputs;
  }

  /** The item tower is adapted where the inner step reaches it: for the pairs of a batch, or for the catalogue, some at a time. */
  private itemRows(): Rows {
    const { query, support } = this.capacity;
    const meta = this.slots;
    if (this.rates.training !== 'fomaml-both') return { meta, adapted: 0, support: 0 };
    return {
      meta,
      adapted: Math.max(2 * query, SLOTS_A_CALL),
      support: Math.max(support, this.capacity.slots),
    };
  }

  private reserve() {
    const { memory, shape, capacity, layout } = this;
    const words = (count: number): number => memory.reserve(Math.max(count, 1));
    const parameters = words(layout.length);
    const first = words(layout.length);
    const second = words(layout.length);
    const widest = Math.max(shape.embedding * 2, ...shape.userLayers, ...shape.itemLayers);
    return {
      plan: words(PLAN_WORDS),
      userTower: words(TOWER_HEAD + LEVEL_WORDS * (shape.userLayers.length + 1)),
      itemTower: words(TOWER_HEAD + LEVEL_WORDS * (shape.itemLayers.length + 1)),
      batch: words(BATCH_WORDS),
      parameters,
      first,
      second,
      categoryOffsets: words(shape.items + 1),
      categoryIndices: words(shape.categoryIndices.length),
      categoryGradient: words(shape.categories * shape.embedding),
      touched: words(shape.categories),
      featureGradient: words(shape.features * shape.embedding),
      featuresTouched: words(shape.features),
      featureOffsets: words(capacity.episodes + 1),
      features: words(capacity.features),
      denseGradient: words(layout.length - layout.dense),
      panel: words(8 * Math.max(widest, this.slots, capacity.episodes, 2 * capacity.query)),
      poolMean: words(widest),
      scores: words(capacity.slots),
      negatives: words(capacity.query),
      people: words(capacity.episodes),
      items: words(this.slots),
      supportOffsets: words(capacity.episodes + 1),
      support: words(Math.max(capacity.support, capacity.slots)),
      queryOffsets: words(capacity.episodes + 1),
      query: words(capacity.query),
      excluded: words(Math.ceil((capacity.episodes * capacity.slots) / 4)),
    };
  }

  /** Buffers of a tower: the input, then each layer. */
  private levels(inputs: number, layers: readonly LayerPlace[], rows: Rows): Level[] {
    const floats = (width: number, of: number): number =>
      of === 0 ? 0 : this.memory.reserve(roundedUp(of) * width);
    const buffers = (width: number) => ({
      width,
      output: floats(width, rows.meta),
      delta: floats(width, rows.meta),
      adapted: floats(width, rows.adapted),
      adaptedDelta: floats(width, rows.adapted),
      supportOutput: floats(width, rows.support),
      supportDelta: floats(width, rows.support),
    });
    const gradient = this.at.denseGradient - this.layout.dense * 4;
    return [
      { ...buffers(inputs), weights: 0, transposed: 0, gradient: 0 },
      ...layers.map((layer) => ({
        ...buffers(layer.outputs),
        weights: this.at.parameters + layer.weights * 4,
        transposed: this.memory.reserve(layer.inputs * layer.outputs),
        gradient: gradient + layer.weights * 4,
      })),
    ];
  }

  private writePlan(): void {
    const { at, memory, shape, layout } = this;
    const table = (floats: number): number => at.parameters + floats * 4;
    const plan = [
      shape.embedding,
      shape.categories,
      at.categoryOffsets,
      at.categoryIndices,
      at.parameters,
      table(layout.itemTable),
      table(layout.categoryTable),
      table(layout.dense),
      layout.length - layout.dense,
      at.first - at.parameters,
      at.second - at.parameters,
      at.categoryGradient,
      at.denseGradient,
      at.touched,
      at.panel,
      at.userTower,
      at.itemTower,
      at.poolMean,
      at.scores,
      at.negatives,
      shape.features,
      table(layout.featureTable),
      at.featureGradient,
      at.featuresTouched,
    ];
    memory.writeWords(at.plan, Uint32Array.from(plan));
    memory.writeWords(at.userTower, towerWords(this.user));
    memory.writeWords(at.itemTower, towerWords(this.item));
    memory.writeWords(at.categoryOffsets, shape.categoryOffsets);
    memory.writeWords(at.categoryIndices, shape.categoryIndices);
  }

  private batchWords({ people, items, trained, pool, candidates, inBatch }: TowerBatch): Uint32Array {
    const { at } = this;
    return Uint32Array.of(
      people.length,
      at.people,
      items.length,
      at.items,
      trained,
      pool,
      at.supportOffsets,
      at.support,
      at.queryOffsets,
      at.query,
      at.excluded,
      candidates,
      inBatch,
      this.shape.people === 1 ? 1 : 0,
      at.featureOffsets,
      at.features,
    );
  }

  private checkCapacity({ people, items, support, query, features }: TowerBatch): void {
    const { capacity } = this;
    if (
      people.length > capacity.episodes ||
      items.length > capacity.slots ||
      support.length > capacity.support ||
      query.length > capacity.query ||
      features.length > capacity.features
    )
      throw new KernelError('MEMORY_EXHAUSTED', 'the batch is larger than the memory was laid out for');
  }
}

function towerWords(levels: readonly Level[]): Uint32Array {
  const head = [levels.length - 1, 0, 0, 0];
  const body = levels.flatMap((level) => [
    level.width,
    level.weights,
    level.transposed,
    level.gradient,
    level.output,
    level.delta,
    level.adapted,
    level.adaptedDelta,
    level.supportOutput,
    level.supportDelta,
  ]);
  return Uint32Array.from([...head, ...body]);
}

function numbersFrom(first: number, count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, at) => first + at);
}
