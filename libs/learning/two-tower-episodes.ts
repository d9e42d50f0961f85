import type { TwoTowerConfig } from '#libs/contracts';
import type { TowerBatch, TowerCapacity } from '#libs/kernels';
import type { Draw, NamedDraws } from './draws.js';
import type { ShardDataset, SparseRows } from './shard-dataset.js';

type Choice = Pick<
  TwoTowerConfig,
  'training' | 'people' | 'batch' | 'support' | 'queries' | 'negatives' | 'inBatch'
>;

const WORD = 2 ** 32;
// Counters of a person's draws: by epoch from 0 for the order of people, from here on for their records and their part of the pool.
const RECORDS = 2 ** 30;
const POOL = 2 ** 31;
const MOST_EACH = 4096; // two-tower-config.ts allows no more negatives

/**
 * The batches of a training. Everything is drawn by name: in which order an epoch takes people, by the person; in which order a person's
 * records come, by the person and the item; the pool of negatives, by the people of the batch. So two shards that hold the same
 * records make the same batches, whatever came and went before.
 */
export class Episodes {
  private readonly people: readonly NamedDraws[];
  private readonly items: readonly NamedDraws[];
  private readonly slotOf: Int32Array;
  private readonly mostFeatures: number;

  constructor(
    private readonly dataset: ShardDataset,
    private readonly choice: Choice,
    draw: Draw,
  ) {
    this.people = dataset.subjects.map((subject) => draw('two-tower/episodes', subject));
    this.items = dataset.items.map((item) => draw('two-tower/records', item));
    this.slotOf = new Int32Array(dataset.items.length).fill(-1);
    this.mostFeatures = longestRow(dataset.featuresBySubject);
  }

  capacity(): TowerCapacity {
    const { batch, support, queries, negatives } = this.choice;
    const pool = batch * Math.max(1, Math.ceil(negatives / batch)) + negatives;
    return {
      episodes: batch,
      slots: Math.min(pool + batch * (support + queries), this.dataset.items.length),
      support: batch * support,
      query: batch * queries,
      features: batch * this.mostFeatures,
    };
  }

  /** Every person of the shard once, in the order of their draws for the epoch. */
  *batches(epoch: number): Generator<TowerBatch> {
    const order = orderBy(this.people.map((draws) => draws.uniform(epoch)));
    const words = Uint32Array.from(this.items, (draws) => draws.uniform(epoch) * WORD);
    for (let first = 0; first < order.length; first += this.choice.batch)
      yield this.batch(order.subarray(first, first + this.choice.batch), epoch, words);
  }

  private batch(people: Uint32Array, epoch: number, words: Uint32Array): TowerBatch {
    const slots = new Slots(this.slotOf);
    for (const item of this.poolOf(people, epoch)) slots.of(item);
    const pool = slots.items.length;
    const sets = Array.from(people, (person) => this.setsOf(this.recordsOf(person, epoch, words)));
    const query = joined(sets.map((one) => one.query.map((item) => slots.of(item))));
    const trained = slots.items.length;
    const support = joined(sets.map((one) => one.support.map((item) => slots.of(item))));
    const features = joined(Array.from(people, (person) => rowOf(this.dataset.featuresBySubject, person)));
    const batch = {
      featureOffsets: features.offsets,
      features: features.entries,
      people: this.choice.people === 'rows' ? people.slice() : new Uint32Array(people.length),
      items: Uint32Array.from(slots.items),
      pool,
      trained,
      supportOffsets: support.offsets,
      support: support.entries,
      queryOffsets: query.offsets,
      query: query.entries,
      excluded: this.excluded(people, trained),
      candidates: Math.min(this.choice.negatives, pool),
      inBatch: this.choice.inBatch,
    };
    slots.clear();
    return batch;
  }

  /**
   * The first records are the query set, those behind them the support set: half of the records at most are queries, but one always, so that
   * the only record of a person trains what everybody begins from.
   */
  private setsOf(records: readonly number[]): { query: readonly number[]; support: readonly number[] } {
    const { training, queries, support } = this.choice;
    if (training === 'plain') return { query: records.slice(0, queries), support: [] };
    const asked = Math.min(queries, Math.max(1, records.length >> 1));
    return { query: records.slice(0, asked), support: records.slice(asked, asked + support) };
  }

  /** Each person of the batch draws as many of the catalogue's items as it takes to reach `negatives` together, one at least. */
  private *poolOf(people: Uint32Array, epoch: number): Generator<number> {
    const each = Math.max(1, Math.ceil(this.choice.negatives / people.length));
    for (const person of people)
      for (let k = 0; k < each; k++)
        yield Math.floor(this.people[person].uniform(POOL + epoch * MOST_EACH + k) * this.items.length);
  }

  /** The person's items in the order of a hash of the person's word and the item's word for the epoch. */
  private recordsOf(person: number, epoch: number, words: Uint32Array): number[] {
    const word = this.people[person].uniform(RECORDS + epoch) * WORD;
    const items = rowOf(this.dataset.bySubject, person);
    return Array.from(orderBy(Array.from(items, (item) => mixed(words[item] ^ word))), (at) => items[at]);
  }

  /** Of the items that may become negatives, those that a person has met in this shard. */
  private excluded(people: Uint32Array, trained: number): Uint8Array {
    const excluded = new Uint8Array(people.length * trained);
    people.forEach((person, row) => {
      for (const item of rowOf(this.dataset.bySubject, person)) {
        const slot = this.slotOf[item];
        if (slot >= 0 && slot < trained) excluded[row * trained + slot] = 1;
      }
    });
    return excluded;
  }
}

/** Slots of a batch in the order in which its items are named. */
class Slots {
  readonly items: number[] = [];

  constructor(private readonly slotOf: Int32Array) {}

  of(item: number): number {
    if (this.slotOf[item] < 0) this.slotOf[item] = this.items.push(item) - 1;
    return this.slotOf[item];
  }

  clear(): void {
    for (const item of this.items) this.slotOf[item] = -1;
  }
}

/** Lists one behind the other. */
function joined(lists: readonly ArrayLike<number>[]): { offsets: Uint32Array; entries: Uint32Array } {
  const offsets = new Uint32Array(lists.length + 1);
  lists.forEach(({ length }, at) => (offsets[at + 1] = offsets[at] + length));
  const entries = new Uint32Array(offsets[lists.length]);
  lists.forEach((list, at) => entries.set(list, offsets[at]));
  return { offsets, entries };
}

function rowOf({ offsets, indices }: SparseRows, row: number): Uint32Array {
  return indices.subarray(offsets[row], offsets[row + 1]);
}

function longestRow({ offsets }: SparseRows): number {
  let longest = 0;
  for (let row = 0; row + 1 < offsets.length; row++)
    longest = Math.max(longest, offsets[row + 1] - offsets[row]);
  return longest;
}

/** Indices by ascending key, equal ones by index. */
function orderBy(keys: readonly number[]): Uint32Array {
  return Uint32Array.from(keys, (_, at) => at).sort((a, b) => keys[a] - keys[b] || a - b);
}

/** The finaliser of MurmurHash3: every bit of the word changes half of the result's. */
function mixed(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}
