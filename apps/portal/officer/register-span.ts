/** Months that a register covers, `2026-01`, both of them included. */
export interface RegisterSpan {
  readonly from: string;
  readonly until: string;
}

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

/** The span that an address asks for; the year so far where it asks for none, or for something impossible. */
export function spanOf(address: URLSearchParams, today: Date): RegisterSpan {
  const [from, until] = ['from', 'until'].map((end) => address.get(end) ?? '');
  if (MONTH.test(from) && MONTH.test(until) && from <= until) return { from, until };
  const year = today.getUTCFullYear();
  return { from: `${year}-01`, until: `${year}-${String(today.getUTCMonth() + 1).padStart(2, '0')}` };
}

/** The first and the last day of a span, as the server is asked for it. */
export function daysOf({ from, until }: RegisterSpan): { readonly from: string; readonly until: string } {
  const [year, month] = until.split('-').map(Number);
  const last = new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10); // day 0 of the month after it
  return { from: `${from}-01`, until: last };
}
