import { rebuildShard } from '#libs/learning';
import { nodeSha256 } from '#platform/crypto';
import { refusalOf, unpackJob, type ShardAnswer, type ShardMessage } from './shard-message.js';

/** Runs in a thread of the pool: one job, one answer. */
export default function trainInThread(message: ShardMessage): ShardAnswer {
  const { progress } = message;
  try {
    const job = { ...unpackJob(message), hash: nodeSha256 };
    return { result: rebuildShard(job, (round) => progress?.postMessage(round)) };
  } catch (error) {
    return { refusal: refusalOf(error) };
  }
}
