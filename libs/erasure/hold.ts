import type { Actor, DataOf, HoldEvent, HoldReason, HoldTarget } from '#libs/contracts';
import { refuseUnknownEvent } from '#libs/messaging';
import { ErasureError } from './erasure-error.js';

/** A legal hold: what it names is not destroyed until it is released. */
export interface HoldState {
  readonly holdId: string;
  readonly target: HoldTarget;
  readonly reason: HoldReason;
  readonly placedAt: string;
  readonly placedBy: Actor;
  readonly releasedAt?: string;
}

export function evolveHold(state: HoldState | undefined, event: HoldEvent): HoldState | undefined {
  switch (event.type) {
    case 'LegalHoldPlaced': {
      const { by: placedBy, ...data } = event.data;
      return state ?? { ...data, placedBy };
    }
    case 'LegalHoldReleased':
      return state && { ...state, releasedAt: state.releasedAt ?? event.data.releasedAt };
    default:
      return refuseUnknownEvent(event);
  }
}

/** @throws ErasureError HOLD_UNKNOWN, HOLD_RELEASED_ALREADY */
export function releaseHold(
  { holdId, by, now }: { readonly holdId: string; readonly by: Actor; readonly now: string },
  state: HoldState | undefined,
): { type: 'LegalHoldReleased'; data: DataOf<'LegalHoldReleased'> } {
  if (state === undefined)
    throw new ErasureError('HOLD_UNKNOWN', 'there is no legal hold of that id', {
      facts: { holdId },
      nextStep: 'List the holds: `lacuna requests holds`, or GET /v1/holds.',
    });
  if (state.releasedAt !== undefined)
    throw new ErasureError('HOLD_RELEASED_ALREADY', 'the legal hold was released before', {
      facts: { holdId },
      nextStep: 'There is nothing more to do; place another one where it is needed.',
    });
  return { type: 'LegalHoldReleased', data: { holdId, by, releasedAt: now } };
}

/** What may not be destroyed: a person, and items of these categories. */
export interface HeldMatter {
  readonly subject: string;
  /** Of the items whose records would be destroyed. */
  readonly categories: ReadonlySet<string>;
}

export function isHeldBy({ subject, categories }: HeldMatter, { target, releasedAt }: HoldState): boolean {
  if (releasedAt !== undefined) return false;
  return target.kind === 'subject' ? target.subject === subject : categories.has(target.category);
}
