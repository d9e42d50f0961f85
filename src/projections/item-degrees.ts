import { PackedCursor } from '#libs/contracts';
import { TextTable } from '#libs/essentials';
import type { ReadModelsReader } from '#platform/read-models';
import type { FoldedLog } from './folded-log.js';
import { trainableRecords } from './trainable-records.js';

export interface DegreesQuery {
  readonly purpose: string;
  /** Items of the catalogue version. */
  readonly catalogue: ReadonlySet<string>;
}

/** How many present records each item has over all people: for inference only, and never stored (DESIGN §4.4). */
export class ItemDegrees {
  constructor(
    private readonly models: ReadModelsReader,
    private readonly log: FoldedLog,
  ) {}

  /** Records that are consented to and not quarantined, by item; items that nobody has met are absent. */
  async count({ purpose, catalogue }: DegreesQuery): Promise<ReadonlyMap<string, number>> {
    await this.log.caughtUp();
    const items = [...catalogue];
    const table = new TextTable(items);
    const usable = new Map([[purpose, catalogue]]);
    const counts = await this.models.snapshot(async (manager) => {
      const met = new Uint32Array(items.length);
      for await (const { records } of trainableRecords({ usable }, manager)) {
        const cursor = new PackedCursor(records);
        while (cursor.next()) met[table.indexOf(records, cursor.item, cursor.itemEnd)]++;
      }
      return met;
    });
    return new Map(items.map((item, at) => [item, counts[at]] as const).filter(([, count]) => count > 0));
  }
}
