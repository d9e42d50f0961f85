import type { RequestScope, StoredRecord } from '#libs/contracts';
import { fromBase64Url, toBase64Url } from '#libs/essentials';
import { ErasureError } from './erasure-error.js';

const LABEL_LENGTH = 32;

/** Categories of an item; empty when the item is not in the catalogue. */
export type CategoriesOf = (item: string) => readonly string[];

/** Refuses a scope that selects by nothing or by something impossible. @throws ErasureError SCOPE_… */
export function checkScope(scope: RequestScope): void {
  const { purpose, items, categories, from, until, labels } = scope;
  const conditions = [purpose, from, until, ...[items, categories, labels].map((list) => list?.[0])];
  if (conditions.every((condition) => condition === undefined))
    throw new ErasureError(
      'SCOPE_EMPTY',
      'the withdrawal names no purpose, item, category, period or record',
      {
        nextStep: 'Name at least one; to delete everything about a person, ask for an erasure.',
      },
    );
  if (from !== undefined && until !== undefined && from > until)
    throw new ErasureError('SCOPE_PERIOD_REVERSED', 'the period ends before it begins', {
      facts: { from, until },
      nextStep: 'Name the earlier time as the beginning.',
    });
  for (const label of labels ?? []) checkLabel(label);
}

function checkLabel(label: string): void {
  let cause: unknown;
  try {
    if (fromBase64Url(label).length === LABEL_LENGTH) return;
  } catch (error) {
    cause = error;
  }
  throw new ErasureError('SCOPE_LABEL_MALFORMED', 'a record label is base64url of 32 bytes', {
    nextStep: 'Take labels as they were answered when the records were recorded.',
    cause,
  });
}

/** The records that meet every condition of the scope. */
export function recordsInScope(
  records: readonly StoredRecord[],
  scope: RequestScope,
  categoriesOf: CategoriesOf,
): StoredRecord[] {
  const items = scope.items && new Set(scope.items);
  const categories = scope.categories && new Set(scope.categories);
  const labels = scope.labels && new Set(scope.labels);
  const before = scope.recordedBefore === undefined ? undefined : BigInt(scope.recordedBefore);
  return records.filter(
    (record) =>
      (scope.purpose === undefined || record.purpose === scope.purpose) &&
      (items === undefined || items.has(record.item)) &&
      (categories === undefined || categoriesOf(record.item).some((category) => categories.has(category))) &&
      (scope.from === undefined || record.time >= scope.from) &&
      (scope.until === undefined || record.time <= scope.until) &&
      (labels === undefined || labels.has(toBase64Url(record.label))) &&
      (before === undefined || record.position < before),
  );
}
