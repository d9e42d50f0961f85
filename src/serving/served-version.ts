import { asksShards, ModelScorer, type CatalogueLists, type ModelFiles } from '#libs/learning';
import type { ModelFileReader, PublishedModel } from './ports.js';

export interface ServedParts extends CatalogueLists {
  /** Of the quarantine, when the degrees of items were counted; absent where the model does not use them. */
  readonly countedAt?: number;
  readonly degrees?: ReadonlyMap<string, number>;
}

/**
 * A published version that answers. Where its aggregator needs no shards, theirs are read only for questions that come while a shard
 * is quarantined, and let go of afterwards: counts of pairs take many times the memory of what serves.
 */
export class ServedVersion {
  /** Items of the version's catalogue, and its features. */
  readonly items: ReadonlySet<string>;
  readonly features: ReadonlySet<string>;
  readonly countedAt: number | undefined;
  private readonly usual: ModelScorer;
  private whole: Promise<ModelScorer> | undefined;

  private constructor(
    readonly model: PublishedModel,
    { countedAt, ...parts }: ServedParts,
    private readonly files: ModelFiles,
    private readonly reader: ModelFileReader,
  ) {
    this.items = new Set(parts.items);
    this.features = new Set(parts.features);
    this.countedAt = countedAt;
    this.usual = new ModelScorer(files);
  }

  /** @throws RegistryError MODEL_FILE_MISSING, MODEL_FILE_DAMAGED */
  static async open(
    model: PublishedModel,
    parts: ServedParts,
    reader: ModelFileReader,
  ): Promise<ServedVersion> {
    const { genesis, manifest } = model;
    const shards = asksShards(genesis.config) ? await shardFiles(model, reader) : undefined;
    const aggregator = await reader.get(manifest.aggregator.digest);
    return new ServedVersion(model, parts, { ...genesis, ...parts, shards, aggregator }, reader);
  }

  /**
   * What answers while these shards are quarantined.
   * @throws RegistryError as `open`, where the shards are read now
   */
  async scorer(quarantined: ReadonlySet<number>): Promise<ModelScorer> {
    if (quarantined.size === 0) this.whole = undefined;
    if (quarantined.size === 0 || this.files.shards !== undefined) return this.usual;
    this.whole ??= this.withShards();
    return this.whole;
  }

  private async withShards(): Promise<ModelScorer> {
    try {
      return new ModelScorer({ ...this.files, shards: await shardFiles(this.model, this.reader) });
    } catch (failure) {
      this.whole = undefined; // the next question tries again
      throw failure;
    }
  }
}

function shardFiles({ manifest }: PublishedModel, reader: ModelFileReader): Promise<Uint8Array[]> {
  return Promise.all(manifest.shards.map(({ digest }) => reader.get(digest)));
}
