import { keyNames, type StoredRecord } from '#libs/contracts';
import {
  acceptRequest,
  type AcceptRequest,
  isAboutPerson,
  isDestructive,
  isHoldingBack,
  nextStep,
  outOfUse,
  type RequestIn,
  type RequestState,
  type RequestStep,
} from '#libs/erasure';
import { fromBase64Url, toBase64Url, type HmacSha256 } from '#libs/essentials';
import type { Vault } from '#libs/messaging';
import { RequestTraces, traced, tracedWith } from '#platform/tracing';
import type { DestructionGate } from './destruction-gate.js';
import type {
  CertificateIssuer,
  DestructionRecord,
  PurposeStop,
  ReceiptSealer,
  RecipientNotices,
  RecordShredder,
  SubjectRecords,
  UnlearningRebuilds,
} from './ports.js';
import type { RequestBook } from './request-book.js';
import type { RequestPolicy } from './request-policy.js';
import { scopeOf } from './sealed-fields.js';
import type { Setbacks } from './setbacks.js';
import { isTimeToUnlearn } from './sharing-window.js';
import { Turns } from './turns.js';

export interface RequestProcessParts {
  readonly book: RequestBook;
  readonly vault: Vault;
  readonly subjects: SubjectRecords;
  readonly rebuilds: UnlearningRebuilds;
  readonly shredder: RecordShredder;
  readonly receipts: ReceiptSealer;
  readonly notices: RecipientNotices;
  readonly purposes: PurposeStop;
  readonly certificates: CertificateIssuer;
  readonly gate: DestructionGate;
  readonly journal?: DestructionRecord;
  readonly setbacks: Setbacks;
  readonly hmac: HmacSha256;
  readonly policy: Pick<RequestPolicy, 'shareMinutes'>;
  readonly now: () => string;
  /** Told before each step is taken and after it is durable. */
  readonly observe?: (requestId: string, step: RequestStep | 'rebuild', when: 'before' | 'after') => void;
}

/**
 * The process manager of DESIGN §5: takes every request from submission to its certificate. What to do next follows from the
 * request's events alone, and each step may be repeated, so that a crash at any point costs a repetition and nothing else.
 *
 * Two lanes. Intake (verify, accept, quarantine, and whatever destroys nothing) runs at once, also while a rebuild is under way, so that
 * data stops being used without waiting. Unlearning (rebuild, erase, destroy keys, certify, close) runs one batch at a time: requests that
 * are quarantined when a rebuild is planned share it. What a legal hold or a grace window covers is rebuilt without, and not destroyed.
 *
 * One request is in one hand at a time: what people do to it (RequestDesk) takes turns with the steps.
 */
export class RequestProcess {
  private unlearningLane: Promise<unknown> = Promise.resolve();
  private readonly turns = new Turns();
  private readonly traces = new RequestTraces();

  constructor(private readonly parts: RequestProcessParts) {}

  /** Takes up every open request where it stopped; resolves when none is open. To be called when the process starts. */
  async resume(): Promise<void> {
    for (const { requestId } of this.parts.book.all()) await this.takeIn(requestId);
    await this.unlearn();
  }

  /** Everything that can be done at once: where data is to be out of use, it is when this resolves. */
  async takeIn(requestId: string): Promise<RequestState> {
    this.traces.begin(requestId);
    while (isIntake(this.parts.book.get(requestId)) && (await this.advance(requestId)));
    return this.parts.book.get(requestId);
  }

  /** Does something to a request that must not meet one of its steps. */
  inTurn<T>(requestId: string, work: () => Promise<T>): Promise<T> {
    return this.turns.take(requestId, work);
  }

  /** Whether a turn of the unlearning lane would get on with something. */
  async hasWork(): Promise<boolean> {
    const { book, gate } = this.parts;
    for (const state of book.all()) {
      if (state.status === 'assigned' && state.kind !== 'restriction') {
        if (state.unlearnedAt === undefined || (await gate.stops(state)) === undefined) return true;
      } else if (isUnlearning(state)) return true;
    }
    return false;
  }

  /** Unlearns everything that is quarantined, in as few rebuilds as possible; resolves when nothing is left to do. */
  unlearn(): Promise<void> {
    return this.exclusively(() => this.unlearnAll());
  }

  /** Runs work that must not meet an unlearning, such as a training; whoever comes waits for whoever was there. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.unlearningLane.then(work);
    this.unlearningLane = turn.catch(() => undefined); // the next turn tries again; this one's caller gets the error
    return turn;
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    await this.unlearningLane;
  }

  private async unlearnAll(): Promise<void> {
    const failures: unknown[] = [];
    do {
      await this.assignToRebuild(failures);
      const assigned = this.parts.book.withStatus('assigned');
      for (const rebuildId of new Set(assigned.map((request) => request.rebuildId)))
        await this.rebuild(rebuildId);
      for (const { requestId } of AFTER_REBUILD.flatMap((status) => this.parts.book.withStatus(status)))
        await this.finish(requestId).catch((failure: unknown) => failures.push(failure)); // one request never holds up another
    } while (failures.length === 0 && this.takenUpNow().length > 0);
    await this.closeRestrictionsOfErased();
    if (failures.length > 0) throw failures[0];
  }

  /** Nothing is left to restrict of somebody who was erased. */
  private async closeRestrictionsOfErased(): Promise<void> {
    for (const { requestId, subject } of this.parts.book.withStatus('restricted'))
      if (this.parts.vault.keyState(keyNames.profile(subject)) === 'destroyed')
        await this.inTurn(requestId, () => this.close(this.parts.book.get(requestId), 'completed'));
  }

  /** Shares one rebuild among all waiting requests; one that an interruption has left is finished first. */
  private async assignToRebuild(failures: unknown[]): Promise<void> {
    const { rebuilds } = this.parts;
    const leftover = await rebuilds.leftover();
    if (leftover !== undefined) {
      await this.assign(leftover.requests, leftover.rebuildId);
      await this.rebuild(leftover.rebuildId);
    }
    await this.stopPurposes();
    const waiting = await this.waiting(failures);
    await this.parts.setbacks.watch(
      waiting.map(({ requestId }) => requestId),
      () => this.planFor(waiting),
    );
  }

  private async planFor(waiting: readonly RequestIn<'quarantined' | 'assigned'>[]): Promise<void> {
    const { rebuilds } = this.parts;
    const affected = await Promise.all(
      waiting.map(async (request) => ({
        requestId: request.requestId,
        shards: await rebuilds.affectedShards(request.subject, outOfUse(request).map(fromBase64Url)),
      })),
    );
    const toRebuild = affected.filter(({ shards }) => shards.length > 0);
    await this.assign(
      affected.filter(({ shards }) => shards.length === 0).map(({ requestId }) => requestId),
      null,
    );
    if (toRebuild.length === 0) return;
    const requests = toRebuild.map(({ requestId }) => requestId);
    const shards = [...new Set(toRebuild.flatMap((one) => one.shards))];
    const plan = await this.traces.within(requests[0], () =>
      traced('unlearning.plan', {}, () => rebuilds.plan(requests, shards)),
    );
    await this.assign(requests, plan.rebuildId);
  }

  /** Whoever objects to a purpose wants nothing more to come under it; what had come is out of use by now. */
  private async stopPurposes(): Promise<void> {
    const { book, vault, purposes } = this.parts;
    for (const request of book.withStatus('quarantined')) {
      const purpose = request.kind === 'objection' ? scopeOf(vault, request)?.purpose : undefined;
      if (purpose !== undefined) await purposes.stop(request.subject, purpose);
    }
  }

  /** Requests without a rebuild, or with one that was given up or belongs to a line that was left. */
  private async waiting(failures: unknown[]): Promise<RequestIn<'quarantined' | 'assigned'>[]> {
    const { book, rebuilds } = this.parts;
    const waiting: RequestIn<'quarantined' | 'assigned'>[] = await this.withReceipts(failures);
    for (const request of book.withStatus('assigned'))
      if (request.rebuildId !== null && !(await rebuilds.stands(request.rebuildId))) waiting.push(request);
    return waiting;
  }

  /**
   * Requests that are quarantined, each with its receipt made where one was asked for. One that could not be made, say for want of room on
   * the disk, keeps all requests of its person waiting, for another of them could destroy what the receipt is made of.
   */
  private async withReceipts(failures: unknown[]): Promise<RequestIn<'quarantined'>[]> {
    const quarantined = this.takenUpNow();
    const stuck = new Set<string>();
    for (const request of quarantined)
      await this.parts.setbacks
        .watch([request.requestId], () => this.parts.receipts.seal(request))
        .catch((failure: unknown) => {
          failures.push(failure);
          stuck.add(request.subject);
        });
    return quarantined.filter(({ subject }) => !stuck.has(subject));
  }

  /** All that are quarantined, or none while they may wait for others. */
  private takenUpNow(): readonly RequestIn<'quarantined'>[] {
    const { book, now, policy } = this.parts;
    const quarantined = book.withStatus('quarantined');
    return isTimeToUnlearn(quarantined, now(), policy.shareMinutes) ? quarantined : [];
  }

  private async assign(requests: readonly string[], rebuildId: string | null): Promise<void> {
    for (const requestId of requests) {
      const request = this.parts.book.get(requestId);
      const isAssigned = request.status === 'assigned' && request.rebuildId !== rebuildId;
      if (request.status !== 'quarantined' && !isAssigned) continue;
      this.observe(requestId, 'assign', 'before');
      await this.parts.book.record({ type: 'RebuildAssigned', data: { requestId, rebuildId } });
      this.observe(requestId, 'assign', 'after');
    }
  }

  private rebuild(rebuildId: string | null): Promise<void> {
    return this.parts.setbacks.watch(this.sharing(rebuildId), async () => {
      if ((await this.parts.rebuilds.settle(rebuildId)) || rebuildId === null) return;
      this.observe(rebuildId, 'rebuild', 'before');
      await this.tracedRebuild(rebuildId);
      this.observe(rebuildId, 'rebuild', 'after');
    });
  }

  /** In the trace of one of the requests that share it, linked to the others'. */
  private async tracedRebuild(rebuildId: string): Promise<void> {
    const [first = '', ...others] = this.sharing(rebuildId);
    const about = { facts: { 'lacuna.rebuild.id': rebuildId }, links: this.traces.linksTo(others) };
    await this.traces.within(first, () =>
      tracedWith('unlearning.rebuild', about, () =>
        this.parts.rebuilds.run(rebuildId, this.dueAt(rebuildId)),
      ),
    );
  }

  /** When the first of the requests that share a rebuild is due. */
  private dueAt(rebuildId: string): string | undefined {
    return this.sharing(rebuildId)
      .map((requestId) => this.parts.book.get(requestId).dueAt)
      .sort()
      .at(0);
  }

  /** Ids of the requests that wait for a rebuild. */
  private sharing(rebuildId: string | null): string[] {
    const assigned = this.parts.book.withStatus('assigned').filter((one) => one.rebuildId === rebuildId);
    return assigned.map(({ requestId }) => requestId);
  }

  private async finish(requestId: string): Promise<void> {
    while (await this.advance(requestId));
  }

  /** Takes the next step of a request. @returns false when there is none now */
  private advance(requestId: string): Promise<boolean> {
    return this.inTurn(requestId, async () => {
      const state = this.parts.book.get(requestId);
      const step = nextStep(state);
      if (step === undefined || step === 'assign') return false;
      return this.parts.setbacks.watch([requestId], async () => {
        if (await this.isStopped(step, state)) return false;
        this.observe(requestId, step, 'before');
        await this.traces.within(requestId, () => this.tracedStep(step, state));
        await this.journal(requestId);
        this.observe(requestId, step, 'after');
        return true;
      });
    });
  }

  /** Before the next step: what the journal does not hold yet, an opening adds (DestructionJournal.catchUp). */
  private async journal(requestId: string): Promise<void> {
    const { kind, status } = this.parts.book.get(requestId);
    if (isDestructive(kind) && JOURNALLED.has(status)) await this.parts.journal?.record(requestId);
  }

  private async tracedStep(step: RequestStep, state: RequestState): Promise<void> {
    const { requestId } = state;
    await traced(`request.${step}`, { 'lacuna.request.id': requestId }, () => this.perform(state));
    if (step === 'close') this.traces.end(requestId);
  }

  private async isStopped(step: RequestStep, state: RequestState): Promise<boolean> {
    if (step === 'close') return !(await this.areRecipientsTold(state));
    if (step !== 'erase' && step !== 'destroy-keys') return false;
    if ((await this.parts.gate.stops(state)) === undefined) return false;
    if (state.status === 'assigned' && state.unlearnedAt === undefined) await this.noteUnlearned(state);
    return true;
  }

  /** So that what serves need not leave out the shards for as long as a hold or a grace window lasts. */
  private async noteUnlearned({ requestId }: RequestState): Promise<void> {
    const { book, now } = this.parts;
    await book.record({ type: 'RecordsUnlearned', data: { requestId, unlearnedAt: now() } });
  }

  private async areRecipientsTold(state: RequestState): Promise<boolean> {
    const { notices } = this.parts;
    if (state.status !== 'certified' && state.status !== 'fulfilled') return true;
    await notices.release(state.requestId);
    return notices.recipientsOf(state.requestId).every((id) => state.recipients[id] !== undefined);
  }

  private async perform(state: RequestState): Promise<RequestState> {
    const { book, notices, subjects, now } = this.parts;
    const { requestId } = state;
    switch (state.status) {
      case 'submitted':
        return book.record({
          type: 'IdentityVerified',
          data: {
            requestId,
            method: state.identity === 'awaited' ? 'operator-attested' : state.identity,
            verifiedAt: now(),
          },
        });
      case 'verified':
        return this.accept(state);
      case 'accepted':
        return nextStep(state) === 'prepare'
          ? book.record({ type: 'ExportPrepared', data: { requestId, preparedAt: now() } })
          : this.quarantine(state);
      case 'assigned':
        return state.kind === 'restriction' ? this.restrict(state) : this.erase(state);
      case 'erased':
        return this.destroyKeys(state);
      case 'shredded': {
        await subjects.settled(); // nothing that is rebuilt from events may outlive them when that is certified
        const issued = await this.parts.certificates.issue(state, notices.groupsOf(requestId));
        return book.record({ type: 'CertificateIssued', data: { requestId, ...issued, issuedAt: now() } });
      }
      case 'reversing':
        return state.outOfUse !== undefined
          ? this.release(state)
          : this.close(state, state.reversed === 'lifted' ? 'completed' : 'cancelled');
      case 'released':
        return this.close(state, state.reversed === 'lifted' ? 'completed' : 'cancelled');
      case 'refused':
        return this.close(state, 'refused');
      case 'certified':
      case 'prepared':
      case 'fulfilled':
        return this.close(state, 'completed');
      case 'quarantined':
      case 'restricted':
      case 'closed':
      case 'closed-refused':
      case 'closed-answered':
      case 'closed-cancelled':
      case 'expired':
        throw new TypeError(`a request that is ${state.status} has no step of its own`);
    }
  }

  private async close(
    { requestId }: RequestState,
    outcome: 'completed' | 'refused' | 'cancelled',
  ): Promise<RequestState> {
    const { book, now } = this.parts;
    return book.record({ type: 'RequestClosed', data: { requestId, outcome, closedAt: now() } });
  }

  private async accept(state: RequestIn<'verified'>): Promise<RequestState> {
    const { book, subjects, vault, hmac, now } = this.parts;
    const records = await this.recordsFor(state);
    const categories = await subjects.categoriesOf(new Set(records.map(({ item }) => item)));
    const labelKeyName = keyNames.label(state.subject);
    const command = {
      now: now(),
      records,
      subjectStatus: await this.subjectStatus(state),
      scope: scopeOf(vault, state),
      labelKey: vault.keyState(labelKeyName) === 'live' ? vault.key(labelKeyName) : undefined,
      categoriesOf: (item: string) => categories.get(item) ?? [],
      hmac,
    };
    return book.record(acceptRequest(command, state));
  }

  /**
   * What is present for a request: what is restricted can still be asked to be erased, and so can what was kept from an earlier erasure; what
   * another request is about to destroy cannot.
   */
  private async recordsFor({ requestId, subject, kind }: RequestState): Promise<readonly StoredRecord[]> {
    const { book, subjects } = this.parts;
    const others = book.ofSubject(subject).filter((other) => other.requestId !== requestId);
    if (!isDestructive(kind) || !others.some(isWithholding)) return subjects.records(subject);
    const going = new Set(others.filter((other) => isDestructive(other.kind)).flatMap(outOfUse));
    return (await subjects.stored(subject)).filter(({ label }) => !going.has(toBase64Url(label)));
  }

  /** A person of whom something is only held back is there for whoever asks for its erasure. */
  private async subjectStatus({ requestId, subject }: RequestState): Promise<AcceptRequest['subjectStatus']> {
    const { book, subjects } = this.parts;
    const status = await subjects.status(subject);
    if (status === 'restricted') return 'active';
    if (status !== 'erasing') return status;
    const isBeingErased = book
      .ofSubject(subject)
      .some((other) => other.requestId !== requestId && other.kind === 'erasure' && isHoldingBack(other));
    return isBeingErased ? 'erasing' : 'active';
  }

  /** An erasure takes what was recorded since it was accepted, too: from here on nothing more is admitted. */
  private async quarantine(state: RequestIn<'accepted'>): Promise<RequestState> {
    const { requestId, subject, kind, labels, retained } = state;
    const present = isAboutPerson(kind) ? await this.recordsFor(state) : [];
    const all = new Set([...labels, ...retained, ...present.map(({ label }) => toBase64Url(label))]);
    return this.parts.book.record({
      type: 'RecordsQuarantined',
      data: { requestId, subject, kind, labels: [...all].sort() },
    });
  }

  /** Of a request that was taken back, or a restriction that was lifted. */
  private async release(state: RequestIn<'reversing'>): Promise<RequestState> {
    const { requestId, subject, kind, outOfUse: labels = [] } = state;
    const releasedAt = this.parts.now();
    return this.parts.book.record({
      type: 'RecordsReleased',
      data: { requestId, subject, kind, labels, releasedAt },
    });
  }

  private async restrict(state: RequestIn<'assigned'>): Promise<RequestState> {
    const { book, notices, now } = this.parts;
    const { requestId } = state;
    await notices.prepare(state);
    await notices.release(requestId);
    return book.record({ type: 'ProcessingRestricted', data: { requestId, restrictedAt: now() } });
  }

  private async erase(state: RequestIn<'assigned'>): Promise<RequestState> {
    const { book, shredder, notices, now } = this.parts;
    const { requestId, subject, labels, coarseLabels, retained } = state;
    await notices.prepare(state);
    const removed =
      state.kind === 'erasure' && retained.length === 0
        ? await shredder.removeSubject(subject)
        : await shredder.removeRecords(subject, new Set(labels));
    return book.record({
      type: 'RecordsErased',
      data: { requestId, subject, labels, coarseLabels, ...removed, erasedAt: now() },
    });
  }

  private async destroyKeys(state: RequestIn<'erased'>): Promise<RequestState> {
    const { book, shredder, now } = this.parts;
    const { requestId, subject } = state;
    const keys = shredder.keysOf(subject, state);
    const destroyedAt = now();
    shredder.destroyKeys(keys, destroyedAt);
    return book.record({ type: 'KeyDestroyed', data: { requestId, keys, destroyedAt } });
  }

  private observe(requestId: string, step: RequestStep | 'rebuild', when: 'before' | 'after'): void {
    this.parts.observe?.(requestId, step, when);
  }
}

/** From here on nobody may lose the request; and from here on, the proof that it was carried out. */
const JOURNALLED: ReadonlySet<RequestState['status']> = new Set(['quarantined', 'certified']);
const AFTER_REBUILD = ['assigned', 'erased', 'shredded', 'certified'] as const;
const UNLEARNING: ReadonlySet<RequestStep> = new Set([
  'assign',
  'restrict',
  'erase',
  'destroy-keys',
  'certify',
]);

/** Whether its next step belongs to the unlearning lane. */
function isUnlearning(state: RequestState): boolean {
  const step = nextStep(state);
  return step !== undefined && UNLEARNING.has(step);
}

function isIntake(state: RequestState): boolean {
  return nextStep(state) !== undefined && !isUnlearning(state);
}

/** Restricts the person's data, or keeps some of it from destruction. */
function isWithholding(state: RequestState): boolean {
  return (
    (state.kind === 'restriction' && isHoldingBack(state)) ||
    ('retained' in state && state.retained.length > 0)
  );
}
