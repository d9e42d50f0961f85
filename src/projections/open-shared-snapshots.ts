import { setTimeout as pause } from 'node:timers/promises';
import { openReadModelsReader, ReadModelsError, type ReadModelsPlace } from '#platform/read-models';
import { CatalogueQueries } from './catalogue-queries.js';
import { PROJECTIONS } from './definition.js';
import { checkpointIn } from './folded-log.js';
import { ShardSnapshots } from './shard-snapshots.js';

const LOOK_AGAIN = 100;

/** Read models that another process folds the log into. Answers are as of what it has folded, not of the log's end. */
export interface SharedSnapshots {
  readonly snapshots: ShardSnapshots;
  readonly catalogue: CatalogueQueries;
  /** Position up to which the log is folded in. */
  position(): Promise<bigint>;
  /**
   * Resolves when the log is folded in up to there.
   * @throws ReadModelsError READ_MODELS_BEHIND when that takes longer than so many milliseconds
   */
  reached(position: bigint, within: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * For processes that train and hold no keys: it runs no projection and takes no lock.
 *
 * @throws ReadModelsError READ_MODELS_ABSENT until the process that folds has made the tables, and on PostgreSQL others that name LACUNA_POSTGRES_URL
 *
 * @example
 * const { snapshots, reached } = await openSharedSnapshots({ url, installation });
 * await reached(position, 30_000);
 * const { shards } = await snapshots.take({ purpose, catalogue, partition, shards: new Set([3]) });
 */
export async function openSharedSnapshots(place: ReadModelsPlace): Promise<SharedSnapshots> {
  const models = await openReadModelsReader(PROJECTIONS, place);
  const asItIs = { caughtUp: async () => undefined };
  const position = (): Promise<bigint> => models.read(checkpointIn);
  return {
    snapshots: new ShardSnapshots(models, asItIs),
    catalogue: new CatalogueQueries(models, asItIs),
    position,
    async reached(wanted, within) {
      const began = performance.now();
      for (let at = await position(); at < wanted; at = await position()) {
        if (performance.now() - began > within) throw behind(wanted, at);
        await pause(LOOK_AGAIN);
      }
    },
    close: () => models.close(),
  };
}

function behind(wanted: bigint, at: bigint): ReadModelsError {
  return new ReadModelsError('READ_MODELS_BEHIND', 'the read models have not come that far yet', {
    facts: { wanted: wanted.toString(), position: at.toString() },
    nextStep:
      'See whether the API of the installation runs and follows its event log; the job is tried again.',
  });
}
