import { isInReview, type RequestState } from '#libs/erasure';
import { assertNever } from '#libs/essentials';
import type { RequestPhase } from '#libs/portal-contract';

/** How far a request has come, in the words of the people who wait for it. */
export function phaseOf(state: RequestState, isHeld: boolean): RequestPhase {
  if (state.suspendedSince !== undefined && (state.status === 'submitted' || state.status === 'verified'))
    return 'awaiting-identity';
  switch (state.status) {
    case 'submitted':
    case 'verified':
      return isInReview(state) ? 'in-review' : 'in-progress';
    case 'accepted':
    case 'quarantined':
    case 'assigned':
    case 'erased':
      return isHeld ? 'on-hold' : 'in-progress';
    case 'shredded':
    case 'certified':
    case 'prepared':
    case 'fulfilled':
      return 'in-progress';
    case 'restricted':
      return 'restricted';
    case 'refused':
    case 'closed-refused':
      return 'refused';
    case 'reversing':
    case 'released':
      return state.reversed === 'cancelled' ? 'cancelled' : 'in-progress';
    case 'closed':
    case 'closed-answered':
      return 'completed';
    case 'closed-cancelled':
      return 'cancelled';
    case 'expired':
      return 'expired';
    default:
      return assertNever(state);
  }
}
