import type { StoredRecord } from '#libs/contracts';
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
    const records = (await this.newestFirst(subject)).filter(conditionOf(query));
    const rowsOf = <T>(found: readonly T[]): T[] => found.slice((page - 1) * size, page * size);
    const ofItem = itemConditionOf(query);
    if (ofItem === undefined)
      // then no other rows than those of the page need the words of their items
      return { rows: await this.describe(rowsOf(records)), total: records.length, page, size };
    const found = (await this.describe(records)).filter(ofItem);
    return { rows: rowsOf(found), total: found.length, page, size };
  }

  async facets(subject: string): Promise<FacetsView> {
    const records = await this.describe(await this.stored.records(subject));
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

  private async newestFirst(subject: string): Promise<StoredRecord[]> {
    return [...(await this.stored.records(subject))].sort((a, b) => b.time - a.time);
  }

  private async describe(records: readonly StoredRecord[]): Promise<RecordView[]> {
    const items = await this.stored.describe([...new Set(records.map(({ item }) => item))]);
    return records.map(({ label, item, type, time, value, purpose }) => ({
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
function conditionOf({ type, purpose, from, until }: RecordsQuery): (record: StoredRecord) => boolean {
  const earliest = from === undefined ? -Infinity : Date.parse(from) / 1000;
  const latest = until === undefined ? Infinity : Date.parse(until) / 1000;
  return (record) =>
    (type === undefined || record.type === type) &&
    (purpose === undefined || record.purpose === purpose) &&
    record.time >= earliest &&
    record.time <= latest;
}

/** The conditions about items; undefined where there are none. */
function itemConditionOf({ search, category }: RecordsQuery): ((record: RecordView) => boolean) | undefined {
  if (search === undefined && category === undefined) return undefined;
  const wanted = search?.trim().toLocaleLowerCase();
  return ({ title, categories }) =>
    (wanted === undefined || title.toLocaleLowerCase().includes(wanted)) &&
    (category === undefined || categories.includes(category));
}

function counts<T>(values: readonly T[]): Map<T, number> {
  const counted = new Map<T, number>();
  for (const value of values) counted.set(value, (counted.get(value) ?? 0) + 1);
  return counted;
}

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
