import type { StoredRecord } from '#libs/contracts';
import type { Installation } from '../../installation/index.js';

export interface WithdrawingPerson {
  readonly externalId: string;
  readonly category: string;
}

const LIKED_CATEGORIES = ['Horror', 'Romance', 'Sci-Fi'];
const LOOK_AT = 400;

/**
 * The person of the story who withdraws one category: among the first ids, whoever has the largest share of it without it being
 * everything. The ids of MovieLens and of the invented dataset are 1, 2, 3, …
 */
export async function findWithdrawingPerson(installation: Installation): Promise<WithdrawingPerson> {
  let best: (WithdrawingPerson & { readonly share: number }) | undefined;
  for (let id = 1; id <= LOOK_AT; id++) {
    const counts = await categoryCounts(installation, String(id));
    for (const category of LIKED_CATEGORIES) {
      const count = counts.byCategory.get(category) ?? 0;
      const share = count / counts.total;
      if (count >= 10 && counts.total >= 60 && share < 0.6 && share > (best?.share ?? 0))
        best = { externalId: String(id), category, share };
    }
  }
  return best ?? anyPerson(installation);
}

/** The person who is erased: the first id that is not the other person's. */
export function findErasedPerson(installation: Installation, other: string): string {
  for (let id = 1; ; id++)
    if (String(id) !== other && installation.vault.findSubject(String(id)) !== undefined) return String(id);
}

async function anyPerson(installation: Installation): Promise<WithdrawingPerson> {
  const { byCategory } = await categoryCounts(installation, '1');
  const [category] = [...byCategory].sort((a, b) => b[1] - a[1])[0] ?? [];
  if (category === undefined)
    throw new RangeError('the demo needs people called 1, 2, 3, … with records in categories');
  return { externalId: '1', category };
}

async function categoryCounts(
  installation: Installation,
  externalId: string,
): Promise<{ total: number; byCategory: Map<string, number> }> {
  const byCategory = new Map<string, number>();
  const subject = installation.vault.findSubject(externalId);
  if (subject === undefined) return { total: 0, byCategory };
  const records: readonly StoredRecord[] = await installation.subjects.records(subject);
  const categories = await installation.subjects.categoriesOf(new Set(records.map(({ item }) => item)));
  for (const { item } of records)
    for (const category of categories.get(item) ?? [])
      byCategory.set(category, (byCategory.get(category) ?? 0) + 1);
  return { total: records.length, byCategory };
}
