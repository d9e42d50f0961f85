import type { RecordsQuery, ScopeBody } from '#libs/portal-contract';

/** What the history is narrowed to, as it stands in the address of the page. */
export interface HistoryFilter {
  readonly search?: string;
  readonly category?: string;
  readonly type?: string;
  readonly purpose?: string;
  /** First and last day, `2026-03-01`, in the time zone of the person. */
  readonly from?: string;
  readonly until?: string;
}

const FIELDS = ['search', 'category', 'type', 'purpose', 'from', 'until'] as const;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Reads a filter from an address, which anybody may have typed: days that are none are left out. */
export function filterOf(address: URLSearchParams): HistoryFilter {
  return Object.fromEntries(
    FIELDS.map((field) => [field, address.get(field) ?? ''] as const).filter(
      ([field, value]) => value !== '' && (!['from', 'until'].includes(field) || isDay(value)),
    ),
  );
}

export function isEmptyFilter(filter: HistoryFilter): boolean {
  return Object.keys(filter).length === 0;
}

/** An address's query for a filter; changing a filter begins on the first page again. */
export function addressOf(filter: HistoryFilter, page = 1): URLSearchParams {
  const set = FIELDS.flatMap((field) => (filter[field] ? [[field, filter[field]]] : []));
  return new URLSearchParams(page === 1 ? set : [...set, ['page', String(page)]]);
}

/** The same for the server: whole days become moments, both of which belong to the span. */
export function queryOf({ from, until, ...rest }: HistoryFilter): Omit<RecordsQuery, 'page' | 'size'> {
  return {
    ...rest,
    ...(from !== undefined && { from: new Date(`${from}T00:00:00`).toISOString() }),
    ...(until !== undefined && { until: new Date(`${until}T23:59:59.999`).toISOString() }),
  };
}

/**
 * The scope that selects exactly what the filter shows, or undefined where a scope cannot say it: it knows neither words in titles nor types, so
 * that the records have to be named one by one.
 */
export function scopeOfFilter(filter: HistoryFilter): ScopeBody | undefined {
  const { search, type, category, ...rest } = queryOf(filter);
  if (search !== undefined || type !== undefined) return undefined;
  const scope = { ...rest, ...(category !== undefined && { categories: [category] }) };
  return Object.keys(scope).length === 0 ? undefined : scope;
}

function isDay(text: string): boolean {
  return DAY.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00`));
}
