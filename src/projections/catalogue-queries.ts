import { In, IsNull, LessThanOrEqual, Not } from 'typeorm';
import { catalogueLists, catalogueRoot, type CatalogueIds, type CatalogueItem } from '#libs/contracts';
import type { ReadModelsReader } from '#platform/read-models';
import { CatalogueChangeEntity, positionText } from './entities/index.js';
import type { FoldedLog } from './folded-log.js';

/** Ids on offer, sorted by UTF-8 bytes. */
export interface CatalogueVersion extends CatalogueIds {
  /** catalogueRoot of their descriptions, hex. */
  readonly root: string;
}

/** Questions about the catalogue; answers take in every event appended before the question. */
export class CatalogueQueries {
  private latest: { readonly position: bigint; readonly version: CatalogueVersion } | undefined;

  constructor(
    private readonly models: ReadModelsReader,
    private readonly log: FoldedLog,
  ) {}

  /** What was on offer when the log had come to a position, which must not lie ahead of the log. */
  async at(position: bigint): Promise<CatalogueVersion> {
    // Nothing that comes later changes it, and rebuilds and publications ask for the same one again.
    if (this.latest?.position !== position)
      this.latest = { position, version: await this.versionAt(position) };
    return this.latest.version;
  }

  private async versionAt(position: bigint): Promise<CatalogueVersion> {
    const items = (await this.fold(position)).filter((change) => !change.withdrawn).map(describe);
    return { ...catalogueLists(items), root: catalogueRoot(items) };
  }

  /** Items that may no longer be offered. */
  async withdrawn(): Promise<ReadonlySet<string>> {
    await this.log.caughtUp();
    const isAny = await this.models.read((manager) =>
      manager.existsBy(CatalogueChangeEntity, { withdrawn: true }),
    );
    if (!isAny) return new Set();
    return new Set((await this.fold()).filter(({ withdrawn }) => withdrawn).map(({ item }) => item));
  }

  /** The latest description of each of the items. */
  async describe(items: readonly string[]): Promise<ReadonlyMap<string, CatalogueItem>> {
    await this.log.caughtUp();
    return this.known(items);
  }

  /** The same as far as it is folded in by now, for those who have waited already. */
  async known(items: readonly string[]): Promise<ReadonlyMap<string, CatalogueItem>> {
    const changes = await this.models.read((manager) =>
      manager.find(CatalogueChangeEntity, {
        where: { item: In([...items]), title: Not(IsNull()) },
        order: { position: 'ASC' },
      }),
    );
    return new Map(changes.map((change) => [change.item, describe(change)]));
  }

  /** Categories of each of the items. */
  async categoriesOf(items: ReadonlySet<string>): Promise<ReadonlyMap<string, readonly string[]>> {
    const described = await this.describe([...items]);
    return new Map([...described].map(([item, { categories }]) => [item, categories]));
  }

  /** The last change of each item up to a position. */
  private async fold(upTo?: bigint): Promise<CatalogueChangeEntity[]> {
    await this.log.caughtUp();
    const where = upTo === undefined ? {} : { position: LessThanOrEqual(positionText(upTo)) };
    const changes = await this.models.read((manager) =>
      manager.find(CatalogueChangeEntity, { where, order: { position: 'ASC' } }),
    );
    return [...new Map(changes.map((change) => [change.item, change])).values()];
  }
}

function describe({ item, title, categories, kind }: CatalogueChangeEntity): CatalogueItem {
  return { item, title: title ?? '', categories: categories ?? [], ...(kind !== null && { kind }) };
}
