import type { ModelConfig } from '#libs/contracts';
import {
  divideRecords,
  utilityOf,
  type MemoryLine,
  type ShardedRecords,
  type Utility,
} from '#libs/evaluation';
import { queriesOf, storedPeople, type EvaluatedData } from './evaluated-data.js';
import type { PackedQueries } from './ranking-message.js';
import { filesOf, openLine, trainLine, type TrainedVersion } from './train-line.js';
import type { Workshop } from './workshop.js';

export interface LineOutcome {
  readonly line: MemoryLine;
  readonly records: ShardedRecords;
  readonly version: TrainedVersion;
  readonly queries: PackedQueries;
  readonly utility: Utility;
  /** Of each shard, asked alone; empty where there is one shard. */
  readonly alone: readonly Utility[];
}

export interface LineQuestion {
  readonly config: ModelConfig;
  readonly data: EvaluatedData;
  readonly cutoffs: readonly number[];
  readonly seed: string;
}

/** A line without a store, its records, and what it is asked. */
export interface AskedLine {
  readonly line: MemoryLine;
  readonly records: ShardedRecords;
  readonly data: EvaluatedData;
  readonly cutoffs: readonly number[];
}

/** A version that was trained, and answers. */
export interface TrainedAnswers {
  readonly version: TrainedVersion;
  readonly queries: PackedQueries;
  /** @param shard the only one that is asked; all of them where absent */
  readonly ask: (shard?: number) => Promise<Utility>;
}

/** Trains a line, which may then be asked, about everybody who is tested, with all shards or with one alone. */
export async function trainAndAsk(
  { line, records, data, cutoffs }: AskedLine,
  { trainer, ranking }: Workshop,
): Promise<TrainedAnswers> {
  const version = await trainLine(line, records, trainer);
  const model = ranking.model(filesOf(line, version, data.degrees));
  const queries = queriesOf(data, records, line.genesis.config);
  const question = { subjects: data.tested, queries, k: Math.max(...cutoffs) };
  const ask = async (shard?: number): Promise<Utility> =>
    utilityOf(await ranking.rank(model, question, shard), data.relevant, cutoffs);
  return { version, queries, ask };
}

/** Trains a line and ranks for everybody who is tested, with all shards and with each alone. */
export async function evaluateLine(
  { config, data, cutoffs, seed }: LineQuestion,
  workshop: Workshop,
): Promise<LineOutcome> {
  const people = () => storedPeople(data.split.train, config, data.profiles);
  const line = openLine(config, data.catalogue, seed, people());
  const records = divideRecords(people(), line.partition);
  const { version, queries, ask } = await trainAndAsk({ line, records, data, cutoffs }, workshop);
  const utility = await ask();
  const alone: Utility[] = [];
  if (records.length > 1) for (let shard = 0; shard < records.length; shard++) alone.push(await ask(shard));
  return { line, records, version, queries, utility, alone };
}
