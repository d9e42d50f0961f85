import { keyNames, type StoredRecord } from '#libs/contracts';
import type { Installation } from '../../installation/index.js';
import { DemoError } from './demo-error.js';

export interface WithdrawingPerson {
  readonly externalId: string;
  readonly category: string;
}

// Distinctive ones: whoever gives up Romance is offered dramas that are romances, too.
const LIKED_CATEGORIES = ['Horror', 'Sci-Fi', 'Western', 'Animation'];
const LOOK_AT = 400;

/**
 * The person of the story who withdraws one category: among the first ids, whoever has the largest share of it without it being
 * everything.
 */
export async function findWithdrawingPerson(installation: Installation): Promise<WithdrawingPerson> {
  let best: (WithdrawingPerson & { readonly share: number }) | undefined;
  for (const id of firstPeople(installation)) {
    const counts = await categoryCounts(installation, id);
    for (const category of LIKED_CATEGORIES) {
      const count = counts.byCategory.get(category) ?? 0;
      const share = count / counts.total;
      if (count >= 10 && counts.total >= 60 && share < 0.6 && share > (best?.share ?? 0))
        best = { externalId: id, category, share };
    }
  }
  return best ?? anyPerson(installation);
}

/** The person who is erased: the first id that is not the other person's. @throws DemoError DEMO_DATA_UNSUITABLE */
export function findErasedPerson(installation: Installation, other: string): string {
  const found = firstPeople(installation).find((id) => id !== other);
  if (found === undefined) throw unsuitable();
  return found;
}

/** In a small dataset: the first person who has a category, with the one that comes closest to half of the records. */
async function anyPerson(installation: Installation): Promise<WithdrawingPerson> {
  for (const externalId of firstPeople(installation)) {
    const { total, byCategory } = await categoryCounts(installation, externalId);
    const distance = ([, count]: [string, number]) => Math.abs(count - total / 2);
    const [nearest] = [...byCategory].sort((a, b) => distance(a) - distance(b));
    if (nearest !== undefined) return { externalId, category: nearest[0] };
  }
  throw unsuitable();
}

/** Outside ids of some people, in the order in which a person would count them: 2 before 10. */
function firstPeople({ vault }: Installation): string[] {
  const suffix = keyNames.profile('');
  const inOrder = new Intl.Collator('en', { numeric: true });
  return vault
    .liveKeys('')
    .filter((name) => name.endsWith(suffix))
    .flatMap((name) => vault.externalIdsOf(name.slice(0, -suffix.length)).slice(0, 1))
    .map(({ externalId }) => externalId)
    .sort(inOrder.compare)
    .slice(0, LOOK_AT);
}

const unsuitable = (): DemoError =>
  new DemoError('DEMO_DATA_UNSUITABLE', 'the dataset has nobody to tell the story of', {
    nextStep: 'Give one with at least two people, and items with categories.',
  });

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
