import {
  NOTHING_TO_DO,
  REFUSAL_GROUNDS,
  type Actor,
  type DataOf,
  type ExtensionReason,
  type IdentityMethod,
  type RefusalGround,
  type RefusedCategory,
  type RequestEvent,
} from '#libs/contracts';
import { dueAt, standsStillInDoubt, type LegalCalendar } from './clock.js';
import { ErasureError } from './erasure-error.js';
import { clockFromAfter, isClosed, isDestructive, isInReview, type RequestState } from './request.js';

/*
 * What people do to a request: each function decides on one command and answers the event, or refuses with a code. Who may try is the
 * matter of roles.
 */

const LOOK_AGAIN = 'Look at the request again: its actions say what can be done now.';

interface Command {
  readonly by: Actor;
  /** ISO 8601. */
  readonly now: string;
}

type Event<Type extends RequestEvent['type']> = Extract<RequestEvent, { type: Type }>;

/** What has to be typed by hand to approve an erasure: never by accident, never for another request. */
export function confirmationOf(requestId: string): string {
  return `ERASE ${requestId.slice(0, 8)}`;
}

/** Callers that nobody stands behind by name: machines with a token, and whoever sits at the operator's terminal. */
const UNNAMED: ReadonlySet<Actor> = new Set(['machine', 'staff-cli']);

/** Whether two may be one pair of eyes: those without a name are not told apart, so that all of them count as one. */
function mayBeOne(one: Actor, other: Actor | undefined): boolean {
  return one === other || (UNNAMED.has(one) && other !== undefined && UNNAMED.has(other));
}

/**
 * Where two decide, both are people with a name: behind one without there may be whoever approved already, or will.
 *
 * @throws ErasureError REQUEST_NOT_IN_REVIEW, IDENTITY_IN_DOUBT, APPROVER_IS_FILER, APPROVER_UNNAMED, APPROVED_ALREADY, CONFIRMATION_MISMATCH
 */
export function approve(
  { by, now, confirmation }: Command & { readonly confirmation?: string },
  state: RequestState,
): Event<'RequestApproved'> {
  const { requestId, kind, filedBy, approvals, approvalsNeeded } = requireInReview(state);
  if (mayBeOne(by, filedBy))
    throw refuseWith('APPROVER_IS_FILER', 'whoever entered a request does not approve it', requestId, {
      nextStep: 'Ask a colleague.',
    });
  if (approvalsNeeded > 1 && UNNAMED.has(by))
    throw refuseWith(
      'APPROVER_UNNAMED',
      'where two approve, each of them is somebody with a name',
      requestId,
      {
        nextStep:
          'Approve at the portal, or with --as USER and your password; the token of a program approves nothing here.',
      },
    );
  if (approvals.some((approval) => approval.by === by))
    throw refuseWith('APPROVED_ALREADY', 'it needs the approval of somebody else', requestId, {
      nextStep: 'Ask a colleague: two people decide.',
    });
  if (kind === 'erasure' && confirmation !== confirmationOf(requestId))
    throw refuseWith('CONFIRMATION_MISMATCH', 'the words that confirm an erasure are missing', requestId, {
      nextStep: `Type ${confirmationOf(requestId)}; an erasure cannot be undone.`,
    });
  return { type: 'RequestApproved', data: { requestId, by, approvedAt: now } };
}

/**
 * Refuses the request, or, of one that destroys, some categories: their records are put out of use with the others and stay.
 * @throws ErasureError REFUSAL_EMPTY, REFUSAL_GROUND_OF_OTHER_LAW, REFUSAL_NOT_PARTIAL, REQUEST_NOT_IN_REVIEW, REQUEST_NOT_OPEN
 */
export function refuse(
  { by, now, refused }: Command & { readonly refused: readonly RefusedCategory[] },
  state: RequestState,
): Event<'RequestRefused' | 'CategoriesRefused'> {
  const { requestId, kind } = state;
  if (refused.length === 0)
    throw refuseWith('REFUSAL_EMPTY', 'a refusal names what is refused, and why', requestId, {
      nextStep: 'Name `everything` or categories, each with its ground.',
    });
  requireGroundsOfLaw(refused, state);
  const whole = refused.some(({ category }) => category === 'everything');
  if (whole) {
    requireRefusable(state);
    const refusal = { requestId, reason: 'REFUSED_IN_REVIEW' as const, refusedAt: now, by, refused };
    return { type: 'RequestRefused', data: refusal };
  }
  if (!isDestructive(kind))
    throw refuseWith('REFUSAL_NOT_PARTIAL', 'a request of this kind is refused as a whole', requestId, {
      nextStep: 'Refuse `everything`, or nothing.',
    });
  requireInReview(state);
  return { type: 'CategoriesRefused', data: { requestId, by, refused, refusedAt: now } };
}

/** GDPR Art. 12(3), Cal. Civ. Code § 1798.130(a)(2)(A): once, inside the first period, with reasons. @throws ErasureError */
export function extend(
  {
    by,
    now,
    reasons,
    calendar,
  }: Command & { readonly reasons: readonly ExtensionReason[]; readonly calendar: LegalCalendar },
  state: RequestState,
): Event<'DeadlineExtended'> {
  const { requestId, clockFrom: from, regime } = requireOpen(state);
  if (reasons.length === 0)
    throw refuseWith('EXTENSION_WITHOUT_REASON', 'the person has to be told why it takes longer', requestId, {
      nextStep: 'Name a reason: complexity, number-of-requests.',
    });
  if (state.extendedAt !== undefined)
    throw refuseWith('EXTENDED_ALREADY', 'the time to answer is extended once', requestId);
  if (standsStill(state)) throw inDoubt(requestId);
  if (now > state.dueAt)
    throw refuseWith(
      'DEADLINE_PASSED',
      'an extension is told before the first time to answer is over',
      requestId,
      {
        nextStep: 'Answer the request now.',
      },
    );
  const due = dueAt({ from, regime, extended: true }, calendar);
  return { type: 'DeadlineExtended', data: { requestId, by, reasons, dueAt: due, extendedAt: now } };
}

/** Nothing is decided until it is clear who asks; under the GDPR the time stands still. @throws ErasureError REQUEST_NOT_OPEN, IDENTITY_IN_DOUBT */
export function doubtIdentity({ by, now }: Command, state: RequestState): Event<'IdentityDoubted'> {
  const { requestId, status } = state;
  if (status !== 'submitted' && status !== 'verified') throw notOpen(state);
  if (state.suspendedSince !== undefined) throw inDoubt(requestId);
  return { type: 'IdentityDoubted', data: { requestId, by, doubtedAt: now } };
}

/** The time runs on. @throws ErasureError IDENTITY_NOT_IN_DOUBT */
export function settleIdentity(
  { by, now, calendar }: Command & { readonly calendar: LegalCalendar },
  state: RequestState,
): Event<'IdentitySettled'> {
  const { requestId, suspendedSince, identity } = state;
  if (isClosed(state) || suspendedSince === undefined || identity === 'awaited')
    throw refuseWith('IDENTITY_NOT_IN_DOUBT', 'nobody has doubted who asks', requestId);
  return {
    type: 'IdentitySettled',
    data: { requestId, by, dueAt: dueAfterPause(state, now, calendar), settledAt: now },
  };
}

/** Somebody has shown to be the person the request is about. @throws ErasureError REQUEST_NOT_OPEN */
export function verifyIdentity(
  {
    method,
    now,
    calendar,
  }: { readonly method: IdentityMethod; readonly now: string; readonly calendar: LegalCalendar },
  state: RequestState,
): Event<'IdentityVerified'> {
  if (state.status !== 'submitted') throw notOpen(state);
  const { requestId, suspendedSince } = state;
  const due = suspendedSince === undefined ? {} : { dueAt: dueAfterPause(state, now, calendar) };
  return { type: 'IdentityVerified', data: { requestId, method, verifiedAt: now, ...due } };
}

/** An unverified request of which nobody has shown to be the person; undefined while there is time. */
export function expire(now: string, state: RequestState): Event<'RequestExpired'> | undefined {
  const { requestId, status, identity, expiresAt } = state;
  if (status !== 'submitted' || identity !== 'awaited' || expiresAt === undefined || now < expiresAt)
    return undefined;
  return { type: 'RequestExpired', data: { requestId, expiredAt: now } };
}

/**
 * Takes a request back, as long as nothing is destroyed; a restriction that is in force is lifted.
 * @throws ErasureError CANCEL_TOO_LATE, REQUEST_NOT_OPEN
 */
export function cancel(
  { by, now }: Command,
  state: RequestState,
): Event<'RequestCancelled' | 'RestrictionLifted'> {
  const { requestId } = requireOpen(state);
  if (state.status === 'restricted') return liftRestriction({ by, now }, state);
  if (!isCancellable(state, now))
    throw refuseWith(
      'CANCEL_TOO_LATE',
      'the request is being carried out and cannot be taken back',
      requestId,
    );
  return { type: 'RequestCancelled', data: { requestId, by, cancelledAt: now } };
}

export function isCancellable(state: RequestState, now: string): boolean {
  switch (state.status) {
    case 'submitted':
    case 'verified':
    case 'accepted':
    case 'restricted':
      return true;
    case 'quarantined':
    case 'assigned':
      return isInGrace(state, now) || state.kind === 'restriction';
    default:
      return false;
  }
}

export function isInGrace({ graceUntil }: { readonly graceUntil?: string }, now: string): boolean {
  return graceUntil !== undefined && now < graceUntil;
}

/** Staff have done what a request asks of them. @throws ErasureError NOTHING_TO_FULFIL */
export function fulfil({ by, now }: Command, state: RequestState): Event<'RequestFulfilled'> {
  const { requestId, kind, status } = state;
  if (kind !== 'rectification' || status !== 'accepted') throw nothingToFulfil(requestId);
  return { type: 'RequestFulfilled', data: { requestId, by, outcome: 'corrected', fulfilledAt: now } };
}

/** @throws ErasureError NOTHING_TO_FULFIL */
export function liftRestriction({ by, now }: Command, state: RequestState): Event<'RestrictionLifted'> {
  if (state.status !== 'restricted') throw nothingToFulfil(state.requestId);
  return { type: 'RestrictionLifted', data: { requestId: state.requestId, by, liftedAt: now } };
}

/** Whether the time stands still; that of a request whose person is not known yet has not begun, whatever the law. */
export function standsStill({ suspendedSince, regime, identity }: RequestState): boolean {
  return suspendedSince !== undefined && (standsStillInDoubt(regime) || identity === 'awaited');
}

export type Light = 'green' | 'amber' | 'red' | 'none';

/**
 * How urgent a request is: amber when less than a share of its time is left, red when it is overdue; none when nothing is to be done, or
 * the time stands still.
 */
export function lightOf(state: RequestState, now: string, amberShare: number): Light {
  if (isClosed(state) || state.status === 'restricted' || standsStill(state)) return 'none';
  const [from, due, at] = [state.clockFrom, state.dueAt, now].map((time) => Date.parse(time));
  if (at > due) return 'red';
  return due - at <= (due - from) * amberShare ? 'amber' : 'green';
}

/** What somebody has to be told of, each light once; undefined when there is nothing new. */
export function escalate(
  state: RequestState,
  now: string,
  amberShare: number,
): Event<'EscalationRaised'> | undefined {
  const light = lightOf(state, now, amberShare);
  if (light === 'green' || light === 'none' || light === state.escalated || state.escalated === 'red')
    return undefined;
  const { requestId, dueAt: due } = state;
  const data: DataOf<'EscalationRaised'> = { requestId, light, dueAt: due, raisedAt: now };
  return { type: 'EscalationRaised', data };
}

function dueAfterPause(state: RequestState, now: string, calendar: LegalCalendar): string {
  const { regime, extendedAt } = state;
  return dueAt({ from: clockFromAfter(state, now), regime, extended: extendedAt !== undefined }, calendar);
}

function requireOpen<State extends RequestState>(state: State): State {
  if (isClosed(state) || state.status === 'refused' || state.status === 'reversing') throw notOpen(state);
  return state;
}

function requireInReview(state: RequestState): RequestState {
  if (!isInReview(state))
    throw refuseWith(
      'REQUEST_NOT_IN_REVIEW',
      `the request is ${state.status} and waits for nobody’s decision`,
      state.requestId,
    );
  if (state.suspendedSince !== undefined) throw inDoubt(state.requestId);
  return state;
}

/** Somebody whom one law protects is not refused by an exception of another. */
function requireGroundsOfLaw(refused: readonly RefusedCategory[], { requestId, regime }: RequestState): void {
  const grounds: readonly RefusalGround[] = [...REFUSAL_GROUNDS[regime], ...NOTHING_TO_DO];
  if (refused.every(({ ground }) => grounds.includes(ground))) return;
  throw refuseWith(
    'REFUSAL_GROUND_OF_OTHER_LAW',
    `the request is answered by the ${regime.toUpperCase()}, which does not have that ground`,
    requestId,
    { nextStep: `Name one of: ${grounds.join(', ')}.` },
  );
}

/** In review, or before anybody has shown who they are (Art. 12(6)), or where staff would have to correct something. */
function requireRefusable(state: RequestState): void {
  const isUnverified = state.status === 'submitted';
  const isToBeCorrected = state.status === 'accepted' && state.kind === 'rectification';
  if (!isUnverified && !isToBeCorrected && !isInReview(state))
    throw refuseWith(
      'REQUEST_NOT_IN_REVIEW',
      `the request is ${state.status} and waits for nobody’s decision`,
      state.requestId,
    );
}

function notOpen({ requestId, status }: RequestState): ErasureError {
  return new ErasureError(
    'REQUEST_NOT_OPEN',
    `the request is ${status}, and this comes too late or too early`,
    {
      facts: { requestId, status },
      nextStep: LOOK_AGAIN,
    },
  );
}

function inDoubt(requestId: string): ErasureError {
  return refuseWith('IDENTITY_IN_DOUBT', 'it is not clear who asks', requestId, {
    nextStep: 'Settle the identity first.',
  });
}

function nothingToFulfil(requestId: string): ErasureError {
  return refuseWith(
    'NOTHING_TO_FULFIL',
    'the request does not wait for anything that staff would report',
    requestId,
  );
}

function refuseWith(
  code: ConstructorParameters<typeof ErasureError>[0],
  message: string,
  requestId: string,
  { nextStep = LOOK_AGAIN }: { readonly nextStep?: string } = {},
): ErasureError {
  return new ErasureError(code, message, { facts: { requestId }, nextStep });
}
