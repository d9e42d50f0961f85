import { move, transferableSymbol, valueSymbol } from 'piscina';
import { assertNever } from '#libs/essentials';
import type { WeightsProblem } from '#libs/kernels';
import { aggregatorReady, buildAggregator, rebuildShard, sumShards, type SummedShards } from '#libs/learning';
import { nodeSha256 } from '#platform/crypto';
import { help, solveWithHelp } from './shared-solving.js';
import {
  ownBuffer,
  refusalOf,
  unpackAggregatorJob,
  unpackShardJob,
  type AggregatorMessage,
  type ShardMessage,
  type TrainingAnswer,
  type TrainingMessage,
} from './training-message.js';

/** Runs in a thread of the pool: one job, one answer. */
export default async function trainInThread(message: TrainingMessage): Promise<TrainingAnswer> {
  try {
    switch (message.part) {
      case 'shard':
        return trainShard(message);
      case 'aggregator':
        return await trainAggregator(message);
      case 'sum':
        return sum(message);
      case 'helper':
        help(message.helping);
        return { helped: true };
      default:
        return assertNever(message);
    }
  } catch (error) {
    return { refusal: refusalOf(error) };
  }
}

function trainShard(message: ShardMessage): TrainingAnswer {
  const { progress } = message;
  const job = { ...unpackShardJob(message), hash: nodeSha256 };
  const result = rebuildShard(job, (round) => progress?.postMessage(round));
  return moved({ result }, [result.file, ...result.checkpoints.map(({ file }) => file)]);
}

async function trainAggregator(message: AggregatorMessage): Promise<TrainingAnswer> {
  const { helping } = message;
  const job = {
    ...unpackAggregatorJob(message),
    hash: nodeSha256,
    ...(helping && {
      solve: (problem: WeightsProblem, into?: Float32Array) => solveWithHelp(problem, helping, into),
      allocate: shared,
    }),
  };
  await aggregatorReady(job.genesis.config);
  let summed: SummedShards | undefined;
  const aggregator = buildAggregator({ ...job, onSummed: (all) => (summed = all) });
  helping?.port.close();
  return moved({ aggregator, ...(helping && { summed }) }, [aggregator]);
}

function sum(message: AggregatorMessage): TrainingAnswer {
  const job = { ...unpackAggregatorJob(message), hash: nodeSha256, allocate: shared };
  return { summed: sumShards(job, message.without) };
}

/** Memory of which an answer holds no copy, and which a thread that helps reads where it lies. */
function shared(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes);
}

/** An answer whose files move to the main thread instead of being copied. */
function moved(answer: TrainingAnswer, files: readonly (Uint8Array | undefined)[]): TrainingAnswer {
  const transferable = { [valueSymbol]: answer, [transferableSymbol]: files.flatMap(ownBuffer) };
  return move(transferable) as unknown as TrainingAnswer;
}
