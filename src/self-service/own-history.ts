import { toBase64Url } from '#libs/essentials';
import type { FacetsView, Page, RecordsQuery, RecordView } from '#libs/portal-contract';
import type { OwnRecords } from './ports.js';

export type HistoryQuery = RecordsQuery & Required<Pick<RecordsQuery, 'page' | 'size'>>;

/** A person's own records, as the person may browse them. */
export class OwnHistory {
  constructor(private readonly stored: OwnRecords) {}

  /** Newest first. */
  async page(subject: string, query: HistoryQuery): Promise<Page<RecordView>> {
    const { page, size } = query;
    const found = (await this.all(subject)).filter(conditionOf(query));
    return { rows: found.slice((page - 1) * size, page * size), total: found.length, page, size };
  }

  async facets(subject: string): Promise<FacetsView> {
    const records = await this.all(subject);
    const counted = (names: readonly string[]): { name: string; records: number }[] =>
      [...counts(names)].map(([name, records]) => ({ name, records })).sort(byName);
    return {
      categories: counted(records.flatMap(({ categories }) => categories)),
      types: counted(records.map(({ type }) => type)),
      years: [...counts(records.map(({ time }) => Number(time.slice(0, 4))))]
        .map(([year, records]) => ({ year, records }))
        .sort((a, b) => b.year - a.year),
    };
  }

  /** How many are used under each purpose. */
  async countByPurpose(subject: string): Promise<ReadonlyMap<string, number>> {
    return counts((await this.stored.records(subject)).map(({ purpose }) => purpose));
  }

  private async all(subject: string): Promise<RecordView[]> {
    const records = await this.stored.records(subject);
    const items = await this.stored.describe([...new Set(records.map(({ item }) => item))]);
    return [...records]
      .sort((a, b) => b.time - a.time)
      .map(({ label, item, type, time, value, purpose }) => ({
        label: toBase64Url(label),
        item,
        title: items.get(item)?.title ?? item,
        categories: items.get(item)?.categories ?? [],
        type,
        time: new Date(time * 1000).toISOString(),
        value,
        purpose,
      }));
  }
}

/** Every condition that is given must hold. */
function conditionOf(query: RecordsQuery): (record: RecordView) => boolean {
  const { category, type, purpose } = query;
  const search = query.search?.trim().toLocaleLowerCase();
  const from = query.from === undefined ? -Infinity : Date.parse(query.from);
  const until = query.until === undefined ? Infinity : Date.parse(query.until);
  return (record) => {
    const time = Date.parse(record.time);
    return (
      (search === undefined || record.title.toLocaleLowerCase().includes(search)) &&
      (category === undefined || record.categories.includes(category)) &&
      (type === undefined || record.type === type) &&
      (purpose === undefined || record.purpose === purpose) &&
      time >= from &&
      time <= until
    );
  };
}

function counts<T>(values: readonly T[]): Map<T, number> {
  const counted = new Map<T, number>();
  for (const value of values) counted.set(value, (counted.get(value) ?? 0) + 1);
  return counted;
}

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
