import type { AppendResult, ExpectedRevision } from '#libs/messaging';
import type { EncodedAppend } from './event-codec.js';

/** Appends that are durable together or not at all, and the time that stamps them. */
export interface Entry {
  readonly appends: readonly EncodedAppend[];
  /** Milliseconds since 1970. */
  readonly recordedAt: number;
}

/** What became of an entry. */
export type Outcome = { readonly results: readonly AppendResult[] } | { readonly failure: unknown };

export interface Commit {
  /** One an entry, in their order. */
  readonly outcomes: readonly Outcome[];
  /** Highest position ever given. */
  readonly head: number;
}

/** Who writes the log, in this thread or another: one at a time. */
export interface Appender {
  /** To be awaited before a commit, which nobody else may begin meanwhile. */
  room(): Promise<void>;
  /** Makes entries durable, in their order; each is taken or refused for itself. */
  commit(entries: readonly Entry[]): Promise<Commit>;
  /** As `EventStore.tombstone`, after the commits that were begun before. */
  tombstone(stream: string, expectedRevision?: ExpectedRevision): Promise<void>;
  /** Resolves when everything that was begun has ended. */
  close(): Promise<void>;
}
