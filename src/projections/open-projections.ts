import type { EventStore, PayloadSealer } from '#libs/messaging';
import { openReadModels, type ReadModelsPlace } from '#platform/read-models';
import { CatalogueProjection } from './catalogue-projection.js';
import { CatalogueQueries } from './catalogue-queries.js';
import { PROJECTIONS } from './definition.js';
import { PeopleProjection } from './people-projection.js';
import { PeopleQueries } from './people-queries.js';
import { StoreInteractionFold, type InteractionFold } from './interaction-fold.js';
import { ProjectionRunner, type RunnerOptions } from './projection-runner.js';
import { readModelsDigest } from './read-models-digest.js';
import { ItemDegrees } from './item-degrees.js';
import { ShardSnapshots } from './shard-snapshots.js';
import { TrainingRecordsProjection } from './training-records-projection.js';

export interface ProjectionsOptions extends RunnerOptions {
  readonly place: ReadModelsPlace;
  readonly store: EventStore;
  readonly sealer: PayloadSealer;
  /** Who opens and packs the records of a backlog; default: this thread. */
  readonly fold?: InteractionFold;
}

export interface Projections {
  readonly runner: ProjectionRunner;
  readonly catalogue: CatalogueQueries;
  readonly people: PeopleQueries;
  readonly snapshots: ShardSnapshots;
  readonly degrees: ItemDegrees;
  /** SHA-256 over all rows, hex; they take in every event appended before the question. */
  digest(): Promise<string>;
  close(): Promise<void>;
}

/**
 * Opens the read models. They begin to follow the log with the first question, or with `runner.start()`: an import need not wait for
 * rows that nobody reads yet.
 */
export async function openProjections({
  place,
  store,
  sealer,
  fold = new StoreInteractionFold(store, sealer),
  ...options
}: ProjectionsOptions): Promise<Projections> {
  const models = await openReadModels(PROJECTIONS, place);
  const records = new TrainingRecordsProjection(sealer);
  const projections = [new CatalogueProjection(), new PeopleProjection(sealer), records];
  const runner = new ProjectionRunner(store, models, projections, { fold, into: records }, options);
  return {
    runner,
    catalogue: new CatalogueQueries(models, runner),
    people: new PeopleQueries(models, runner),
    snapshots: new ShardSnapshots(models, runner),
    degrees: new ItemDegrees(models, runner),
    digest: async () => {
      await runner.caughtUp();
      return readModelsDigest(models);
    },
    close: async () => {
      await runner.stop();
      await models.close();
    },
  };
}
