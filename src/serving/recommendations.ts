import type { ModelManifest, StoredRecord } from '#libs/contracts';
import { compareBytes } from '#libs/essentials';
import { usesDegrees, type ModelScorer, type Recommendation, type RecommendationQuery } from '#libs/learning';
import type {
  ItemDegrees,
  ModelFileReader,
  PresentRecords,
  PublishedModels,
  ServedCatalogue,
  SubjectDirectory,
} from './ports.js';
import type { QuarantinedShards } from './quarantined-shards.js';
import { ServedVersion } from './served-version.js';
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
  /** Why there are none; absent where there are. */
  readonly nothing?: NothingCode;
}

/**
 * A person who has records of the line's purpose in none of its items, and has stated nothing that the line takes; or has stated something, by
 * which alone the models of the line say nothing; or has records from which the version says nothing, for it was trained before they came; or
 * everything was met, withdrawn, or is in shards that are being rebuilt.
 */
export type NothingCode =
  'NO_RECORDS_TO_GO_BY' | 'NO_ANSWER_BY_FEATURES' | 'NEW_TO_THE_MODEL' | 'NOTHING_LEFT_TO_RECOMMEND';

/** What a question is put to. */
interface Askable {
  readonly served: ServedVersion;
  readonly scorer: ModelScorer;
  readonly quarantinedShards: ReadonlySet<number>;
}

export const MAX_K = 1000;

/**
 * Recommends from the version that is published at the time of the question. A new version is loaded beside the old one and
 * takes its place in one assignment, so that no request meets half of it.
 */
export class Recommendations {
  private served: ServedVersion | undefined;
  private loading: Promise<void> = Promise.resolve();

  constructor(
    private readonly models: PublishedModels,
    private readonly files: ModelFileReader,
    private readonly catalogue: ServedCatalogue,
    private readonly records: PresentRecords,
    private readonly directory: SubjectDirectory,
    private readonly quarantine: QuarantinedShards,
    private readonly degrees: ItemDegrees,
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
    await this.quarantine.caughtUp();
    await this.current();
    const subject = this.directory.findSubject(externalId);
    if (subject === undefined)
      throw new ServingError('SUBJECT_UNKNOWN', 'nobody is enrolled under that id', {
        nextStep: 'Check the id; a person who was erased is no longer known under it.',
      });
    const { served, scorer, quarantinedShards } = await this.askable();
    const { model } = served;
    const [records, withdrawn] = await Promise.all([
      this.records.recordsOf(subject),
      this.catalogue.withdrawn(),
    ]);
    const exclude = new Set([...records.map(({ item }) => item), ...withdrawn]);
    const person = personOf(subject, records, served);
    const items = scorer.recommend({ ...person, exclude, k, quarantinedShards });
    const isSilent = (): boolean => quarantinedShards.size === 0 && scorer.scores(person) === undefined;
    return {
      model: { line: model.manifest.line, version: model.manifest.version },
      quarantinedShards: [...quarantinedShards].sort((a, b) => a - b),
      items: await this.described(items),
      ...(items.length === 0 && { nothing: whyNothing(person, isSilent) }),
    };
  }

  /** The manifest that serves; undefined before the first publication. */
  servedManifest(): ModelManifest | undefined {
    return this.served?.model.manifest;
  }

  /** A version that is superseded while its shards are to be read loses them; then the one in its place is asked. */
  private async askable(): Promise<Askable> {
    const served = await this.current();
    const { partition } = served.model;
    const quarantinedShards = this.quarantine.of(partition);
    if (quarantinedShards.size === partition.shards)
      throw new ServingError('MODEL_QUARANTINED', 'every shard is being rebuilt', {
        nextStep: 'Ask again in some seconds.',
      });
    try {
      return { served, scorer: await served.scorer(quarantinedShards), quarantinedShards };
    } catch (failure) {
      await this.refresh();
      if (this.served === served) throw failure;
      return this.askable();
    }
  }

  private async current(): Promise<ServedVersion> {
    if (this.served === undefined || this.isOutdated(this.served)) await this.refresh();
    if (this.served === undefined)
      throw new ServingError('MODEL_NOT_PUBLISHED', 'no model is published yet', {
        nextStep: 'Train one: `lacuna train`.',
      });
    return this.served;
  }

  /** Degrees that were counted before records were put out of use are counted again before they are used. */
  private isOutdated({ countedAt }: ServedVersion): boolean {
    return countedAt !== undefined && countedAt !== this.quarantine.revision();
  }

  private async load(): Promise<void> {
    const model = await this.models.current();
    if (model === undefined) return;
    const { genesis, manifest } = model;
    if (manifest.version === this.served?.model.manifest.version && !this.isOutdated(this.served)) return;
    const catalogue = await this.catalogue.at(BigInt(manifest.catalogue.position));
    const countedAt = usesDegrees(genesis.config) ? this.quarantine.revision() : undefined;
    const degrees =
      countedAt === undefined
        ? undefined
        : await this.degrees.count({
            purpose: genesis.config.purpose,
            catalogue: new Set(catalogue.items),
          });
    this.served = await ServedVersion.open(model, { ...catalogue, countedAt, degrees }, this.files);
  }

  private async described(items: readonly Recommendation[]): Promise<Recommended[]> {
    const known = await this.catalogue.known(items.map(({ item }) => item));
    return items.map((entry) => ({
      ...entry,
      title: known.get(entry.item)?.title ?? entry.item,
      categories: known.get(entry.item)?.categories ?? [],
    }));
  }
}

function whyNothing({ present, features }: PersonAsked, isSilent: () => boolean): NothingCode {
  if (present.length > 0) return isSilent() ? 'NEW_TO_THE_MODEL' : 'NOTHING_LEFT_TO_RECOMMEND';
  return features.length > 0 ? 'NO_ANSWER_BY_FEATURES' : 'NO_RECORDS_TO_GO_BY';
}

interface PersonAsked extends Pick<RecommendationQuery, 'subject' | 'inOrderOfTime' | 'recordsPerShard'> {
  readonly present: readonly string[];
  readonly features: readonly string[];
}

/** The person as the model is asked about them: by what was recorded for the line's purposes, oldest first. */
function personOf(
  subject: string,
  records: readonly StoredRecord[],
  { model: { genesis, partition }, items, features: known }: ServedVersion,
): PersonAsked {
  const { config } = genesis;
  const used = records
    .filter(({ purpose, item }) => purpose === config.purpose && items.has(item))
    .sort((a, b) => a.time - b.time || compareBytes(a.label, b.label));
  const recordsPerShard = new Uint32Array(partition.shards);
  for (const { label } of used) recordsPerShard[partition.shardOf({ subject, label })]++;
  const features = records
    .filter(({ purpose, item }) => purpose === config.profilePurpose && known.has(item))
    .map(({ item }) => item);
  return { subject, present: used.map(({ item }) => item), features, inOrderOfTime: true, recordsPerShard };
}
