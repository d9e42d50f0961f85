import type { RequestState } from '#libs/erasure';
import type { RegisterView, RequestKindView } from '#libs/portal-contract';

/** A request as the register counts it. */
export interface RegisterEntry {
  readonly kind: RequestKindView;
  readonly receivedAt: string;
  readonly dueAt: string;
  readonly extended: boolean;
  readonly closedAt?: string;
  readonly outcome?: 'completed' | 'refused' | 'cancelled';
}

/** Days, inclusive, in UTC: `2026-01-31`. */
export interface Period {
  readonly from: string;
  readonly until: string;
}

type Row = RegisterView['rows'][number];

const MILLISECONDS_A_DAY = 86_400_000;
const DAY_LENGTH = '2026-01-31'.length;
const MONTH_LENGTH = '2026-01'.length;

/**
 * What the register has of a request: undefined of one whose sender never showed who they are, for anybody can make any number of those.
 */
export function registerEntryOf(state: RequestState): RegisterEntry | undefined {
  if (state.identity === 'awaited' || state.status === 'expired') return undefined;
  const { kind, receivedAt, dueAt, extendedAt } = state;
  const outcome = outcomeOf(state);
  return {
    kind,
    receivedAt,
    dueAt,
    extended: extendedAt !== undefined,
    ...('closedAt' in state && { closedAt: state.closedAt }),
    ...(outcome !== undefined && { outcome }),
  };
}

function outcomeOf({ status }: RequestState): RegisterEntry['outcome'] {
  switch (status) {
    case 'closed':
    case 'closed-answered':
      return 'completed';
    case 'closed-refused':
      return 'refused';
    case 'closed-cancelled':
      return 'cancelled';
    default:
      return undefined; // still open
  }
}

/**
 * Counts requests by the month in which they were received and by kind: what a controller shows to its supervisory authority. Overdue is
 * what was answered after its day, or is open after it.
 *
 * @param now ISO 8601
 *
 * @example
 * registerOf(entries, { from: '2026-01-01', until: '2026-12-31' }, '2027-01-10T00:00:00.000Z').rows
 */
export function registerOf(entries: readonly RegisterEntry[], period: Period, now: string): RegisterView {
  const { from, until } = period;
  const groups = new Map<string, RegisterEntry[]>();
  for (const entry of entries) {
    const day = entry.receivedAt.slice(0, DAY_LENGTH);
    if (day < from || day > until) continue;
    const group = `${day.slice(0, MONTH_LENGTH)} ${entry.kind}`;
    groups.set(group, [...(groups.get(group) ?? []), entry]);
  }
  const names = [...groups.keys()].sort();
  return {
    from,
    until,
    rows: names.map((name) => rowOf(name.slice(0, MONTH_LENGTH), groups.get(name)!, now)),
  };
}

function rowOf(month: string, entries: readonly RegisterEntry[], now: string): Row {
  const having = (outcome: RegisterEntry['outcome']): number =>
    entries.filter((entry) => entry.outcome === outcome).length;
  const medianDays = median(entries.flatMap(daysToAnswer));
  return {
    month,
    kind: entries[0].kind,
    received: entries.length,
    completed: having('completed'),
    refused: having('refused'),
    cancelled: having('cancelled'),
    extended: entries.filter(({ extended }) => extended).length,
    overdue: entries.filter(({ closedAt = now, dueAt }) => closedAt > dueAt).length,
    ...(medianDays !== undefined && { medianDays }),
  };
}

/** Of those that were answered; cancelling is no answer. */
function daysToAnswer({ receivedAt, closedAt, outcome }: RegisterEntry): number[] {
  if (closedAt === undefined || outcome === undefined || outcome === 'cancelled') return [];
  return [(Date.parse(closedAt) - Date.parse(receivedAt)) / MILLISECONDS_A_DAY];
}

/** To a tenth. */
function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const value = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return Math.round(value * 10) / 10;
}
