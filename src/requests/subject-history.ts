import { toBase64Url } from '#libs/essentials';
import type { Vault } from '#libs/messaging';
import type { SubjectRecords } from './ports.js';
import { subjectBehind } from './subject-behind.js';

/** One record of a person, as the person may see it and name it in a withdrawal. */
export interface HistoryEntry {
  /** Record label, base64url; what `labels` of a withdrawal takes. */
  readonly label: string;
  readonly item: string;
  readonly categories: readonly string[];
  readonly type: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly value: number;
  readonly purpose: string;
}

/** What is stored about a person and not being unlearned already. */
export class SubjectHistory {
  constructor(
    private readonly vault: Pick<Vault, 'findSubject'>,
    private readonly subjects: Pick<SubjectRecords, 'records' | 'categoriesOf'>,
  ) {}

  /** Oldest first. @throws ErasureError SUBJECT_UNKNOWN */
  async of(externalId: string): Promise<HistoryEntry[]> {
    const records = await this.subjects.records(subjectBehind(this.vault, externalId));
    const categories = await this.subjects.categoriesOf(new Set(records.map(({ item }) => item)));
    return [...records]
      .sort((a, b) => a.time - b.time)
      .map(({ label, item, type, time, value, purpose }) => ({
        label: toBase64Url(label),
        item,
        categories: categories.get(item) ?? [],
        type,
        time: new Date(time * 1000).toISOString(),
        value,
        purpose,
      }));
  }
}
