import type { StoredRecord } from '#libs/contracts';
import { toHex } from '#libs/essentials';
import { differencesOf, nextVersion, trainVersion, type MemoryLine } from './memory-line.js';
import type { NamedDraws } from '#libs/learning';
import { below, counting, type Next } from './counting.js';
import { divideRecords, withoutRecords, withRecords, type Change } from './sharded-records.js';

/** One step of a sequence, and the files in which the unlearned line differs from the one trained afresh: none, if all is well. */
export interface Step {
  readonly change: keyof typeof CHANGES;
  readonly records: number;
  readonly shards: number;
  readonly differences: readonly string[];
}

export interface SequenceOptions {
  readonly steps: number;
  /** Decide what is deleted. */
  readonly draws: NamedDraws;
  /** What is put to the test; `nextVersion` unless told otherwise. */
  readonly unlearn?: typeof nextVersion;
}

type People = Map<string, StoredRecord[]>;
/** Whose records to take away or to add. */
interface Choice {
  readonly subject: string;
  readonly records: readonly StoredRecord[];
}

/**
 * Deletes and adds at random, step after step: whole people, one record, several, and what was deleted comes again. After each step the
 * line that was unlearned (only touched shards rebuilt, from their checkpoints) is compared with one trained from nothing on what is
 * left, which is kept account of apart.
 *
 * @param people everybody's records
 */
export function deletionSequence(
  line: MemoryLine,
  people: Iterable<readonly [string, readonly StoredRecord[]]>,
  { steps, draws, unlearn = nextVersion }: SequenceOptions,
): Step[] {
  const next = counting(draws);
  const present: People = new Map([...people].map(([subject, records]) => [subject, [...records]]));
  const deleted: People = new Map();
  let records = divideRecords(present, line.partition);
  let version = trainVersion(line, records);
  const taken: Step[] = [];
  for (let step = 0; step < steps; step++) {
    const change = chooseChange(present, deleted, next());
    if (change === undefined) break;
    const { from, to, choose, apply } = CHANGES[change];
    const sides = { present, deleted };
    const choice = choose(sides[from], next);
    move(choice, sides[from], sides[to]);
    const { records: after, touched, count } = apply({ records, line, choice });
    records = after;
    version = unlearn(line, records, version, touched);
    const afresh = trainVersion(line, divideRecords([...present].reverse(), line.partition));
    const differences = differencesOf(version, afresh);
    taken.push({ change, records: count, shards: touched.size, differences });
  }
  return taken;
}

type Sides = { readonly present: People; readonly deleted: People };
type Apply = (given: {
  readonly records: Change['records'];
  readonly line: MemoryLine;
  readonly choice: Choice;
}) => Change;

const take: Apply = ({ records, line, choice }) =>
  withoutRecords(
    records,
    { subject: choice.subject, labels: choice.records.map(({ label }) => label) },
    line.partition,
  );
const takeAll: Apply = ({ records, line, choice: { subject } }) =>
  withoutRecords(records, { subject }, line.partition);
const give: Apply = ({ records, line, choice }) =>
  withRecords(records, { subject: choice.subject, added: choice.records }, line.partition);

const everything = (all: readonly StoredRecord[]): readonly StoredRecord[] => all;
const one = (all: readonly StoredRecord[], next: Next): readonly StoredRecord[] => [
  all[below(all.length, next())],
];
const some = (all: readonly StoredRecord[], next: Next): readonly StoredRecord[] => {
  const picked = all.filter(() => next() < 0.5);
  return picked.length > 0 ? picked : one(all, next);
};

type Pick = (all: readonly StoredRecord[], next: Next) => readonly StoredRecord[];
const ofSomebody =
  (pick: Pick) =>
  (side: People, next: Next): Choice => {
    const [subject, all] = [...side][below(side.size, next())];
    return { subject, records: pick(all, next) };
  };

interface Changing {
  readonly from: keyof Sides;
  readonly to: keyof Sides;
  readonly choose: (side: People, next: Next) => Choice;
  readonly apply: Apply;
}
const CHANGES = {
  'a person is erased': { from: 'present', to: 'deleted', choose: ofSomebody(everything), apply: takeAll },
  'a record is withdrawn': { from: 'present', to: 'deleted', choose: ofSomebody(one), apply: take },
  'records are withdrawn': { from: 'present', to: 'deleted', choose: ofSomebody(some), apply: take },
  'records come again': { from: 'deleted', to: 'present', choose: ofSomebody(some), apply: give },
  'a person comes again': { from: 'deleted', to: 'present', choose: ofSomebody(everything), apply: give },
} as const satisfies Record<string, Changing>;

/** Undefined when there is nobody to delete and nothing to bring back. */
function chooseChange(present: People, deleted: People, drawn: number): Step['change'] | undefined {
  const sizes = { present: present.size, deleted: deleted.size };
  const possible = (Object.keys(CHANGES) as Step['change'][]).filter(
    (change) => sizes[CHANGES[change].from] > 0,
  );
  return possible[below(possible.length, drawn)];
}

function move({ subject, records }: Choice, from: People, to: People): void {
  const moved = new Set(records.map(({ label }) => toHex(label)));
  const left = from.get(subject)!.filter(({ label }) => !moved.has(toHex(label)));
  if (left.length > 0) from.set(subject, left);
  else from.delete(subject);
  to.set(subject, [...(to.get(subject) ?? []), ...records]);
}
