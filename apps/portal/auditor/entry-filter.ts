import type { EntriesQuery, EntryType } from '#libs/portal-contract';

export const ENTRY_TYPES = [
  'certificate',
  'publication',
  'revocation',
  'genesis',
  'key-rotation',
  'unknown',
] as const satisfies readonly EntryType[];

/** What the ledger is searched for, as it stands in the address of the page. */
export interface EntryFilter {
  readonly search?: string;
  readonly type?: EntryType;
  /** First and last day, `2026-03-01`, in the reader's time zone. */
  readonly from?: string;
  readonly until?: string;
}

const FIELDS = ['search', 'type', 'from', 'until'] as const;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MAX_SEARCH = 100; // characters that the server takes

/** Reads a filter from an address, which anybody may have typed: what cannot be meant is left out. */
export function filterOf(address: URLSearchParams): EntryFilter {
  const said = (field: (typeof FIELDS)[number]): string => address.get(field)?.trim() ?? '';
  const type = ENTRY_TYPES.find((known) => known === said('type'));
  const search = said('search').slice(0, MAX_SEARCH);
  const [from, until] = [dayOf(said('from')), dayOf(said('until'))];
  return {
    ...(search !== '' && { search }),
    ...(type !== undefined && { type }),
    ...(from !== undefined && { from }),
    ...(until !== undefined && { until }),
  };
}

/** An address's query for a filter; changing a filter begins on the first page again. */
export function addressOf(filter: EntryFilter, page = 1): URLSearchParams {
  const set = FIELDS.flatMap((field) => {
    const value = filter[field];
    return value === undefined || value === '' ? [] : [[field, value]];
  });
  return new URLSearchParams(page === 1 ? set : [...set, ['page', String(page)]]);
}

/** The same for the server: whole days become moments, both of which belong to the span. */
export function queryOf({ from, until, ...rest }: EntryFilter): EntriesQuery {
  return {
    ...rest,
    ...(from !== undefined && { from: new Date(`${from}T00:00:00`).toISOString() }),
    ...(until !== undefined && { until: new Date(`${until}T23:59:59.999`).toISOString() }),
  };
}

export function isEmptyFilter(filter: EntryFilter): boolean {
  return FIELDS.every((field) => filter[field] === undefined);
}

function dayOf(text: string): string | undefined {
  return DAY.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00`)) ? text : undefined;
}
