import type { ExtensionReason, HoldReason, HoldTarget, RefusedCategory, RequestEvent } from '#libs/contracts';
import {
  approve,
  cancel,
  doubtIdentity,
  escalate,
  expire,
  extend,
  fulfil,
  isClosed,
  liftRestriction,
  refuse,
  settleIdentity,
  verifyIdentity,
  type HoldState,
  type RequestState,
} from '#libs/erasure';
import type { DestructionGate } from './destruction-gate.js';
import type { HoldBook } from './hold-book.js';
import type { RequestBook } from './request-book.js';
import type { RequestPolicy } from './request-policy.js';
import type { RequestProcess } from './request-process.js';

export interface RequestDeskParts {
  readonly book: RequestBook;
  readonly holds: HoldBook;
  readonly gate: DestructionGate;
  readonly process: RequestProcess;
  readonly policy: RequestPolicy;
  /** ISO 8601. */
  readonly now: () => string;
  readonly onFailure: (reason: unknown) => void;
}

/** What a member of staff, the person, or the time that passes does to a request. `by` is a pseudonym. */
export class RequestDesk {
  constructor(private readonly parts: RequestDeskParts) {}

  /** @throws ErasureError as `approve` of libs/erasure does; so do the others */
  approve(requestId: string, by: string, confirmation?: string): Promise<RequestState> {
    return this.act(requestId, (state, now) => approve({ by, now, confirmation }, state));
  }

  refuse(requestId: string, by: string, refused: readonly RefusedCategory[]): Promise<RequestState> {
    return this.act(requestId, (state, now) => refuse({ by, now, refused }, state));
  }

  extend(requestId: string, by: string, reasons: readonly ExtensionReason[]): Promise<RequestState> {
    const { calendar } = this.parts.policy;
    return this.act(requestId, (state, now) => extend({ by, now, reasons, calendar }, state));
  }

  doubtIdentity(requestId: string, by: string): Promise<RequestState> {
    return this.act(requestId, (state, now) => doubtIdentity({ by, now }, state));
  }

  /** Of a person in doubt; or of one who has shown nothing yet, and whom staff know. */
  settleIdentity(requestId: string, by: string): Promise<RequestState> {
    const { calendar } = this.parts.policy;
    return this.act(requestId, (state, now) =>
      state.status === 'submitted' && state.identity === 'awaited'
        ? verifyIdentity({ method: 'operator-attested', now, calendar }, state)
        : settleIdentity({ by, now, calendar }, state),
    );
  }

  cancel(requestId: string, by: string): Promise<RequestState> {
    return this.act(requestId, (state, now) => cancel({ by, now }, state));
  }

  /** Reports that a correction was made. */
  fulfil(requestId: string, by: string): Promise<RequestState> {
    return this.act(requestId, (state, now) => fulfil({ by, now }, state));
  }

  liftRestriction(requestId: string, by: string): Promise<RequestState> {
    return this.act(requestId, (state, now) => liftRestriction({ by, now }, state));
  }

  /** What has become of the notice to one recipient of the data. */
  async recipientTold(told: {
    readonly requestId: string;
    readonly recipientId: string;
    readonly outcome: 'delivered' | 'acknowledged' | 'given-up';
  }): Promise<RequestState> {
    const { requestId, recipientId } = told;
    return this.act(requestId, (_, now): RequestEvent => {
      switch (told.outcome) {
        case 'delivered':
          return { type: 'RecipientNotified', data: { requestId, recipientId, notifiedAt: now } };
        case 'acknowledged':
          return { type: 'RecipientAcknowledged', data: { requestId, recipientId, acknowledgedAt: now } };
        case 'given-up':
          return { type: 'RecipientGivenUp', data: { requestId, recipientId, givenUpAt: now } };
      }
    });
  }

  /** Keeps a person or a category from being destroyed; requests that it stops are known when this resolves. */
  async placeHold(holdId: string, target: HoldTarget, reason: HoldReason, by: string): Promise<HoldState> {
    const hold = await this.parts.holds.place({ holdId, target, reason, by, now: this.parts.now() });
    await this.lookForHolds();
    return hold;
  }

  /** What it stopped goes on. @throws ErasureError HOLD_UNKNOWN, HOLD_RELEASED_ALREADY */
  async releaseHold(holdId: string, by: string): Promise<HoldState> {
    const hold = await this.parts.holds.release(holdId, by, this.parts.now());
    await this.lookForHolds();
    this.goOn();
    return hold;
  }

  holds(): HoldState[] {
    return this.parts.holds.all();
  }

  /** Ids of the open requests that a hold stops. */
  stoppedBy({ holdId }: HoldState): string[] {
    return this.parts.book
      .all()
      .filter((state) => this.holdsOn(state).includes(holdId))
      .map(({ requestId }) => requestId);
  }

  /** Ids of the holds that stop a request, as they were found last. */
  holdsOn(state: RequestState): readonly string[] {
    return this.parts.gate.lastFound(state);
  }

  /** What the time that has passed has brought about: requests expire, lights change, grace windows end. To be called now and then. */
  async tick(): Promise<void> {
    const { book, policy, now, process } = this.parts;
    for (const { requestId } of book.all()) {
      const state = book.get(requestId);
      if (isClosed(state)) continue;
      const at = now();
      if (expire(at, state) ?? escalate(state, at, policy.amberShare))
        await process.inTurn(requestId, () => this.passTime(requestId));
    }
    if (await process.hasWork()) await process.unlearn();
  }

  /** So that holds on categories are known for the list of requests. To be called at the start. */
  async lookForHolds(): Promise<void> {
    for (const state of this.parts.book.all()) await this.parts.gate.holdsOn(state);
  }

  private async passTime(requestId: string): Promise<void> {
    const { book, policy, now } = this.parts;
    const state = book.get(requestId);
    const event = expire(now(), state) ?? escalate(state, now(), policy.amberShare);
    if (event !== undefined) await book.record(event);
  }

  private async act(
    requestId: string,
    decide: (state: RequestState, now: string) => RequestEvent,
  ): Promise<RequestState> {
    const { book, process, now } = this.parts;
    await process.inTurn(requestId, () => book.record(decide(book.get(requestId), now())));
    const state = await process.takeIn(requestId);
    if (!isClosed(state)) this.goOn();
    return book.get(requestId);
  }

  /** In its own time: whoever acted need not wait for a rebuild. */
  private goOn(): void {
    const { process, onFailure } = this.parts;
    process
      .hasWork()
      .then((hasWork) => (hasWork ? process.unlearn() : undefined))
      .catch(onFailure);
  }
}
