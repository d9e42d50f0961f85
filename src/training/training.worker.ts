import { aggregatorReady, buildAggregator, rebuildShard } from '#libs/learning';
import { nodeSha256 } from '#platform/crypto';
import {
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
    return message.part === 'shard' ? trainShard(message) : await trainAggregator(message);
  } catch (error) {
    return { refusal: refusalOf(error) };
  }
}

function trainShard(message: ShardMessage): TrainingAnswer {
  const { progress } = message;
  const job = { ...unpackShardJob(message), hash: nodeSha256 };
  return { result: rebuildShard(job, (round) => progress?.postMessage(round)) };
}

async function trainAggregator(message: AggregatorMessage): Promise<TrainingAnswer> {
  const job = { ...unpackAggregatorJob(message), hash: nodeSha256 };
  await aggregatorReady(job.genesis.config);
  return { aggregator: buildAggregator(job) };
}
