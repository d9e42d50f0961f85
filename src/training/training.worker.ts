import { move, transferableSymbol, valueSymbol } from 'piscina';
import { assertNever } from '#libs/essentials';
import type { WeightsProblem } from '#libs/kernels';
import { aggregatorReady, buildAggregator, rebuildShard } from '#libs/learning';
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
  const solve = helping && ((problem: WeightsProblem) => solveWithHelp(problem, helping));
  const job = { ...unpackAggregatorJob(message), hash: nodeSha256, solve };
  await aggregatorReady(job.genesis.config);
  const aggregator = buildAggregator(job);
  helping?.port.close();
  return moved({ aggregator }, [aggregator]);
}

/** An answer whose files move to the main thread instead of being copied. */
function moved(answer: TrainingAnswer, files: readonly (Uint8Array | undefined)[]): TrainingAnswer {
  const transferable = { [valueSymbol]: answer, [transferableSymbol]: files.flatMap(ownBuffer) };
  return move(transferable) as unknown as TrainingAnswer;
}
