import type { ModelFiles } from '#libs/contracts';
import { utf8 } from '#libs/essentials';
import type { CatalogueLists, AggregatorWork } from '#libs/learning';
import { contentDigest } from './content-digest.js';

/** What all jobs of a version have in common. */
export type SheetContent = Pick<AggregatorWork, 'genesis' | keyof CatalogueLists>;

export interface Sheet {
  readonly digest: string;
  readonly bytes: Uint8Array;
}

interface KnownSheet extends Sheet {
  readonly rebuildId: string;
  readonly content: SheetContent;
  /** Settles when the file is there. */
  put?: Promise<unknown>;
}

/** Writes the sheet of a rebuild once, and not for each of its jobs: it holds the catalogue, and is hashed, synced and perhaps sent away. */
export class Sheets {
  private latest: KnownSheet | undefined;

  constructor(private readonly files: Pick<ModelFiles, 'put'>) {}

  of(rebuildId: string, { genesis, items, categories, features }: SheetContent): Sheet {
    const { latest } = this;
    const content = { genesis, items, categories, features };
    if (latest?.rebuildId === rebuildId && isSame(latest.content, content)) return latest;
    const bytes = utf8(JSON.stringify(content));
    this.latest = { rebuildId, content, bytes, digest: contentDigest(bytes) };
    return this.latest;
  }

  /** @param isAgain whether it may have been lost since: model files that no version names are swept */
  async provide(sheet: Sheet, isAgain: boolean): Promise<void> {
    const known = this.latest?.digest === sheet.digest ? this.latest : undefined;
    if (known?.put !== undefined && !isAgain) return void (await known.put);
    const put = this.files.put(sheet.bytes);
    if (known !== undefined) {
      known.put = put;
      put.catch(() => (known.put = undefined));
    }
    await put;
  }
}

/** The very same lists: comparing what they hold would take as long as writing them. */
function isSame(one: SheetContent, other: SheetContent): boolean {
  const names = ['genesis', 'items', 'categories', 'features'] as const;
  return names.every((name) => one[name] === other[name]);
}
