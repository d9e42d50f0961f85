import type { StoredRecord } from '#libs/contracts';
import type { NamedDraws } from '#libs/learning';
import { below, counting, type Next } from './counting.js';
import { EvaluationError } from './evaluation-error.js';

/** One small request: records of one person. */
export interface UnlearningRequest {
  readonly subject: string;
  /** Absent: everything that the person has. */
  readonly labels?: readonly Uint8Array[];
}

/** A line's people, and what may be asked of them. */
export interface StreamedPeople {
  readonly people: ReadonlyMap<string, readonly StoredRecord[]>;
  readonly categoriesOf: (item: string) => readonly string[];
  /** Invented people who are to be erased as spam; they are among `people`. */
  readonly spam: readonly string[];
}

export interface StreamChoice {
  readonly kind: StreamName;
  readonly from: SubsetName;
  /** Most requests; fewer where there is no more to ask for. */
  readonly requests: number;
  readonly draws: NamedDraws;
}

/** A fifth of the people, by how many records they have, or by chance. */
const SUBSETS = {
  /** The most active. */
  core: (ranked) => ranked.slice(0, fifth(ranked)),
  /** The least active. */
  edge: (ranked) => ranked.slice(-fifth(ranked)),
  random: (ranked, next) => shuffled(ranked, next).slice(0, fifth(ranked)),
} as const satisfies Record<string, (ranked: readonly string[], next: Next) => readonly string[]>;
export type SubsetName = keyof typeof SUBSETS;
export const SUBSET_NAMES = Object.keys(SUBSETS) as readonly SubsetName[];

/** Streams of small requests, as ERASE makes them: what somebody of the subset may ask for, one after the other. */
const STREAMS = {
  /** One record a request. */
  records: ({ people }, subset, next) =>
    shuffled(
      subset.flatMap((subject) => people.get(subject)!.map(({ label }) => ({ subject, labels: [label] }))),
      next,
    ),
  /** All of a person's records of one category: the one that most people of the subset have met. */
  category: (streamed, subset, next) => {
    const category = commonestCategory(streamed, subset);
    const isOf = ({ item }: StoredRecord): boolean =>
      category !== undefined && streamed.categoriesOf(item).includes(category);
    return shuffled(subset, next).flatMap((subject) => {
      const labels = streamed.people
        .get(subject)!
        .filter(isOf)
        .map(({ label }) => label);
      return labels.length > 0 ? [{ subject, labels }] : [];
    });
  },
  /** People who were invented to push items. The subset is not asked. */
  spam: ({ spam }, _, next) => shuffled(spam, next).map((subject) => ({ subject })),
  /** Whole people. */
  people: (_, subset, next) => shuffled(subset, next).map((subject) => ({ subject })),
} as const satisfies Record<
  string,
  (streamed: StreamedPeople, subset: readonly string[], next: Next) => UnlearningRequest[]
>;
export type StreamName = keyof typeof STREAMS;
export const STREAM_NAMES = Object.keys(STREAMS) as readonly StreamName[];

/** @throws EvaluationError STREAM_EMPTY when nobody can ask for such a thing */
export function requestStream(
  streamed: StreamedPeople,
  { kind, from, requests, draws }: StreamChoice,
): UnlearningRequest[] {
  const next = counting(draws);
  const spam = new Set(streamed.spam);
  const ranked = [...streamed.people]
    .filter(([subject, records]) => records.length > 0 && !spam.has(subject))
    .sort(([a, few], [b, many]) => many.length - few.length || (a < b ? -1 : 1))
    .map(([subject]) => subject);
  const all = STREAMS[kind](streamed, SUBSETS[from](ranked, next), next);
  if (all.length === 0)
    throw new EvaluationError('STREAM_EMPTY', `nobody can ask for what the stream "${kind}" asks for`, {
      nextStep: 'Give data with more people, or with categories, or choose another stream.',
    });
  return all.slice(0, requests);
}

function fifth({ length }: readonly string[]): number {
  return Math.ceil(length / 5);
}

/** Fisher–Yates. */
function shuffled<T>(values: readonly T[], next: Next): T[] {
  const mixed = [...values];
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = below(last + 1, next());
    [mixed[last], mixed[other]] = [mixed[other], mixed[last]];
  }
  return mixed;
}

/** Of categories that as many have met, the first by name. */
function commonestCategory(
  { people, categoriesOf }: StreamedPeople,
  subset: readonly string[],
): string | undefined {
  const met = new Map<string, number>();
  for (const subject of subset) {
    const own = new Set(people.get(subject)!.flatMap(({ item }) => categoriesOf(item)));
    for (const category of own) met.set(category, (met.get(category) ?? 0) + 1);
  }
  return [...met].sort(([a, few], [b, many]) => many - few || (a < b ? -1 : 1))[0]?.[0];
}
