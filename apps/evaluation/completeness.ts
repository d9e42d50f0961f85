import type { InteractionRecord } from '#libs/contracts';
import {
  activationDistance,
  aucOf,
  countRecords,
  differencesOf,
  divideRecords,
  jensenShannon,
  meanOf,
  type CompletenessReport,
  type LineVersion,
  type People,
  type ShardedRecords,
} from '#libs/evaluation';
import { ModelScorer } from '#libs/learning';
import { measuringDraws } from './describe-line.js';
import type { LineOutcome } from './evaluate-line.js';
import { degreesOf, storedPeople, type EvaluatedData } from './evaluated-data.js';
import { filesOf, trainLine, type Trainer } from './train-line.js';

const RECORD_SHARE = 0.02;
const ERASED_PEOPLE = 3;
const ASKED_PEOPLE = 200;

/** Whether a person's record is deleted. */
type IsDeleted = (person: string, record: InteractionRecord, at: number) => boolean;

/** What is unlearned, drawn by name: the same records for every line. */
const SCENARIOS = {
  /** A random 2 % of the records. */
  records: () => (person, _, at) => measuringDraws('evaluation/deleted', person).uniform(at) < RECORD_SHARE,
  /** Three people, as a whole. */
  persons: (people) => {
    const ranked = [...people.keys()]
      .map((person) => ({ person, at: measuringDraws('evaluation/erased', person).uniform(0) }))
      .sort((a, b) => a.at - b.at);
    const erased = new Set(ranked.slice(0, ERASED_PEOPLE).map(({ person }) => person));
    return (person) => erased.has(person);
  },
} as const satisfies Record<string, (people: People) => IsDeleted>;

export type Scenario = keyof typeof SCENARIOS;

/** Unlearns, trains afresh without the records, and compares the two. */
export async function completenessOf(
  scenario: Scenario,
  { line, records, version }: Pick<LineOutcome, 'line' | 'records' | 'version'>,
  data: EvaluatedData,
  trainer: Trainer,
): Promise<CompletenessReport> {
  const { train } = data.split;
  const isDeleted = SCENARIOS[scenario](train);
  const kept = filtered(train, (...one) => !isDeleted(...one));
  const after = divideRecords(storedPeople(kept, line.genesis.config, data.profiles), line.partition);
  const touched = differingShards(records, after);
  const unlearned = await trainLine(line, after, trainer, { version, touched });
  const retrained = await trainLine(line, after, trainer);
  const open = (one: LineVersion, present: People): ModelScorer =>
    new ModelScorer(filesOf(line, one, degreesOf(present)));
  const models = {
    before: open(version, train),
    unlearned: open(unlearned, kept),
    retrained: open(retrained, kept),
  };
  return {
    scenario,
    records: countRecords(train) - countRecords(kept),
    shards: touched.size,
    differences: differencesOf(unlearned, retrained),
    ...comparedAnswers(models, attacksOn(filtered(train, isDeleted), data)),
  };
}

function filtered(people: People, wanted: IsDeleted): People {
  return new Map(
    [...people].map(([person, records]) => [
      person,
      records.filter((record, at) => wanted(person, record, at)),
    ]),
  );
}

/** By the bytes of each person's records: deleting only shortens them. */
function differingShards(before: ShardedRecords, after: ShardedRecords): ReadonlySet<number> {
  const differs = (shard: number): boolean =>
    [...before[shard]].some(([person, packed]) => after[shard].get(person)?.length !== packed.length);
  return new Set(before.map((_, shard) => shard).filter(differs));
}

/** A question that tries to learn whether some records were trained on. */
interface Attack {
  readonly subject: string;
  /** Items that the attacker knows the person for. */
  readonly present: readonly string[];
  /** Catalogue indices of deleted records, and of as many items that the person never met. */
  readonly members: readonly number[];
  readonly others: readonly number[];
}

/**
 * The attacker knows the person's other records; of a person who was erased as a whole, every second one. At most 200 people are asked
 * about, drawn by name.
 */
function attacksOn(deleted: People, { split, indexOf, catalogue: { items } }: EvaluatedData): Attack[] {
  const people = [...deleted]
    .filter(([, records]) => records.length > 0)
    .map(([person, records]) => ({
      person,
      records,
      at: measuringDraws('evaluation/attacked', person).uniform(0),
    }))
    .sort((a, b) => a.at - b.at);
  return people.slice(0, ASKED_PEOPLE).map(({ person, records }) => {
    const all = split.train.get(person)!;
    const attacked = records.length < all.length ? records : records.filter((_, at) => at % 2 === 0);
    const wanted = new Set(attacked.map(({ item }) => item));
    const met = new Set([...all.map(({ item }) => item), ...(split.test.get(person) ?? [])]);
    return {
      subject: person,
      present: all.map(({ item }) => item).filter((item) => !wanted.has(item)),
      members: [...wanted].map((item) => indexOf.get(item)!),
      others: strangersTo(person, met, wanted.size, items),
    };
  });
}

/** Items drawn by name that the person never met; fewer where there are not so many. */
function strangersTo(
  person: string,
  met: ReadonlySet<string>,
  count: number,
  items: readonly string[],
): number[] {
  const draws = measuringDraws('evaluation/strangers', person);
  const found = new Set<number>();
  const wanted = Math.min(count, items.length - met.size);
  for (let at = 0; found.size < wanted; at++) {
    const index = Math.floor(items.length * draws.uniform(at));
    if (!met.has(items[index])) found.add(index);
  }
  return [...found];
}

type Compared = Pick<CompletenessReport, 'membershipAuc' | 'activationDistance' | 'divergence'>;
type Models = Readonly<Record<'before' | 'unlearned' | 'retrained', ModelScorer>>;

function comparedAnswers({ before, unlearned, retrained }: Models, attacks: readonly Attack[]): Compared {
  const answersOf = (model: ModelScorer) => attacks.map((attack) => model.scores(attack));
  const [old, forgot, fresh] = [before, unlearned, retrained].map(answersOf);
  const auc = (answers: readonly (Float32Array | undefined)[]): number =>
    aucOf(pick(answers, attacks, 'members'), pick(answers, attacks, 'others'));
  const toFresh = (answers: typeof fresh, distance: typeof activationDistance): number =>
    meanOf(answers.flatMap((one, at) => (one && fresh[at] ? [distance(one, fresh[at])] : [])));
  return {
    membershipAuc: { before: auc(old), unlearned: auc(forgot), retrained: auc(fresh) },
    activationDistance: {
      unlearned: toFresh(forgot, activationDistance),
      before: toFresh(old, activationDistance),
    },
    divergence: { unlearned: toFresh(forgot, jensenShannon), before: toFresh(old, jensenShannon) },
  };
}

/** Scores of the attacked items, one list over all people who got an answer. */
function pick(
  answers: readonly (Float32Array | undefined)[],
  attacks: readonly Attack[],
  which: 'members' | 'others',
): number[] {
  return answers.flatMap((scores, at) => (scores ? attacks[at][which].map((item) => scores[item]) : []));
}
