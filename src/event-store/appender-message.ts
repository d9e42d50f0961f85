import { EventStoreError, type AppendResult, type ExpectedRevision } from '#libs/messaging';
import { refusals, type Refusal } from '#platform/threads';
import type { Commit, Entry, Outcome } from './appender.js';
import type { PackedEntries } from './packed-entries.js';

export interface AppenderFile {
  readonly file: string;
  readonly maxBytes?: number;
}

/** What the thread that appends is asked; it answers in the order of the questions. */
export type Question =
  | { readonly kind: 'commit'; readonly entries: PackedEntries }
  | { readonly kind: 'tombstone'; readonly stream: string; readonly expectedRevision?: ExpectedRevision }
  | { readonly kind: 'close' };

/** A failure as it goes from thread to thread: one of the event store keeps its code, a defect is cloned. */
export type SentFailure = { readonly refusal: Refusal } | { readonly defect: unknown };

export interface SentCommit {
  /** One an entry: why it was refused, or null. */
  readonly failures: readonly (SentFailure | null)[];
  /** Revision, position and count of new events, of each append that was taken. */
  readonly numbers: Float64Array;
  readonly head: number;
}

export type Reply = SentCommit | { readonly done: true } | SentFailure;

const { refusalOf, toError } = refusals({ EventStoreError });

export function failureToSend(failure: unknown): SentFailure {
  return failure instanceof EventStoreError ? { refusal: refusalOf(failure) } : { defect: failure };
}

export function sentFailure(sent: SentFailure): unknown {
  return 'refusal' in sent ? toError(sent.refusal) : sent.defect;
}

export function commitToSend({ outcomes, head }: Commit): SentCommit {
  const results = outcomes.flatMap((outcome) => ('results' in outcome ? outcome.results : []));
  const numbers = results.flatMap(({ revision, position, appended }) => [
    revision,
    Number(position),
    appended,
  ]);
  return {
    failures: outcomes.map((outcome) => ('failure' in outcome ? failureToSend(outcome.failure) : null)),
    numbers: Float64Array.from(numbers), // positions stay below 2^53 in SQLite's store
    head,
  };
}

/** @param entries that were to be committed */
export function sentCommit({ failures, numbers, head }: SentCommit, entries: readonly Entry[]): Commit {
  let at = 0;
  const resultOf = (stream: string): AppendResult => ({
    stream,
    revision: numbers[at++],
    position: BigInt(numbers[at++]),
    appended: numbers[at++],
  });
  const outcomeOf = ({ appends }: Entry, failure: SentFailure | null): Outcome =>
    failure === null
      ? { results: appends.map(({ stream }) => resultOf(stream)) }
      : { failure: sentFailure(failure) };
  return { outcomes: entries.map((entry, index) => outcomeOf(entry, failures[index])), head };
}
