import {
  coarseLabelsAround,
  keyNames,
  OPENING_LENGTH,
  recordLabel,
  type InteractionEvent,
  type SealedInteraction,
} from '#libs/contracts';
import { CodedError } from '#libs/essentials';
import {
  EventStoreError,
  interactionEventId,
  sealingContext,
  streamNames,
  type AppendResult,
  type EventStore,
  type NewEvent,
  type Vault,
} from '#libs/messaging';
import type { Edge } from './edge.js';
import type { PersonsDeletions } from './deleted-records.js';
import { IngestError, type Rejection, type RejectionCode } from './ingest-error.js';
import type { IngestState } from './ingest-state.js';
import {
  checkEntry,
  DEFAULT_RULES,
  entryField,
  type EntryResult,
  type InteractionEntry,
  type InteractionRules,
} from './interaction.js';
import { StoredLabels } from './stored-labels.js';

const TYPE = 'InteractionRecorded';
const ATTEMPTS = 3;
/** Seconds by which the clock of a source that sends a deleted record again may differ across midnight: an hour, as clocks are changed. */
const SHIFTED_BY = 3600;

type RecordedInteraction = NewEvent<typeof TYPE, InteractionEvent['data']>;

/** A person as one batch sees them: keys and stream of the generation that is current in this tick. */
interface Person {
  readonly subject: string;
  readonly labelKey: Uint8Array;
  readonly generation: number;
  readonly stream: string;
  /** What the person has had deleted. */
  readonly deletions: PersonsDeletions | undefined;
}

interface StreamBatch {
  readonly stream: string;
  readonly events: RecordedInteraction[];
  /** Where each event's entry stands in the batch. */
  readonly entries: number[];
}

interface Plan {
  /** Has a hole for every entry that waits for the store's answer. */
  readonly results: EntryResult[];
  /** Entries that are wrong; those that were deleted before are not counted. */
  readonly wrong: number;
  readonly streams: readonly StreamBatch[];
}

/**
 * Records interactions, each sealed under its person's key and never twice.
 *
 * Fencing: everything recorded before the call about consent and erasure is known when the batch is planned, and the planned append
 * is handed to the store in the same tick, without an await between. An erasure first appends RecordsQuarantined, then tombstones the stream at the revision it has read; so an append that
 * overtakes the news either stands before that revision and is erased with the rest, or makes the tombstone try again, or finds
 * the stream tombstoned, and then the batch is planned anew on what is true by then.
 */
export class InteractionService {
  constructor(
    private readonly store: Pick<EventStore, 'appendBatch' | 'readStream'>,
    private readonly vault: Vault,
    private readonly state: IngestState,
    private readonly edge: Edge,
    private readonly rules: InteractionRules = DEFAULT_RULES,
  ) {}

  /**
   * Records a batch (best: some thousands) durably and answers entry by entry, in order.
   *
   * @param options.allOrNothing when an entry is wrong nothing is recorded, and the others are `withheld`; one that was deleted before is
   *   refused alone
   * @throws EventStoreError STORE_FULL, … (nothing of the batch was written); IngestError STREAMS_KEEP_MOVING
   */
  async record(
    entries: readonly InteractionEntry[],
    options: { readonly allOrNothing?: boolean } = {},
  ): Promise<readonly EntryResult[]> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      await this.state.caughtUp();
      const stored = new StoredLabels(this.store, this.vault);
      let plan = this.plan(entries, stored);
      while (stored.isMissing) {
        await stored.readMissing();
        plan = this.plan(entries, stored);
      }
      if (options.allOrNothing && plan.wrong > 0) return withhold(plan);
      const appended = await this.append(plan);
      if (appended !== undefined) return this.settle(plan, appended);
    }
    throw new IngestError(
      'STREAMS_KEEP_MOVING',
      'Records of these people are being re-written at the moment',
      {
        nextStep: 'Send the batch again; nothing of it was recorded.',
      },
    );
  }

  /**
   * What is wrong with an entry, whoever its person may be; lets an import leave out people of whom nothing would be recorded.
   *
   * @param now seconds since 1970
   */
  check(entry: InteractionEntry, now = this.edge.now() / 1000): Rejection | undefined {
    const wrong = checkEntry(entry, this.rules, now);
    if (wrong !== undefined) return wrong;
    const field = entryField(entry);
    switch (this.state.item(entry.item, field)) {
      case 'active':
        return undefined;
      case 'withdrawn':
        return { code: 'ITEM_WITHDRAWN', field };
      case 'unknown':
        return { code: field === 'feature' ? 'FEATURE_UNKNOWN' : 'ITEM_UNKNOWN', field };
      case 'of-another-kind':
        return { code: field === 'feature' ? 'FEATURE_UNKNOWN' : 'ITEM_IS_FEATURE', field };
    }
  }

  /** undefined: a stream of the batch was tombstoned since the plan was made. */
  private async append(plan: Plan): Promise<readonly AppendResult[] | undefined> {
    try {
      return await this.store.appendBatch(
        plan.streams.map(({ stream, events }) => ({ stream, events, expectedRevision: 'any' })),
      );
    } catch (error) {
      if (error instanceof EventStoreError && error.code === 'STREAM_TOMBSTONED') return undefined;
      throw error;
    }
  }

  private plan(entries: readonly InteractionEntry[], stored: StoredLabels): Plan {
    const now = this.edge.now() / 1000;
    const openings = Buffer.from(this.edge.randomBytes(entries.length * OPENING_LENGTH));
    const people = new Map<string, Person | RejectionCode>();
    const streams = new Map<string, StreamBatch>();
    const planned = new Set<string>();
    const results = new Array<EntryResult>(entries.length);
    let wrong = 0;
    entries.forEach((entry, at) => {
      const person = this.admit(entry, now, people);
      if ('code' in person) {
        results[at] = { status: 'rejected', ...person };
        wrong++;
        return;
      }
      const bytes = recordLabel(person.labelKey, entry, this.edge.hmacSha256);
      const label = base64Url(bytes);
      const returning = this.returning(entry, label, person, stored);
      if (returning !== undefined) {
        results[at] = returning;
        return;
      }
      const id = interactionEventId(bytes, person.generation, this.edge.sha256);
      if (planned.has(id)) {
        results[at] = { status: 'duplicate', label };
        return;
      }
      planned.add(id);
      const opening = openings.toString('base64url', at * OPENING_LENGTH, (at + 1) * OPENING_LENGTH);
      const batch = streams.get(person.stream) ?? { stream: person.stream, events: [], entries: [] };
      batch.events.push({ id, type: TYPE, data: { label, sealed: this.seal(entry, opening, id, person) } });
      batch.entries.push(at);
      streams.set(person.stream, batch);
    });
    return { results, wrong, streams: [...streams.values()] };
  }

  /** The answer to an entry that was deleted before, or that differs from a deleted record in its second or its spelling only. */
  private returning(
    entry: InteractionEntry,
    label: string,
    person: Person,
    stored: StoredLabels,
  ): EntryResult | undefined {
    const { deletions, labelKey } = person;
    if (deletions === undefined) return undefined;
    if (deletions.has(label)) return { status: 'rejected', code: 'RECORD_ERASED' };
    const isBefore = (acceptedAt: number | undefined): boolean =>
      acceptedAt !== undefined && entry.time * 1000 <= acceptedAt;
    const coarse = coarseLabelsAround(labelKey, entry, SHIFTED_BY, this.edge.hmacSha256);
    if (!coarse.some((near) => isBefore(deletions.acceptedAt(base64Url(near))))) return undefined;
    if (stored.has(person, label)) return { status: 'duplicate', label };
    return { status: 'rejected', code: 'RECORD_RESEMBLES_ERASED' };
  }

  private admit(
    entry: InteractionEntry,
    now: number,
    people: Map<string, Person | RejectionCode>,
  ): Person | Rejection {
    const wrong = this.check(entry, now);
    if (wrong !== undefined) return wrong;
    let person = people.get(entry.subject);
    if (person === undefined) people.set(entry.subject, (person = this.person(entry.subject)));
    if (typeof person === 'string') return { code: person, field: 'subject' };
    if (!this.state.hasConsent(person.subject, entry.purpose))
      return { code: 'CONSENT_MISSING', field: 'purpose' };
    return person;
  }

  private person(externalId: string): Person | RejectionCode {
    const subject = this.vault.findSubject(externalId);
    if (subject === undefined) return 'SUBJECT_UNKNOWN';
    const status = this.state.subjectStatus(subject);
    if (status === 'under-erasure' || status === 'erased') return 'SUBJECT_UNDER_ERASURE';
    if (status === 'restricted') return 'SUBJECT_RESTRICTED';
    if (status === 'unknown') return 'SUBJECT_UNKNOWN'; // in the directory, but the enrolment was never appended
    try {
      const generation = this.vault.currentGeneration(subject);
      const labelKey = this.vault.key(keyNames.label(subject));
      const stream = streamNames.interactions(subject, generation);
      return { subject, labelKey, generation, stream, deletions: this.state.deletionsOf(subject) };
    } catch (error) {
      if (error instanceof CodedError && error.code === 'KEY_DESTROYED') return 'SUBJECT_UNDER_ERASURE';
      throw error;
    }
  }

  private seal(entry: InteractionEntry, opening: string, eventId: string, person: Person): string {
    const plaintext: SealedInteraction = {
      i: entry.item,
      t: entry.type,
      s: entry.time,
      v: entry.value,
      p: entry.purpose,
      o: opening,
    };
    return this.vault.seal(
      keyNames.interactions(person.subject, person.generation),
      Buffer.from(JSON.stringify(plaintext)),
      sealingContext(person.stream, eventId, TYPE),
    );
  }

  private async settle(plan: Plan, appended: readonly AppendResult[]): Promise<readonly EntryResult[]> {
    for (const [at, batch] of plan.streams.entries()) {
      const isNew = await this.newEvents(batch, appended[at]);
      batch.events.forEach(({ id, data }, index) => {
        const status = isNew(id) ? 'recorded' : 'duplicate';
        plan.results[batch.entries[index]] = { status, label: data.label };
      });
    }
    return plan.results;
  }

  /** The store says how many were new; which ones, only the end of the stream can tell, and only a mixture has to ask. */
  private async newEvents(batch: StreamBatch, result: AppendResult): Promise<(id: string) => boolean> {
    if (result.appended === batch.events.length) return () => true;
    if (result.appended === 0) return () => false;
    const ids = new Set<string>();
    const newest = {
      direction: 'backwards',
      fromRevision: result.revision,
      maxCount: result.appended,
    } as const;
    for await (const { id } of this.store.readStream(batch.stream, newest)) ids.add(id);
    return (id) => ids.has(id);
  }
}

const base64Url = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');

const withhold = ({ results, streams }: Plan): readonly EntryResult[] => {
  for (const { entries } of streams) for (const at of entries) results[at] = { status: 'withheld' };
  return results;
};
