import type { ModelManifest } from '#libs/contracts';
import { ModelScorer, type Recommendation } from '#libs/learning';
import type {
  ModelFileReader,
  PresentRecords,
  PublishedModel,
  PublishedModels,
  ServedCatalogue,
  SubjectDirectory,
} from './ports.js';
import type { QuarantinedShards } from './quarantined-shards.js';
import { ServingError } from './serving-error.js';

export interface Recommended extends Recommendation {
  readonly title: string;
  readonly categories: readonly string[];
}

export interface RecommendationList {
  readonly model: { readonly line: string; readonly version: number };
  /** Shards left out because they are being rebuilt. */
  readonly quarantinedShards: readonly number[];
  readonly items: readonly Recommended[];
}

interface Served {
  readonly model: PublishedModel;
  readonly scorer: ModelScorer;
}

export const MAX_K = 1000;

/**
 * Recommends from the version that is published at the time of the question. A new version is loaded beside the old one and
 * takes its place in one assignment, so that no request meets half of it.
 */
export class Recommendations {
  private served: Served | undefined;
  private loading: Promise<void> = Promise.resolve();

  constructor(
    private readonly models: PublishedModels,
    private readonly files: ModelFileReader,
    private readonly catalogue: ServedCatalogue,
    private readonly records: PresentRecords,
    private readonly directory: SubjectDirectory,
    private readonly quarantine: QuarantinedShards,
  ) {}

  /**
   * Loads what is published now; to be called at start and after every publication. When that fails nothing is served, and the next
   * question tries again: what was served before is revoked.
   *
   * @throws RegistryError MODEL_FILE_MISSING, MODEL_FILE_DAMAGED
   */
  refresh(): Promise<void> {
    const turn = this.loading
      .then(() => this.load())
      .catch((failure: unknown) => {
        this.served = undefined;
        throw failure;
      });
    this.loading = turn.catch(() => {}); // the next refresh tries again; this one's caller gets the error
    return turn;
  }

  /**
   * The top k for a person, never an item that the person has seen, never from a quarantined record or shard.
   * @throws ServingError SUBJECT_UNKNOWN, MODEL_NOT_PUBLISHED, MODEL_QUARANTINED, K_OUT_OF_RANGE, and as `refresh` does
   */
  async recommend(externalId: string, k: number): Promise<RecommendationList> {
    if (!Number.isInteger(k) || k < 1 || k > MAX_K)
      throw new ServingError('K_OUT_OF_RANGE', `k is a whole number from 1 to ${MAX_K}`, {
        nextStep: 'Ask for fewer items, but at least one.',
      });
    const { model, scorer } = await this.current();
    const subject = this.directory.findSubject(externalId);
    if (subject === undefined)
      throw new ServingError('SUBJECT_UNKNOWN', 'nobody is enrolled under that id', {
        nextStep: 'Check the id; a person who was erased is no longer known under it.',
      });
    await this.quarantine.caughtUp();
    const quarantinedShards = this.quarantine.of(model.partition);
    if (quarantinedShards.size === model.partition.shards)
      throw new ServingError('MODEL_QUARANTINED', 'every shard is being rebuilt', {
        nextStep: 'Ask again in some seconds.',
      });
    const present = (await this.records.recordsOf(subject)).map(({ item }) => item);
    const exclude = new Set([...present, ...(await this.catalogue.withdrawn())]);
    const items = scorer.recommend({ present, exclude, k, quarantinedShards });
    return {
      model: { line: model.manifest.line, version: model.manifest.version },
      quarantinedShards: [...quarantinedShards].sort((a, b) => a - b),
      items: await this.described(items),
    };
  }

  /** The manifest that serves; undefined before the first publication. */
  servedManifest(): ModelManifest | undefined {
    return this.served?.model.manifest;
  }

  private async current(): Promise<Served> {
    if (this.served === undefined) await this.refresh();
    if (this.served === undefined)
      throw new ServingError('MODEL_NOT_PUBLISHED', 'no model is published yet', {
        nextStep: 'Train one: `lacuna train`.',
      });
    return this.served;
  }

  private async load(): Promise<void> {
    const model = await this.models.current();
    if (model === undefined || model.manifest.version === this.served?.model.manifest.version) return;
    const { genesis, manifest } = model;
    const { items } = await this.catalogue.at(BigInt(manifest.catalogue.position));
    const shards = await Promise.all(manifest.shards.map(({ digest }) => this.files.get(digest)));
    const aggregator = await this.files.get(manifest.aggregator.digest);
    this.served = { model, scorer: new ModelScorer({ ...genesis, items, shards, aggregator }) };
  }

  private async described(items: readonly Recommendation[]): Promise<Recommended[]> {
    const known = await this.catalogue.describe(items.map(({ item }) => item));
    return items.map((entry) => ({
      ...entry,
      title: known.get(entry.item)?.title ?? entry.item,
      categories: known.get(entry.item)?.categories ?? [],
    }));
  }
}
