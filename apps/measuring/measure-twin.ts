import { usableEntries, type MeasuredUtility, type ModelManifest } from '#libs/contracts';
import {
  EvaluationError,
  LEAST_TESTED,
  NOT_MEASURED,
  utilityToKeep,
  type MemoryLine,
  type ShardedRecords,
  type ShardsOfPeople,
} from '#libs/evaluation';
import type { MeasurementStage } from '#libs/portal-contract';
import { openPartition, type Partition } from '#libs/sharding';
import { nodeHmacSha256, nodeSha256 } from '#platform/crypto';
import { openSharedSnapshots, type SharedSnapshots } from '#stages/projections';
import { measuringDraws } from '../evaluation/describe-line.js';
import { trainAndAsk, type TrainedAnswers } from '../evaluation/evaluate-line.js';
import { openWorkshop } from '../evaluation/workshop.js';
import type { MeasuringOrder } from './measuring-order.js';
import { twinDataOf, type TwinData } from './twin-data.js';
import { wholeDataset } from './whole-dataset.js';

/** Of recommendation lists, as `hr@10` and `ndcg@10`. */
const CUTOFF = 10;
/** Milliseconds for which the read models may be behind the log, on another host. */
const PATIENCE = 30_000;

/**
 * Trains the twin of a version without the last record of each person, asks it for them, and rounds what comes out (docs/decisions/0052). The twin
 * lies in memory only.
 *
 * @throws MeasuringError VERSION_NOT_WHOLE; ReadModelsError; LearningError, TrainingError as training does
 */
export async function measureTwin(
  order: MeasuringOrder,
  tell: (progress: MeasurementStage) => void,
): Promise<MeasuredUtility> {
  tell({ stage: 'reading' });
  const { genesis, partitionKey, threads } = order;
  const partition = openPartition(genesis.config.partition, partitionKey, nodeHmacSha256);
  const twin = await readTwin(order, partition);
  if (twin === undefined || twin.data.tested.length < LEAST_TESTED) return NOT_MEASURED;
  const { records, data } = twin;
  const line: MemoryLine = { genesis, partition, ...data.catalogue, hash: nodeSha256 };
  const workshop = openWorkshop(threads);
  try {
    let done = 0;
    const told = (): void => tell({ stage: 'training', done, of: records.length });
    const onShard = (): void => {
      done++;
      told();
    };
    told();
    const trainer = { ...workshop.trainer, onShard };
    const answers = await trainAndAsk({ line, records, data, cutoffs: [CUTOFF] }, { ...workshop, trainer });
    tell({ stage: 'ranking' });
    const utility = await answers.ask();
    const shards = await shardsOfPeople(partition, records, data.tested, answers);
    const trained = data.tested.map((person) => data.split.train.get(person)!.length);
    return utilityToKeep({ utility, records: trained, shards }, measuringDraws);
  } finally {
    await workshop.close();
  }
}

/** Undefined where nobody could be tested. */
async function readTwin(order: MeasuringOrder, partition: Partition): Promise<TwinData | undefined> {
  const { readModels, position, manifest, genesis } = order;
  const shared = await openSharedSnapshots(readModels);
  try {
    await shared.reached(BigInt(position), PATIENCE);
    return await twinFrom(shared, manifest, genesis.config, partition);
  } catch (error) {
    if (error instanceof EvaluationError && error.code === 'NOBODY_TO_TEST') return undefined;
    throw error;
  } finally {
    await shared.close();
  }
}

async function twinFrom(
  { catalogue, snapshots }: SharedSnapshots,
  manifest: ModelManifest,
  config: MeasuringOrder['genesis']['config'],
  partition: Partition,
): Promise<TwinData> {
  const entries = await catalogue.at(BigInt(manifest.catalogue.position));
  const shards = new Set(manifest.shards.map(({ shard }) => shard));
  const taken = await snapshots.take({ usable: usableEntries(config, entries), partition, shards });
  return twinDataOf(wholeDataset(manifest, taken.shards), config, entries);
}

/** Where a person's records lie in one shard, which it is; else what each shard says alone. */
async function shardsOfPeople(
  { kind }: Partition,
  records: ShardedRecords,
  tested: readonly string[],
  { ask }: TrainedAnswers,
): Promise<ShardsOfPeople | undefined> {
  if (records.length === 1) return undefined;
  if (kind === 'by-subject')
    return { kind: 'home', of: tested.map((person) => records.findIndex((shard) => shard.has(person))) };
  const values: Float64Array[] = [];
  for (let shard = 0; shard < records.length; shard++) values.push((await ask(shard)).get(`ndcg@${CUTOFF}`)!);
  return { kind: 'alone', values };
}
