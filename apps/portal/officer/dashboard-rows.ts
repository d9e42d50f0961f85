import type { DashboardView, RequestKindView } from '#libs/portal-contract';
import { KINDS } from './queue-filter.js';

/** A month with how many requests of each kind came in; kinds that never came are left out everywhere. */
export type MonthRow = { readonly month: string } & Partial<Readonly<Record<RequestKindView, number>>>;

export function kindsReceived(months: DashboardView['months']): RequestKindView[] {
  return KINDS.filter((kind) => months.some(({ received }) => (received[kind] ?? 0) > 0));
}

export function receivedByMonth(months: DashboardView['months']): MonthRow[] {
  const kinds = kindsReceived(months);
  return months.map(({ month, received }) => ({
    month,
    ...Object.fromEntries(kinds.map((kind) => [kind, received[kind] ?? 0])),
  }));
}
