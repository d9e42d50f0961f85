import type {
  Actor,
  DataOf,
  IdentityMethod,
  LegalGround,
  RefusedCategory,
  Regime,
  RequestChannel,
  RequestEvent,
  RequestKind,
  Sealed,
} from '#libs/contracts';
import { assertNever } from '#libs/essentials';
import { refuseUnknownEvent } from '#libs/messaging';
import { shiftedBy, standsStillInDoubt } from './clock.js';
import { dueDate } from './deadline.js';
import { ErasureError } from './erasure-error.js';

export interface Approval {
  readonly by: Actor;
  readonly at: string;
}

/** How far a recipient of the data (GDPR Art. 19) has been told. */
export type RecipientState = 'notified' | 'acknowledged' | 'given-up';

interface Submission {
  readonly requestId: string;
  readonly subject: string;
  readonly kind: RequestKind;
  readonly ground: LegalGround;
  readonly channel: RequestChannel;
  readonly regime: Regime;
  readonly scope: Sealed | undefined;
  /** Present when a receipt was asked for. */
  readonly receiptRecipient?: Sealed;
  readonly statement?: Sealed;
  readonly receivedAt: string;
  /** `awaited` until somebody has shown who they are. */
  readonly identity: IdentityMethod | 'awaited';
  readonly expiresAt?: string;
  readonly filedBy?: Actor;
  readonly approvalsNeeded: number;
  readonly approvals: readonly Approval[];
  /** What staff have refused of it. */
  readonly refused: readonly RefusedCategory[];
  readonly graceSeconds: number;
  readonly followKeySha256?: string;
  /** When the time to answer began: the receipt, later by as long as it stood still. */
  readonly clockFrom: string;
  readonly dueAt: string;
  readonly extendedAt?: string;
  /** Set while the time stands still, because nobody knows yet who asks. */
  readonly suspendedSince?: string;
  /** The last light of which somebody was told. */
  readonly escalated?: 'amber' | 'red';
  readonly recipients: Readonly<Record<string, RecipientState>>;
}

interface Acceptance extends Submission {
  readonly acceptedAt: string;
  readonly labels: readonly string[];
  readonly coarseLabels: readonly string[];
  /** Out of use with the others, but not to be destroyed. */
  readonly retained: readonly string[];
  readonly graceUntil?: string;
}

interface Assignment extends Acceptance {
  /** null when no published model ever saw the records. */
  readonly rebuildId: string | null;
  /** Set where nothing serves any more that has learned from the records, and their destruction waits for something. */
  readonly unlearnedAt?: string;
}

interface Erasure extends Assignment {
  readonly kept: number;
  readonly generation: number | null;
  readonly tombstonedStreams: readonly string[];
  readonly erasedAt: string;
}

interface KeyDestruction extends Erasure {
  readonly keys: readonly string[];
  readonly destroyedAt: string;
}

interface Certification extends KeyDestruction {
  readonly certificateDigest: string;
  readonly ledgerIndex: number;
  readonly issuedAt: string;
}

interface Restriction extends Assignment {
  readonly restrictedAt: string;
}

interface Reversal extends Submission {
  /** Labels of what is put back into use; absent where nothing was out of use. */
  readonly outOfUse?: readonly string[];
  readonly reversed: 'cancelled' | 'lifted';
}

/** A request, by how far it has come; a status that is not reached has no facts. */
export type RequestState =
  | ({ readonly status: 'submitted' } & Submission)
  | ({ readonly status: 'verified' } & Submission)
  | ({ readonly status: 'refused'; readonly reason: string } & Submission)
  | ({ readonly status: 'accepted' } & Acceptance)
  | ({ readonly status: 'quarantined' } & Acceptance)
  | ({ readonly status: 'assigned' } & Assignment)
  | ({ readonly status: 'erased' } & Erasure)
  | ({ readonly status: 'shredded' } & KeyDestruction)
  | ({ readonly status: 'certified' } & Certification)
  | ({ readonly status: 'restricted' } & Restriction)
  | ({ readonly status: 'prepared'; readonly preparedAt: string } & Acceptance)
  | ({ readonly status: 'fulfilled'; readonly fulfilledAt: string } & Acceptance)
  | ({ readonly status: 'reversing' } & Reversal)
  | ({ readonly status: 'released' } & Reversal)
  | ({ readonly status: 'closed'; readonly closedAt: string } & Certification)
  | ({ readonly status: 'closed-refused'; readonly reason: string; readonly closedAt: string } & Submission)
  | ({ readonly status: 'closed-answered'; readonly closedAt: string } & Submission)
  | ({ readonly status: 'closed-cancelled'; readonly closedAt: string } & Submission)
  | ({ readonly status: 'expired'; readonly closedAt: string } & Submission);

export type RequestStatus = RequestState['status'];
export type RequestIn<Status extends RequestStatus> = Extract<RequestState, { status: Status }>;

/** What the process manager does next with a request; undefined when nothing is left, or it waits for people. */
export type RequestStep =
  | 'verify'
  | 'accept'
  | 'quarantine'
  | 'assign'
  | 'erase'
  | 'destroy-keys'
  | 'certify'
  | 'restrict'
  | 'prepare'
  | 'release'
  | 'close';

/** On which ground a request of a kind is made, by the law that answers it. The CCPA knows no consent to take back, but the right to have records deleted. */
export const GROUND_OF = {
  gdpr: {
    access: 'art-15-access',
    rectification: 'art-16-rectification',
    erasure: 'art-17-1-erasure',
    restriction: 'art-18-restriction',
    portability: 'art-20-portability',
    objection: 'art-21-objection',
    withdrawal: 'art-7-3-withdrawal-of-consent',
  },
  ccpa: {
    access: 'ccpa-110-know',
    rectification: 'ccpa-106-correct',
    erasure: 'ccpa-105-delete',
    restriction: 'ccpa-121-limit',
    portability: 'ccpa-130-portable-format',
    objection: 'ccpa-120-opt-out',
    withdrawal: 'ccpa-105-delete',
  },
} as const satisfies Readonly<Record<Regime, Readonly<Record<RequestKind, LegalGround>>>>;

/** Kinds whose records are unlearned and destroyed. */
export type DestructiveKind = 'withdrawal' | 'erasure' | 'objection';

export function isDestructive(kind: RequestKind): kind is DestructiveKind {
  return kind === 'withdrawal' || kind === 'erasure' || kind === 'objection';
}

/** Kinds that are about everything of a person: nothing more is recorded while their data is out of use. */
export function isAboutPerson(kind: RequestKind): boolean {
  return kind === 'erasure' || kind === 'restriction';
}

/** Kinds that are answered with an export. */
export function isExport(kind: RequestKind): boolean {
  return kind === 'access' || kind === 'portability';
}

export function isClosed(state: RequestState): state is Extract<RequestState, { closedAt: string }> {
  return 'closedAt' in state;
}

/**
 * Folds one event into a request's state. Never throws and reads no clock; an event out of turn leaves the state as it is, so
 * that a repeated delivery changes nothing.
 */
export function evolveRequest(
  state: RequestState | undefined,
  event: RequestEvent,
): RequestState | undefined {
  if (event.type === 'RequestSubmitted') return state ?? submitted(event.data);
  if (state === undefined) return state;
  switch (event.type) {
    case 'RecipientNotified':
      return told(state, event.data.recipientId, 'notified');
    case 'RecipientAcknowledged': // also of a request that is closed
      return told(state, event.data.recipientId, 'acknowledged');
    case 'RecipientGivenUp':
      return told(state, event.data.recipientId, 'given-up');
    default:
      return isClosed(state) ? state : evolveOpen(state, event);
  }
}

type RecipientEvent = Extract<
  RequestEvent,
  { type: 'RecipientNotified' | 'RecipientAcknowledged' | 'RecipientGivenUp' }
>;

function evolveOpen(
  state: Open,
  event: Exclude<RequestEvent, RecipientEvent | { type: 'RequestSubmitted' }>,
): RequestState {
  switch (event.type) {
    case 'IdentityVerified':
      return verified(state, event.data);
    case 'RequestApproved':
      return state.status === 'verified'
        ? { ...state, approvals: [...state.approvals, { by: event.data.by, at: event.data.approvedAt }] }
        : state;
    case 'CategoriesRefused':
      // What was approved before was another request.
      return state.status === 'verified'
        ? { ...state, approvals: [], refused: [...state.refused, ...event.data.refused] }
        : state;
    case 'DeadlineExtended':
      return { ...state, dueAt: event.data.dueAt, extendedAt: event.data.extendedAt };
    case 'IdentityDoubted':
      return state.suspendedSince === undefined ? { ...state, suspendedSince: event.data.doubtedAt } : state;
    case 'IdentitySettled':
      return runningAgain(state, event.data.settledAt, event.data.dueAt);
    case 'EscalationRaised':
      return { ...state, escalated: event.data.light };
    case 'RequestAccepted':
      return accepted(state, event.data);
    case 'RequestRefused':
      return state.status === 'submitted' || state.status === 'verified' || state.status === 'accepted'
        ? {
            ...base(state),
            status: 'refused',
            reason: event.data.reason,
            refused: event.data.refused ?? state.refused,
          }
        : state;
    case 'RequestCancelled':
      return isDestroyed(state) ? state : reversing(state, 'cancelled');
    case 'RequestExpired':
      return state.status === 'submitted'
        ? { ...state, status: 'expired', closedAt: event.data.expiredAt }
        : state;
    case 'RecordsQuarantined':
      return quarantined(state, event.data);
    case 'RecordsReleased':
      return state.status === 'reversing' ? { ...state, status: 'released' } : state;
    case 'RebuildAssigned':
      // Assigned anew when the rebuild came to nothing.
      return state.status === 'quarantined' || state.status === 'assigned'
        ? { ...state, status: 'assigned', rebuildId: event.data.rebuildId }
        : state;
    case 'RecordsUnlearned':
      return state.status === 'assigned' ? { ...state, unlearnedAt: event.data.unlearnedAt } : state;
    case 'RecordsErased': {
      if (state.status !== 'assigned') return state;
      const { kept, generation, tombstonedStreams, erasedAt } = event.data;
      return { ...state, status: 'erased', kept, generation, tombstonedStreams, erasedAt };
    }
    case 'KeyDestroyed':
      return state.status === 'erased'
        ? { ...state, status: 'shredded', keys: event.data.keys, destroyedAt: event.data.destroyedAt }
        : state;
    case 'CertificateIssued': {
      if (state.status !== 'shredded') return state;
      const { certificateDigest, ledgerIndex, issuedAt } = event.data;
      return { ...state, status: 'certified', certificateDigest, ledgerIndex, issuedAt };
    }
    case 'ProcessingRestricted':
      return state.status === 'assigned' && state.kind === 'restriction'
        ? { ...state, status: 'restricted', restrictedAt: event.data.restrictedAt }
        : state;
    case 'RestrictionLifted':
      return state.status === 'restricted' ? reversing(state, 'lifted') : state;
    case 'ExportPrepared':
      return state.status === 'accepted'
        ? { ...state, status: 'prepared', preparedAt: event.data.preparedAt }
        : state;
    case 'RequestFulfilled':
      return state.status === 'accepted'
        ? { ...state, status: 'fulfilled', fulfilledAt: event.data.fulfilledAt }
        : state;
    case 'RequestClosed':
      return closed(state, event.data.closedAt);
    default:
      return refuseUnknownEvent(event);
  }
}

function submitted(data: DataOf<'RequestSubmitted'>): RequestIn<'submitted'> {
  const { requestId, subject, kind, ground, channel, scope, receivedAt } = data;
  const { receiptRecipient, statement, expiresAt, filedBy, followKeySha256 } = data;
  const identity = data.identity ?? 'operator-attested';
  return {
    status: 'submitted',
    requestId,
    subject,
    kind,
    ground,
    channel,
    regime: data.regime ?? 'gdpr',
    scope,
    ...(receiptRecipient !== undefined && { receiptRecipient }),
    ...(statement !== undefined && { statement }),
    receivedAt,
    identity,
    ...(expiresAt !== undefined && { expiresAt }),
    ...(filedBy !== undefined && { filedBy }),
    approvalsNeeded: data.approvals ?? 0,
    approvals: [],
    refused: [],
    graceSeconds: data.graceSeconds ?? 0,
    ...(followKeySha256 !== undefined && { followKeySha256 }),
    clockFrom: receivedAt,
    dueAt: data.dueAt ?? dueDate(receivedAt),
    ...(identity === 'awaited' && { suspendedSince: receivedAt }),
    recipients: {},
  };
}

type Open = Exclude<RequestState, { closedAt: string }>;

function verified(state: Open, { method, verifiedAt, dueAt }: DataOf<'IdentityVerified'>): RequestState {
  if (state.status !== 'submitted') return state;
  const running = dueAt === undefined ? state : runningAgain(state, verifiedAt, dueAt);
  return { ...running, status: 'verified', identity: method };
}

/** When the time began to run, when it is clear who asks: what it stood still is added. */
export function clockFromAfter(
  { clockFrom, regime, suspendedSince }: Pick<RequestState, 'clockFrom' | 'regime' | 'suspendedSince'>,
  settledAt: string,
): string {
  if (suspendedSince === undefined || !standsStillInDoubt(regime)) return clockFrom;
  return shiftedBy(clockFrom, { since: suspendedSince, until: settledAt });
}

/** The time runs on where it stood still. */
function runningAgain<State extends Open>(state: State, at: string, dueAt: string): State {
  const { suspendedSince, ...running } = state;
  if (suspendedSince === undefined) return state;
  return { ...running, clockFrom: clockFromAfter(state, at), dueAt } as State;
}

function accepted(state: Open, data: DataOf<'RequestAccepted'>): RequestState {
  if (state.status !== 'verified') return state;
  const { acceptedAt, dueAt, labels, coarseLabels, retained = [], graceUntil } = data;
  const grace = graceUntil !== undefined && { graceUntil };
  return { ...state, status: 'accepted', acceptedAt, dueAt, labels, coarseLabels, retained, ...grace };
}

/** An erasure may find more records than were there when it was accepted. */
function quarantined(state: Open, { labels }: DataOf<'RecordsQuarantined'>): RequestState {
  if (state.status !== 'accepted') return state;
  const retained = new Set(state.retained);
  return { ...state, status: 'quarantined', labels: labels.filter((label) => !retained.has(label)) };
}

function isDestroyed({ status }: Open): boolean {
  return (
    status === 'erased' ||
    status === 'shredded' ||
    status === 'certified' ||
    status === 'reversing' ||
    status === 'released' ||
    status === 'restricted'
  );
}

function reversing(state: Open, reversed: Reversal['reversed']): RequestState {
  const isOutOfUse =
    state.status === 'quarantined' || state.status === 'assigned' || state.status === 'restricted';
  return {
    ...base(state),
    status: 'reversing',
    ...(isOutOfUse && { outOfUse: outOfUse(state) }),
    reversed,
  };
}

/** Labels that a request has put out of use and not destroyed, in their order. */
export function outOfUse(state: RequestState): readonly string[] {
  switch (state.status) {
    case 'quarantined':
    case 'assigned':
    case 'restricted':
      return [...state.labels, ...state.retained].sort();
    case 'reversing':
      return state.outOfUse ?? [];
    default:
      return [];
  }
}

/** Whether the person's data was put out of use as a whole by this request, and still is. */
export function isHoldingBack(state: RequestState): boolean {
  return (
    isAboutPerson(state.kind) &&
    (state.status === 'quarantined' ||
      state.status === 'assigned' ||
      state.status === 'restricted' ||
      (state.status === 'reversing' && state.outOfUse !== undefined))
  );
}

function told(state: RequestState, recipientId: string, how: RecipientState): RequestState {
  if (state.recipients[recipientId] === 'acknowledged') return state;
  return { ...state, recipients: { ...state.recipients, [recipientId]: how } };
}

function closed(state: Open, closedAt: string): RequestState {
  switch (state.status) {
    case 'certified':
      return { ...state, status: 'closed', closedAt };
    case 'refused':
      return { ...state, status: 'closed-refused', closedAt };
    case 'prepared':
    case 'fulfilled':
      return { ...base(state), status: 'closed-answered', closedAt };
    case 'restricted':
      return { ...base(state), status: 'closed-answered', closedAt }; // the person was erased since
    case 'reversing':
    case 'released':
      return {
        ...base(state),
        status: state.reversed === 'lifted' ? 'closed-answered' : 'closed-cancelled',
        closedAt,
      };
    default:
      return state;
  }
}

const SUBMISSION = [
  ...(['requestId', 'subject', 'kind', 'ground', 'channel', 'regime', 'scope', 'receiptRecipient'] as const),
  ...([
    'statement',
    'receivedAt',
    'identity',
    'expiresAt',
    'filedBy',
    'approvalsNeeded',
    'approvals',
  ] as const),
  ...(['refused', 'graceSeconds', 'followKeySha256', 'clockFrom', 'dueAt', 'extendedAt'] as const),
  ...(['suspendedSince', 'escalated', 'recipients'] as const),
] satisfies readonly (keyof Submission)[];

/** What is true of every request, without what belongs to how far it has come. */
function base(state: RequestState): Submission {
  const known: Partial<Record<keyof Submission, unknown>> = {};
  for (const name of SUBMISSION) if (state[name] !== undefined) known[name] = state[name];
  return known as Submission;
}

/** What follows from the state alone; what a legal hold, a grace window or recipients keep waiting, the process manager finds out. */
export function nextStep(state: RequestState): RequestStep | undefined {
  switch (state.status) {
    case 'submitted':
      return state.identity === 'awaited' ? undefined : 'verify';
    case 'verified':
      return isInReview(state) || state.suspendedSince !== undefined ? undefined : 'accept';
    case 'accepted':
      if (state.kind === 'rectification') return undefined; // staff correct, and say so
      return isExport(state.kind) ? 'prepare' : 'quarantine';
    case 'quarantined':
      return 'assign';
    case 'assigned':
      return state.kind === 'restriction' ? 'restrict' : 'erase';
    case 'erased':
      return 'destroy-keys';
    case 'shredded':
      return 'certify';
    case 'reversing':
      return state.outOfUse === undefined ? 'close' : 'release';
    case 'certified':
    case 'prepared':
    case 'fulfilled':
    case 'released':
    case 'refused':
      return 'close';
    case 'restricted': // until it is lifted
    case 'closed':
    case 'closed-refused':
    case 'closed-answered':
    case 'closed-cancelled':
    case 'expired':
      return undefined;
    default:
      return assertNever(state);
  }
}

/** Whether it waits for approval. */
export function isInReview(state: RequestState): boolean {
  return state.status === 'verified' && state.approvals.length < state.approvalsNeeded;
}

/** Narrows a state to the status a step needs. @throws ErasureError with the code that names what is missing. */
export function requireStatus<Status extends RequestStatus>(
  state: RequestState,
  status: Status,
): RequestIn<Status> {
  if (state.status !== status)
    throw new ErasureError(
      status === 'verified' ? 'REQUEST_NOT_VERIFIED' : 'REQUEST_NOT_SUBMITTED',
      `the request is ${state.status}, not ${status}`,
      {
        facts: { requestId: state.requestId, status: state.status },
      },
    );
  return state as RequestIn<Status>;
}
