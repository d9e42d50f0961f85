import type { Light, QueueQuery, RequestKindView } from '#libs/portal-contract';

export const TABS = [
  'verified',
  'unverified',
  'held',
  'closed',
] as const satisfies readonly QueueQuery['tab'][];
export const KINDS = [
  'erasure',
  'withdrawal',
  'objection',
  'restriction',
  'rectification',
  'access',
  'portability',
] as const satisfies readonly RequestKindView[];
export const LIGHTS = ['red', 'amber', 'green', 'none'] as const satisfies readonly Light[];
export const SORTS = ['due', 'received', '-received'] as const satisfies readonly QueueQuery['sort'][];

/** What the queue shows, as it stands in the address of the page. */
export interface QueueFilter {
  readonly tab: (typeof TABS)[number];
  readonly kind?: RequestKindView;
  readonly light?: Light;
  readonly search?: string;
  readonly sort: (typeof SORTS)[number];
}

const MAX_SEARCH = 36; // a request's id

/** Reads a filter from an address, which anybody may have typed: what cannot be meant is left out. */
export function filterOf(address: URLSearchParams): QueueFilter {
  const one = <T extends string>(field: string, of: readonly T[]): T | undefined =>
    of.find((known) => known === address.get(field));
  const kind = one('kind', KINDS);
  const light = one('light', LIGHTS);
  const search = address.get('search')?.trim().slice(0, MAX_SEARCH) ?? '';
  return {
    tab: one('tab', TABS) ?? 'verified',
    sort: one('sort', SORTS) ?? 'due',
    ...(kind !== undefined && { kind }),
    ...(light !== undefined && { light }),
    ...(search !== '' && { search }),
  };
}

/** An address's query for a filter, without what is so by default; changing a filter begins on the first page again. */
export function addressOf({ tab, sort, ...rest }: QueueFilter, page = 1): URLSearchParams {
  const set = Object.entries(rest).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return new URLSearchParams([
    ...(tab === 'verified' ? [] : [['tab', tab]]),
    ...set,
    ...(sort === 'due' ? [] : [['sort', sort]]),
    ...(page === 1 ? [] : [['page', String(page)]]),
  ]);
}

/** Whether more than a tab and an order was chosen. */
export function isNarrowed({ kind, light, search }: QueueFilter): boolean {
  return [kind, light, search].some((condition) => condition !== undefined);
}
