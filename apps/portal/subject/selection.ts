/** What is chosen in a list that the server cuts into pages. */
export type Selection =
  | { readonly kind: 'some'; readonly labels: ReadonlySet<string> }
  /** Everything that the filter shows, also on other pages, but these. */
  | { readonly kind: 'all'; readonly except: ReadonlySet<string> };

export const NOTHING: Selection = { kind: 'some', labels: new Set() };
export const EVERYTHING: Selection = { kind: 'all', except: new Set() };

export function isSelected(selection: Selection, label: string): boolean {
  return selection.kind === 'some' ? selection.labels.has(label) : !selection.except.has(label);
}

/** @param total rows that the filter shows, on all pages */
export function selectedCount(selection: Selection, total: number): number {
  return selection.kind === 'some' ? selection.labels.size : total - selection.except.size;
}

export function toggled(selection: Selection, label: string): Selection {
  return selection.kind === 'some'
    ? { kind: 'some', labels: flipped(selection.labels, label) }
    : { kind: 'all', except: flipped(selection.except, label) };
}

/** Chooses every row of a page, or none of them where all were chosen. */
export function togglePage(selection: Selection, page: readonly string[]): Selection {
  const chosen = isPageSelected(selection, page);
  return page
    .filter((label) => isSelected(selection, label) === chosen)
    .reduce((next, label) => toggled(next, label), selection);
}

export function isPageSelected(selection: Selection, page: readonly string[]): boolean {
  return page.length > 0 && page.every((label) => isSelected(selection, label));
}

/** Takes a member out of a set, or puts it in. */
function flipped(set: ReadonlySet<string>, member: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(member)) next.add(member);
  return next;
}
