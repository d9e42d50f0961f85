import {
  decideConsent,
  evolveConsents,
  noConsents,
  parseConsentRecord,
  type ConsentCommand,
  type ConsentDecided,
  type ConsentRecord,
  type ConsentsByPurpose,
  type GrantConsent,
} from '#libs/consent';
import { keyNames, type SubjectEvent } from '#libs/contracts';
import { fromUtf8, utf8 } from '#libs/essentials';
import {
  EventStoreError,
  namedEventId,
  sealingContext,
  streamNames,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  type StreamAppend,
  type Vault,
} from '#libs/messaging';
import type { Edge } from './edge.js';
import { rejectionError } from './ingest-error.js';
import type { IngestState } from './ingest-state.js';

const ATTEMPTS = 3;

/** What the operator fills in once for all records; a request may say otherwise. */
export type ConsentTerms = Pick<
  GrantConsent['data'],
  'controller' | 'noticeReference' | 'personalDataCategories' | 'lawfulBasis'
>;

/** `subject` is the external id. */
export interface ConsentDecision {
  readonly subject: string;
  readonly purpose: string;
  readonly method: string;
  readonly evidenceReference: string;
}

export interface ConsentOutcome {
  /** Pseudonym. */
  readonly subject: string;
  /** False when the decision already stood. */
  readonly recorded: boolean;
  readonly record: ConsentRecord;
}

interface SubjectHistory {
  readonly consents: ConsentsByPurpose;
  /** Every decision, oldest first. */
  readonly decided: readonly ConsentRecord[];
  readonly revision: ExpectedRevision;
}

/** Records people's decisions about purposes; knows them by external id, stores them by pseudonym. */
export class ConsentService {
  constructor(
    private readonly store: Pick<EventStore, 'append' | 'appendBatch' | 'readStream'>,
    private readonly vault: Vault,
    private readonly state: IngestState,
    private readonly edge: Edge,
    private readonly terms: ConsentTerms,
  ) {}

  /**
   * Records consent to one purpose, and enrols the person when they are new.
   *
   * @throws ConsentError CONSENT_FIELD_…; IngestError FIELD_MISSING, SUBJECT_UNDER_ERASURE
   */
  async grant(decision: ConsentDecision & Partial<ConsentTerms>): Promise<ConsentOutcome> {
    if (decision.subject === '') throw rejectionError({ code: 'FIELD_MISSING', field: 'subject' });
    const { subject: externalId, ...terms } = decision;
    this.validate({ ...this.terms, ...terms });
    const [{ subject }] = this.vault.enrolSubjects([externalId]);
    return this.grantTo(subject, terms);
  }

  /** The same of a person who is enrolled, by pseudonym. @throws IngestError SUBJECT_UNDER_ERASURE */
  async grantTo(
    subject: string,
    decision: Omit<ConsentDecision, 'subject'> & Partial<ConsentTerms>,
  ): Promise<ConsentOutcome> {
    return this.decide(subject, {
      type: 'GrantConsent',
      data: { ...this.terms, ...decision, subject },
      metadata: this.metadata(),
    });
  }

  /**
   * Withdraws consent to one purpose. From then on nothing is recorded or trained under it; unlearning what was already used is the
   * matter of a request.
   *
   * @throws IngestError SUBJECT_UNKNOWN, SUBJECT_UNDER_ERASURE; ConsentError CONSENT_NOT_GIVEN
   */
  async withdraw({ subject: externalId, ...decision }: ConsentDecision): Promise<ConsentOutcome> {
    return this.withdrawOf(this.pseudonymOf(externalId), decision);
  }

  /** The same of a person by pseudonym. @throws IngestError SUBJECT_UNDER_ERASURE; ConsentError CONSENT_NOT_GIVEN */
  async withdrawOf(subject: string, decision: Omit<ConsentDecision, 'subject'>): Promise<ConsentOutcome> {
    return this.decide(subject, {
      type: 'WithdrawConsent',
      data: { ...decision, subject },
      metadata: this.metadata(),
    });
  }

  /** Withdraws consent to a purpose where it holds, because the person objects to the purpose. */
  async stopPurpose(subject: string, purpose: string): Promise<void> {
    if (!this.state.hasConsent(subject, purpose)) return;
    const decision = { purpose, method: 'objection', evidenceReference: 'urn:lacuna:objection' };
    await this.withdrawOf(subject, decision);
  }

  /**
   * Withdraws where consent holds, unless it was withdrawn by the same method before: a person who has consented again since has said so
   * to that method, too.
   *
   * @returns undefined when there was nothing to do
   */
  async withdrawOnce(
    subject: string,
    decision: Omit<ConsentDecision, 'subject'>,
  ): Promise<ConsentOutcome | undefined> {
    if (!this.state.hasConsent(subject, decision.purpose)) return undefined;
    const { decided } = await this.history(subject);
    const isRepeated = decided.some(
      ({ purpose, event: { state, method } }) =>
        purpose === decision.purpose && state === 'withdrawn' && method === decision.method,
    );
    return isRepeated ? undefined : this.withdrawOf(subject, decision);
  }

  /** The newest record of each purpose, by purpose. @throws IngestError SUBJECT_UNKNOWN */
  async consentsOf(
    externalId: string,
  ): Promise<{ readonly subject: string; readonly consents: readonly ConsentRecord[] }> {
    const subject = this.pseudonymOf(externalId);
    return { subject, consents: await this.consentRecordsOf(subject) };
  }

  /** The newest record of each purpose of a person by pseudonym, by purpose. */
  async consentRecordsOf(subject: string): Promise<readonly ConsentRecord[]> {
    const { consents } = await this.history(subject);
    return [...consents.values()].sort((a, b) => (a.purpose < b.purpose ? -1 : 1));
  }

  /**
   * Enrols everybody among these ids who is not enrolled yet, each with a consent record of this decision; people who are enrolled
   * already keep their decisions, so a withdrawal is never undone by a file. A repetition after a crash completes what was begun.
   *
   * @returns how many were enrolled
   */
  async enrolWithConsent(
    externalIds: readonly string[],
    decision: Omit<ConsentDecision, 'subject'>,
  ): Promise<number> {
    this.validate({ ...this.terms, ...decision });
    return this.unlessOvertaken(async () => {
      const appends = this.vault
        .enrolSubjects(externalIds)
        .filter(({ subject }) => this.state.subjectStatus(subject) === 'unknown')
        .map(({ subject }) => this.enrolment(subject, decision));
      if (appends.length === 0) return 0;
      const results = await this.store.appendBatch(appends);
      await this.state.caughtUp();
      return results.filter(({ appended }) => appended > 0).length;
    });
  }

  /**
   * Records this consent for everybody among these ids who has never decided about its purpose, and enrols those who are new. Whoever is
   * being erased is passed over.
   *
   * @returns how many were enrolled
   */
  async consentWhereUndecided(
    externalIds: readonly string[],
    decision: Omit<ConsentDecision, 'subject'>,
  ): Promise<number> {
    const enrolled = await this.enrolWithConsent(externalIds, decision);
    for (const { subject } of this.vault.enrolSubjects(externalIds)) {
      const isOpen = ['active', 'restricted'].includes(this.state.subjectStatus(subject));
      if (!isOpen || this.state.hasConsent(subject, decision.purpose)) continue;
      const { consents } = await this.history(subject);
      if (!consents.has(decision.purpose)) await this.grantTo(subject, decision);
    }
    return enrolled;
  }

  private enrolment(subject: string, decision: Omit<ConsentDecision, 'subject'>): StreamAppend {
    const granted = decideConsent(
      { type: 'GrantConsent', data: { ...this.terms, ...decision, subject }, metadata: this.metadata() },
      noConsents,
    )!;
    const id = namedEventId('ConsentGranted', subject, 'enrolment'); // the person's first record: fixed, so that it is not made twice
    return {
      stream: streamNames.subject(subject),
      events: [this.enrolled(subject), this.sealed(subject, granted, id)],
      expectedRevision: 'no-stream',
    };
  }

  /** Fails before anybody is enrolled when no record could be made. */
  private validate(terms: ConsentTerms & Omit<ConsentDecision, 'subject'>): void {
    const data = { ...terms, subject: 'validation' };
    decideConsent({ type: 'GrantConsent', data, metadata: this.metadata() }, noConsents);
  }

  private decide(subject: string, command: ConsentCommand): Promise<ConsentOutcome> {
    return this.unlessOvertaken(async () => {
      await this.state.caughtUp();
      this.refuseErasure(subject);
      const { consents, revision } = await this.history(subject);
      const decided = decideConsent(command, consents);
      if (decided === undefined)
        return { subject, recorded: false, record: consents.get(command.data.purpose)! };
      const enrolment = revision === 'no-stream' ? [this.enrolled(subject)] : [];
      await this.store.append(
        streamNames.subject(subject),
        [...enrolment, this.sealed(subject, decided, this.edge.newId())],
        { expectedRevision: revision },
      );
      await this.state.caughtUp();
      return { subject, recorded: true, record: decided.data };
    });
  }

  /** Decides anew, on what is recorded by then, when another decision of the same person came between. */
  private async unlessOvertaken<T>(attempt: () => Promise<T>): Promise<T> {
    for (let left = ATTEMPTS - 1; ; left--) {
      try {
        return await attempt();
      } catch (error) {
        const overtaken = error instanceof EventStoreError && error.code === 'WRONG_EXPECTED_REVISION';
        if (!overtaken || left === 0) throw error;
        await this.state.caughtUp();
      }
    }
  }

  private refuseErasure(subject: string): void {
    const status = this.state.subjectStatus(subject);
    if (status === 'under-erasure' || status === 'erased')
      throw rejectionError({ code: 'SUBJECT_UNDER_ERASURE', field: 'subject' });
  }

  private async history(subject: string): Promise<SubjectHistory> {
    let consents = noConsents;
    const decided: ConsentRecord[] = [];
    let revision: ExpectedRevision = 'no-stream';
    const stream = streamNames.subject(subject);
    for await (const recorded of this.store.readStream(stream)) {
      revision = recorded.revision;
      const event = recorded as unknown as SubjectEvent;
      if (event.type === 'SubjectEnrolled') continue;
      const payload = this.vault.open(
        keyNames.profile(subject),
        event.data.sealed,
        sealingContext(stream, recorded.id, event.type),
      );
      const data = parseConsentRecord(JSON.parse(fromUtf8(payload)));
      consents = evolveConsents(consents, { type: event.type, data });
      decided.push(data);
    }
    return { consents, decided, revision };
  }

  private enrolled(subject: string): NewEvent {
    return { id: namedEventId('SubjectEnrolled', subject), type: 'SubjectEnrolled', data: { subject } };
  }

  private sealed(subject: string, { type, data }: ConsentDecided, id: string): NewEvent {
    const context = sealingContext(streamNames.subject(subject), id, type);
    const payload = utf8(JSON.stringify(data));
    return { id, type, data: { sealed: this.vault.seal(keyNames.profile(subject), payload, context) } };
  }

  private pseudonymOf(externalId: string): string {
    const subject = this.vault.findSubject(externalId);
    if (subject === undefined) throw rejectionError({ code: 'SUBJECT_UNKNOWN', field: 'subject' });
    return subject;
  }

  private metadata() {
    return { now: new Date(this.edge.now()).toISOString(), recordId: this.edge.newId() };
  }
}
