import type { RequestState } from '#libs/erasure';
import type { ResultLink } from './result-links.js';

/** Exercise status object (DRP 1.0 §3.03). */
export interface DrpStatus {
  readonly request_id: string;
  readonly agent_request_id?: string;
  readonly received_at: string;
  readonly expected_by: string;
  readonly status: 'open' | 'in_progress' | 'fulfilled' | 'revoked' | 'denied' | 'expired';
  readonly reason?: 'no_match' | 'claim_not_covered' | 'insuf_verification' | 'other';
  readonly processing_details?: string;
  readonly results_url?: string;
  /** Of the link: of what is kept about the request nothing is forgotten then. */
  readonly expires_at?: string;
}

/** Our state in the words of the protocol (DRP 1.0 §3.02). */
export function drpStatusOf(state: RequestState, agentRequestId?: string, results?: ResultLink): DrpStatus {
  return {
    request_id: state.requestId,
    ...(agentRequestId !== undefined && { agent_request_id: agentRequestId }),
    received_at: state.receivedAt,
    expected_by: state.dueAt,
    ...progressOf(state),
    ...(results && { results_url: results.url, expires_at: results.expiresAt }),
  };
}

function progressOf(state: RequestState): Pick<DrpStatus, 'status' | 'reason' | 'processing_details'> {
  switch (state.status) {
    case 'submitted':
      return { status: 'open' };
    case 'closed':
    case 'closed-answered':
      return { status: 'fulfilled' };
    case 'closed-cancelled':
    case 'reversing':
    case 'released':
      return { status: 'revoked' };
    case 'expired':
      return { status: 'expired' };
    case 'refused':
    case 'closed-refused':
      return { status: 'denied', ...denialOf(state.reason) };
    default:
      return {
        status: 'in_progress',
        ...(state.extendedAt !== undefined && { processing_details: 'The time to answer was extended.' }),
      };
  }
}

function denialOf(reason: string): Pick<DrpStatus, 'reason' | 'processing_details'> {
  if (reason === 'SUBJECT_UNKNOWN' || reason === 'SUBJECT_ALREADY_ERASED')
    return { reason: 'no_match', processing_details: 'Nothing is stored about this person.' };
  return {
    reason: 'claim_not_covered',
    processing_details: 'The request was refused; the person has the grounds.',
  };
}
