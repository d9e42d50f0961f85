import type { PersonsDeletions } from './deleted-records.js';

/** Of what the catalogue has: items, and features that people may state of themselves. */
export type EntryKind = 'item' | 'feature';
export type ItemStatus = 'active' | 'withdrawn' | 'unknown' | 'of-another-kind';
export type SubjectStatus = 'active' | 'restricted' | 'under-erasure' | 'erased' | 'unknown';

/**
 * What ingest must know before it records an interaction. Synchronous, so that a check and the append that relies on it happen in
 * one tick, and cheap: it is asked several times a record.
 */
export interface IngestState {
  item(item: string, kind?: EntryKind): ItemStatus;
  subjectStatus(subject: string): SubjectStatus;
  hasConsent(subject: string, purpose: string): boolean;
  /** What the person has had quarantined or erased; undefined when that is nothing. */
  deletionsOf(subject: string): PersonsDeletions | undefined;
  /** Resolves when everything that was in the event store at the call is known here. */
  caughtUp(): Promise<void>;
}

/** An entry of the catalogue as last described. */
export interface CataloguedItem {
  readonly item: string;
  readonly title: string;
  readonly categories: readonly string[];
  /** Absent: an item. */
  readonly kind?: 'feature';
}

/** What the catalogue service must know to catalogue only what has changed. */
export interface CatalogueState extends Pick<IngestState, 'item' | 'caughtUp'> {
  catalogued(item: string): CataloguedItem | undefined;
}
