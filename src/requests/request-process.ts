import { keyNames, type RequestScope } from '#libs/contracts';
import { acceptRequest, nextStep, type RequestIn, type RequestState, type RequestStep } from '#libs/erasure';
import { fromBase64Url, fromUtf8, toBase64Url, type HmacSha256 } from '#libs/essentials';
import type { Vault } from '#libs/messaging';
import type {
  CertificateIssuer,
  ReceiptSealer,
  RecordShredder,
  SubjectRecords,
  UnlearningRebuilds,
} from './ports.js';
import type { RequestBook } from './request-book.js';
import { scopeContext } from './sealed-fields.js';

export interface RequestProcessParts {
  readonly book: RequestBook;
  readonly vault: Vault;
  readonly subjects: SubjectRecords;
  readonly rebuilds: UnlearningRebuilds;
  readonly shredder: RecordShredder;
  readonly receipts: ReceiptSealer;
  readonly certificates: CertificateIssuer;
  readonly hmac: HmacSha256;
  readonly now: () => string;
  /** Told before each step is taken and after it is durable. */
  readonly observe?: (requestId: string, step: RequestStep | 'rebuild', when: 'before' | 'after') => void;
}

/**
 * The process manager of DESIGN §5: takes every request from submission to its certificate. What to do next follows from the
 * request's events alone, and each step may be repeated, so that a crash at any point costs a repetition and nothing else.
 *
 * Two lanes. Intake (verify, accept, quarantine) runs at once, also while a rebuild is under way, so that data stops being used
 * without waiting. Unlearning (rebuild, erase, destroy keys, certify, close) runs one batch at a time: requests that are
 * quarantined when a rebuild is planned share it.
 */
export class RequestProcess {
  private unlearningLane: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: RequestProcessParts) {}

  /** Takes up every open request where it stopped; resolves when none is open. To be called when the process starts. */
  async resume(): Promise<void> {
    for (const { requestId } of this.parts.book.all()) await this.takeIn(requestId);
    await this.unlearn();
  }

  /** Verify, accept, quarantine (or refuse and close): the data is out of use when this resolves. */
  async takeIn(requestId: string): Promise<RequestState> {
    let state = this.parts.book.get(requestId);
    for (let step = nextStep(state); isIntake(step, state); step = nextStep(state))
      state = await this.take(step, state);
    return state;
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
    } while (failures.length === 0 && this.parts.book.withStatus('quarantined').length > 0);
    if (failures.length > 0) throw failures[0];
  }

  /** Shares one rebuild among all waiting requests; one that an interruption has left is finished first. */
  private async assignToRebuild(failures: unknown[]): Promise<void> {
    const { rebuilds } = this.parts;
    const leftover = await rebuilds.leftover();
    if (leftover !== undefined) {
      await this.assign(leftover.requests, leftover.rebuildId);
      await this.rebuild(leftover.rebuildId);
    }
    const waiting = await this.waiting(failures);
    const affected = await Promise.all(
      waiting.map(async ({ requestId, subject, labels }) => ({
        requestId,
        shards: await rebuilds.affectedShards(subject, labels.map(fromBase64Url)),
      })),
    );
    const toRebuild = affected.filter(({ shards }) => shards.length > 0);
    await this.assign(
      affected.filter(({ shards }) => shards.length === 0).map(({ requestId }) => requestId),
      null,
    );
    if (toRebuild.length === 0) return;
    const requests = toRebuild.map(({ requestId }) => requestId);
    const plan = await rebuilds.plan(requests, [...new Set(toRebuild.flatMap(({ shards }) => shards))]);
    await this.assign(requests, plan.rebuildId);
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
    const quarantined = this.parts.book.withStatus('quarantined');
    const stuck = new Set<string>();
    for (const request of quarantined)
      await this.parts.receipts.seal(request).catch((failure: unknown) => {
        failures.push(failure);
        stuck.add(request.subject);
      });
    return quarantined.filter(({ subject }) => !stuck.has(subject));
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

  private async rebuild(rebuildId: string | null): Promise<void> {
    if ((await this.parts.rebuilds.settle(rebuildId)) || rebuildId === null) return;
    this.observe(rebuildId, 'rebuild', 'before');
    await this.parts.rebuilds.run(rebuildId);
    this.observe(rebuildId, 'rebuild', 'after');
  }

  private async finish(requestId: string): Promise<void> {
    let state = this.parts.book.get(requestId);
    for (let step = nextStep(state); step !== undefined; step = nextStep(state))
      state = await this.take(step, state);
  }

  private async take(step: RequestStep, state: RequestState): Promise<RequestState> {
    this.observe(state.requestId, step, 'before');
    const next = await this.perform(state);
    this.observe(state.requestId, step, 'after');
    return next;
  }

  private async perform(state: RequestState): Promise<RequestState> {
    const { book, now } = this.parts;
    const { requestId } = state;
    switch (state.status) {
      case 'submitted':
        return book.record({
          type: 'IdentityVerified',
          data: { requestId, method: 'operator-attested', verifiedAt: now() },
        });
      case 'verified':
        return this.accept(state);
      case 'accepted':
        return this.quarantine(state);
      case 'assigned':
        return this.erase(state);
      case 'erased':
        return this.destroyKeys(state);
      case 'shredded': {
        const issued = await this.parts.certificates.issue(state);
        return book.record({ type: 'CertificateIssued', data: { requestId, ...issued, issuedAt: now() } });
      }
      case 'certified':
        return book.record({
          type: 'RequestClosed',
          data: { requestId, outcome: 'completed', closedAt: now() },
        });
      case 'refused':
        return book.record({
          type: 'RequestClosed',
          data: { requestId, outcome: 'refused', closedAt: now() },
        });
      case 'quarantined':
      case 'closed':
      case 'closed-refused':
        throw new TypeError(`a request that is ${state.status} has no step of its own`);
    }
  }

  private async accept(state: RequestIn<'verified'>): Promise<RequestState> {
    const { book, subjects, vault, hmac, now } = this.parts;
    const records = await subjects.records(state.subject);
    const categories = await subjects.categoriesOf(new Set(records.map(({ item }) => item)));
    const labelKeyName = keyNames.label(state.subject);
    const command = {
      now: now(),
      records,
      subjectStatus: await subjects.status(state.subject),
      scope: this.openScope(state),
      labelKey: vault.keyState(labelKeyName) === 'live' ? vault.key(labelKeyName) : undefined,
      categoriesOf: (item: string) => categories.get(item) ?? [],
      hmac,
    };
    return book.record(acceptRequest(command, state));
  }

  /** An erasure takes what was recorded since it was accepted, too: from here on nothing more is admitted. */
  private async quarantine({
    requestId,
    subject,
    kind,
    labels,
  }: RequestIn<'accepted'>): Promise<RequestState> {
    const { book, subjects } = this.parts;
    const present = kind === 'erasure' ? await subjects.records(subject) : [];
    const all = new Set([...labels, ...present.map(({ label }) => toBase64Url(label))]);
    return book.record({
      type: 'RecordsQuarantined',
      data: { requestId, subject, kind, labels: [...all].sort() },
    });
  }

  private openScope({ requestId, subject, scope }: RequestIn<'verified'>): RequestScope | undefined {
    if (scope === undefined) return undefined;
    const name = keyNames.profile(subject);
    if (this.parts.vault.keyState(name) !== 'live') return {}; // erased meanwhile: acceptRequest refuses by the subject's status
    return JSON.parse(fromUtf8(this.parts.vault.open(name, scope, scopeContext(requestId)))) as RequestScope;
  }

  private async erase(state: RequestIn<'assigned'>): Promise<RequestState> {
    const { book, shredder, now } = this.parts;
    const { requestId, subject, labels, coarseLabels } = state;
    const removed =
      state.kind === 'erasure'
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

const AFTER_REBUILD = ['assigned', 'erased', 'shredded', 'certified'] as const;
const INTAKE: ReadonlySet<RequestStep> = new Set(['verify', 'accept', 'quarantine']);

function isIntake(step: RequestStep | undefined, state: RequestState): step is RequestStep {
  return step !== undefined && (INTAKE.has(step) || state.status === 'refused');
}
