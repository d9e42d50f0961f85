import { dayNumber, isClosed, lightOf, standsStill, type Light, type RequestState } from '#libs/erasure';
import type { ClockView, Page, QueueQuery, RequestPhase, RequestSummary } from '#libs/portal-contract';
import type { DestructionGate } from './destruction-gate.js';
import type { RequestBook } from './request-book.js';
import { phaseOf } from './request-phase.js';
import type { RequestPolicy } from './request-policy.js';
import type { Setbacks } from './setbacks.js';

export type QueueOrder = Required<Pick<QueueQuery, 'page' | 'size'>> & QueueQuery;

type Tab = NonNullable<QueueQuery['tab']>;

const TAB_OF: Readonly<Record<RequestPhase, Exclude<Tab, 'held'>>> = {
  'awaiting-identity': 'unverified',
  'in-review': 'verified',
  'on-hold': 'verified',
  'in-progress': 'verified',
  restricted: 'verified',
  completed: 'closed',
  refused: 'closed',
  cancelled: 'closed',
  expired: 'closed',
};

const MINUTE = 'YYYY-MM-DDTHH:mm'.length; // in no time zone does a day begin within a minute
const MOST_DAYS = 10_000;

/**
 * The requests in the orders in which they are asked for, kept in order as they change: a page costs one walk over what is open or closed
 * and no sorting.
 */
export class RequestQueue {
  private readonly byDue = new SortedRequests(({ dueAt }) => dueAt);
  private readonly days = new Map<string, number>();
  private readonly byReceipt = new SortedRequests(({ receivedAt }) => receivedAt);

  constructor(
    private readonly book: RequestBook,
    private readonly stops: {
      readonly gate: Pick<DestructionGate, 'lastFound'>;
      readonly setbacks: Pick<Setbacks, 'of'>;
    },
    private readonly policy: RequestPolicy,
    private readonly now: () => string,
  ) {
    this.byDue.fill(book.all());
    this.byReceipt.fill(book.all());
    book.onChange((state) => {
      this.byDue.put(state);
      this.byReceipt.put(state);
    });
  }

  page({ page, size, ...query }: QueueOrder): Page<RequestSummary> {
    const now = this.now();
    const matches = this.matcher(query, now);
    const from = (page - 1) * size;
    const rows: RequestSummary[] = [];
    let total = 0;
    for (const state of this.inOrder(query)) {
      if (!matches(state)) continue;
      if (total >= from && rows.length < size) rows.push(this.summary(state, now));
      total++;
    }
    return { rows, total, page, size };
  }

  summary(state: RequestState, now = this.now()): RequestSummary {
    const { requestId, kind, ground, channel, regime, approvals, approvalsNeeded, subject } = state;
    const others = isClosed(state) ? [] : this.book.ofSubject(subject);
    const setback = isClosed(state) ? undefined : this.stops.setbacks.of(requestId);
    return {
      requestId,
      kind,
      ground,
      channel,
      regime,
      phase: this.phase(state),
      ...(setback && { heldUpSince: setback.since }),
      clock: this.clock(state, now),
      ...('labels' in state && { records: state.labels.length }),
      approvals: { given: approvals.length, needed: approvalsNeeded },
      duplicates: others
        .filter((other) => other.kind === kind && other.requestId !== requestId && !isClosed(other))
        .map((other) => other.requestId),
      ...(isClosed(state) && { closedAt: state.closedAt }),
    };
  }

  phase(state: RequestState): RequestPhase {
    return phaseOf(state, this.stops.gate.lastFound(state).length > 0);
  }

  light(state: RequestState, now = this.now()): Light {
    return lightOf(state, now, this.policy.amberShare);
  }

  private clock(state: RequestState, now: string): ClockView {
    const { receivedAt, dueAt, extendedAt, suspendedSince } = state;
    const isInGrace = 'graceUntil' in state && state.graceUntil !== undefined && now < state.graceUntil;
    return {
      receivedAt,
      dueAt,
      light: this.light(state, now),
      daysLeft: this.dayOf(dueAt) - this.dayOf(now.slice(0, MINUTE)),
      extended: extendedAt !== undefined,
      ...(standsStill(state) && { suspendedSince }),
      ...(isInGrace && !isClosed(state) && { graceUntil: state.graceUntil }),
    };
  }

  /** Requests end with their days, of which there are few: each is reckoned once. */
  private dayOf(time: string): number {
    let day = this.days.get(time);
    if (day !== undefined) return day;
    if (this.days.size > MOST_DAYS) this.days.clear();
    day = dayNumber(time.length === MINUTE ? `${time}Z` : time, this.policy.calendar);
    this.days.set(time, day);
    return day;
  }

  private matcher(
    { tab = 'verified', kind, light, search }: QueueQuery,
    now: string,
  ): (state: RequestState) => boolean {
    const wanted = search?.toLowerCase();
    return (state) =>
      (kind === undefined || state.kind === kind) &&
      (wanted === undefined || state.requestId.includes(wanted)) &&
      (light === undefined || this.light(state, now) === light) &&
      (tab === 'held' ? this.stops.gate.lastFound(state).length > 0 : TAB_OF[this.phase(state)] === tab);
  }

  private inOrder({
    tab,
    sort = tab === 'closed' ? '-received' : 'due',
  }: QueueQuery): Iterable<RequestState> {
    const states = (sort === 'due' ? this.byDue : this.byReceipt).all();
    return sort === '-received' ? backwards(states) : states;
  }
}

/** Requests in the order of a time, those of the same time by id; each is moved where it changes. */
class SortedRequests {
  private keys: string[] = [];
  private states: RequestState[] = [];
  private readonly keyOf = new Map<string, string>();

  constructor(private readonly time: (state: RequestState) => string) {}

  fill(states: readonly RequestState[]): void {
    const keyed = states.map((state) => [this.key(state), state] as const);
    keyed.sort(([a], [b]) => (a < b ? -1 : 1));
    this.keys = keyed.map(([key]) => key);
    this.states = keyed.map(([, state]) => state);
    for (const [key, { requestId }] of keyed) this.keyOf.set(requestId, key);
  }

  put(state: RequestState): void {
    const before = this.keyOf.get(state.requestId);
    const key = this.key(state);
    if (before === key) {
      this.states[this.placeOf(key)] = state;
      return;
    }
    if (before !== undefined) this.splice(this.placeOf(before), 1);
    this.splice(this.placeOf(key), 0, [key, state]);
    this.keyOf.set(state.requestId, key);
  }

  all(): readonly RequestState[] {
    return this.states;
  }

  private key(state: RequestState): string {
    return `${this.time(state)} ${state.requestId}`;
  }

  private splice(at: number, remove: number, put?: readonly [string, RequestState]): void {
    this.keys.splice(at, remove, ...(put ? [put[0]] : []));
    this.states.splice(at, remove, ...(put ? [put[1]] : []));
  }

  /** Where a key is, or would be. */
  private placeOf(key: string): number {
    let from = 0;
    let to = this.keys.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.keys[middle] < key) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

function* backwards(states: readonly RequestState[]): Generator<RequestState> {
  for (let at = states.length - 1; at >= 0; at--) yield states[at];
}
