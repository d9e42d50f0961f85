import type { Page, RecordView, ScopeBody } from '#libs/portal-contract';
import { queryOf, scopeOfFilter, type HistoryFilter } from './history-filter.js';
import { isSelected, type Selection } from './selection.js';

/** Reads one page of the history, of the largest size that the server gives. */
export type ReadPage = (
  query: object & { readonly page: number; readonly size: number },
) => Promise<Page<RecordView>>;

const LARGEST_PAGE = 200;

/**
 * What is chosen, as the scope of a withdrawal. Where conditions cannot say it, every record is named: then pages are read until all labels are there,
 * so that a record which came in meanwhile is not chosen along with the others.
 */
export async function scopeOfSelection(
  selection: Selection,
  filter: HistoryFilter,
  readPage: ReadPage,
): Promise<ScopeBody> {
  if (selection.kind === 'some') return { labels: [...selection.labels] };
  const scope = selection.except.size === 0 ? scopeOfFilter(filter) : undefined;
  return (
    scope ?? { labels: (await labelsOf(filter, readPage)).filter((label) => isSelected(selection, label)) }
  );
}

async function labelsOf(filter: HistoryFilter, readPage: ReadPage): Promise<string[]> {
  const labels = new Set<string>(); // a record that comes in meanwhile moves others to the next page
  for (let page = 1, total = 1; (page - 1) * LARGEST_PAGE < total; page++) {
    const read = await readPage({ ...queryOf(filter), page, size: LARGEST_PAGE });
    read.rows.forEach(({ label }) => labels.add(label));
    total = read.total;
  }
  return [...labels];
}
