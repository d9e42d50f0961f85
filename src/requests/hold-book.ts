import type { HoldEvent, HoldReason, HoldTarget } from '#libs/contracts';
import {
  ErasureError,
  evolveHold,
  isHeldBy,
  releaseHold,
  type HeldMatter,
  type HoldState,
} from '#libs/erasure';
import { namedEventId, streamNames, type EventStore } from '#libs/messaging';

export interface PlaceHold {
  readonly holdId: string;
  readonly target: HoldTarget;
  readonly reason: HoldReason;
  readonly by: string;
  readonly now: string;
}

/** All legal holds as their events tell them, kept in memory; opened from the store, then written through. */
export class HoldBook {
  private readonly states = new Map<string, HoldState>();
  private inForce: readonly HoldState[] = [];

  private constructor(private readonly store: EventStore) {}

  static async open(store: EventStore): Promise<HoldBook> {
    const book = new HoldBook(store);
    for await (const event of store.readAll({ filter: { streamPrefixes: [streamNames.prefixes.hold] } }))
      book.apply(event as unknown as HoldEvent);
    return book;
  }

  place({ holdId, target, reason, by, now }: PlaceHold): Promise<HoldState> {
    return this.record({ type: 'LegalHoldPlaced', data: { holdId, target, reason, by, placedAt: now } });
  }

  /** @throws ErasureError HOLD_UNKNOWN, HOLD_RELEASED_ALREADY */
  release(holdId: string, by: string, now: string): Promise<HoldState> {
    return this.record(releaseHold({ holdId, by, now }, this.states.get(holdId)));
  }

  /** @throws ErasureError HOLD_UNKNOWN */
  get(holdId: string): HoldState {
    const state = this.states.get(holdId);
    if (state === undefined)
      throw new ErasureError('HOLD_UNKNOWN', 'there is no legal hold of that id', {
        facts: { holdId },
        nextStep: 'List the holds: `lacuna requests holds`, or GET /v1/holds.',
      });
    return state;
  }

  /** Newest first. */
  all(): HoldState[] {
    return [...this.states.values()].reverse();
  }

  /** Whether a hold on a category is in force: only then the categories of records matter. */
  holdsCategories(): boolean {
    return this.inForce.some(({ target }) => target.kind === 'category');
  }

  /** Ids of the holds in force that keep this from being destroyed. */
  holding(matter: HeldMatter): string[] {
    return this.inForce.filter((hold) => isHeldBy(matter, hold)).map(({ holdId }) => holdId);
  }

  private async record(event: HoldEvent): Promise<HoldState> {
    const { holdId } = event.data;
    await this.store.append(streamNames.hold(holdId), [{ id: namedEventId(event.type, holdId), ...event }]);
    this.apply(event);
    return this.get(holdId);
  }

  private apply(event: HoldEvent): void {
    const { holdId } = event.data;
    const state = evolveHold(this.states.get(holdId), event);
    if (state !== undefined) this.states.set(holdId, state);
    this.inForce = this.all().filter(({ releasedAt }) => releasedAt === undefined);
  }
}
