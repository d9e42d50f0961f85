import type { InteractionRecord } from '#libs/contracts';
import type { Draw } from '#libs/learning';
import type { Dataset, People } from './dataset.js';
import { EvaluationError } from './evaluation-error.js';

/** Records that a model may see, and items that it is to find. */
export interface Split {
  readonly kind: string;
  readonly train: People;
  /** People who are tested, with the items to be found; none of them is among the person's training items. */
  readonly test: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether a person's training records stand in the order in which they happened. */
  readonly isInOrder: boolean;
  /** People who are not tested: nothing to go by, or nothing left to be found. */
  readonly leftOut: number;
}

/** Training records, and those held back. */
type Parts = Pick<Split, 'kind' | 'train' | 'isInOrder'> & { readonly held: People };

type Ordered = Pick<Dataset, 'people' | 'isInOrder'>;
type Splitter = (dataset: Dataset, draw: Draw) => Parts;

const TEST_SHARE = 0.2;
const VALIDATION_SHARE = 0.1;

const SPLITTERS = {
  /** The last record of each person is tested: the protocol of sequential recommendation. */
  'leave-last-one-out': (dataset) => leaveLastOut(dataset),
  /** One record of each person, drawn by name, is tested: for data that do not tell which was the last. */
  'leave-one-out': (dataset, draw) => leaveOneOut(dataset, draw),
  /** The parts of the RecEraser authors where the folder has them; else, as they did, a fifth of each person's records at random. */
  receraser: (dataset, draw) =>
    dataset.given ? givenSplit(dataset) : drawnSplit(dataset, { share: TEST_SHARE, draw }),
  /** The parts that the data comes in. */
  given: (dataset) => givenSplit(dataset),
} as const satisfies Record<string, Splitter>;

export type SplitName = keyof typeof SPLITTERS;

export const SPLITS = Object.keys(SPLITTERS) as readonly SplitName[];

/**
 * Divides a dataset into what may be trained on and what is to be found.
 *
 * @param draw a generator of its own: which records are tested must not depend on the seed of a model
 * @throws EvaluationError SPLIT_UNKNOWN, SPLIT_NOT_GIVEN, SPLIT_ORDER_UNKNOWN, CATALOGUE_EMPTY, NOBODY_TO_TEST
 */
export function splitDataset(dataset: Dataset, name: string, draw: Draw): Split {
  if (!Object.hasOwn(SPLITTERS, name))
    throw new EvaluationError('SPLIT_UNKNOWN', 'no split has that name', {
      nextStep: `Use one of: ${SPLITS.join(', ')}.`,
    });
  if (dataset.items.length === 0)
    throw new EvaluationError('CATALOGUE_EMPTY', 'the catalogue has no items, so there is nothing to rank', {
      nextStep: 'Give an items file, or ratings that name items.',
    });
  const splitter: Splitter = SPLITTERS[name as SplitName];
  return testable(splitter(dataset, draw));
}

/**
 * A validation part of training data, for choosing hyper-parameters: the last of each person's training records where their order
 * is known, else about a tenth of them. The test part is never looked at.
 *
 * @throws EvaluationError NOBODY_TO_TEST
 */
export function validationSplit({ train, isInOrder }: Pick<Split, 'train' | 'isInOrder'>, draw: Draw): Split {
  const records = { people: train, isInOrder };
  return testable(isInOrder ? leaveLastOut(records) : drawnSplit(records, { share: VALIDATION_SHARE, draw }));
}

/** Fewer people to test, chosen by name; everybody's records are still trained on. */
export function sampledTest(split: Split, people: number, draw: Draw): Split {
  const ranked = [...split.test].map((entry) => ({
    entry,
    at: draw('evaluation/sample', entry[0]).uniform(0),
  }));
  ranked.sort((a, b) => a.at - b.at);
  const chosen = new Set(ranked.slice(0, people).map(({ entry: [person] }) => person));
  return { ...split, test: new Map([...split.test].filter(([person]) => chosen.has(person))) };
}

function leaveLastOut(dataset: Ordered): Parts {
  if (!dataset.isInOrder)
    throw new EvaluationError('SPLIT_ORDER_UNKNOWN', 'nobody knows which record of a person is the last', {
      nextStep: 'Use --split leave-one-out, or give every record a time.',
    });
  const isHeld: IsHeld = (_, at, records) => records.length > 1 && at === records.length - 1;
  return divided(dataset, 'leave-last-one-out', () => isHeld);
}

function leaveOneOut(dataset: Ordered, draw: Draw): Parts {
  return divided(dataset, 'leave-one-out', (person) => {
    const place = draw('evaluation/leave-one-out', person).uniform(0);
    return (_, at, records) => records.length > 1 && at === Math.floor(place * records.length);
  });
}

/** Each record with the same chance; at least one of a person's stays. */
function drawnSplit(dataset: Ordered, { share, draw }: { share: number; draw: Draw }): Parts {
  return divided(dataset, 'drawn', (person) => {
    const draws = draw('evaluation/split', person);
    return (_, at, records) => records.length > 1 && at > 0 && draws.uniform(at) < share;
  });
}

function givenSplit({ given, isInOrder }: Dataset): Parts {
  if (given === undefined)
    throw new EvaluationError('SPLIT_NOT_GIVEN', 'the data does not come in parts', {
      nextStep:
        'Add a column split (train, test) to the ratings, give train.txt and test.txt, or use --split leave-last-one-out.',
    });
  return { kind: 'given', train: given.train, held: given.test, isInOrder };
}

type IsHeld = (record: InteractionRecord, at: number, records: readonly InteractionRecord[]) => boolean;

function divided({ people, isInOrder }: Ordered, kind: string, heldOf: (person: string) => IsHeld): Parts {
  const train = new Map<string, readonly InteractionRecord[]>();
  const held = new Map<string, readonly InteractionRecord[]>();
  for (const [person, records] of people) {
    const isHeld = heldOf(person);
    train.set(
      person,
      records.filter((...one) => !isHeld(...one)),
    );
    held.set(person, records.filter(isHeld));
  }
  return { kind, train, held, isInOrder };
}

/** Training items are masked when items are ranked, so that one which comes again cannot be found. */
function testable({ held, ...parts }: Parts): Split {
  const test = new Map<string, ReadonlySet<string>>();
  for (const [person, records] of held) {
    const known = new Set(parts.train.get(person)?.map(({ item }) => item));
    const wanted = new Set(records.map(({ item }) => item).filter((item) => !known.has(item)));
    if (known.size > 0 && wanted.size > 0) test.set(person, wanted);
  }
  if (test.size === 0)
    throw new EvaluationError('NOBODY_TO_TEST', 'nobody has a record to go by and another to be found', {
      nextStep: 'Give data in which people have two records or more.',
    });
  const everyone = new Set([...parts.train.keys(), ...held.keys()]);
  return { ...parts, test, leftOut: everyone.size - test.size };
}
