import { setPriority } from 'node:os';
import { isCodedError } from '#libs/essentials';
import type { ShardManifest } from '#libs/contracts';
import {
  divergenceOf,
  loadTrust,
  PartialVerificationError,
  trustFolderOf,
  VerificationError,
  verifyCertificate,
  type VerifiedStep,
} from '#libs/verification';
import { nodeVerifySignature } from '#platform/crypto';
import type { ReplayEnd, ReplayNews } from '#stages/explorer';
import type { ReplayOrder } from './replay-order.js';
import type { ReplayWatcher } from './replay-watcher.js';
import { runReplay } from './run-replay.js';

/** Lower than that of those who answer people (nice). */
const PRIORITY = 10;

/** What begins when a step is done. */
const STAGES: Readonly<Record<string, Extract<ReplayNews, { kind: 'stage' }>['stage']>> = {
  genesis: 'reading',
  events: 'training',
};

process.once('disconnect', () => process.exit()); // whoever asked is gone
process.once('message', (order) => void answer(order as ReplayOrder));

/** One replay, in a process of its own. It writes nothing to the disk: what it opens is gone with it. */
async function answer(order: ReplayOrder): Promise<void> {
  setPriority(PRIORITY);
  const steps: string[] = [];
  const end = await ended(order, steps);
  process.send!(end, () => process.disconnect());
}

async function ended(
  { certificate: bundle, trust, events, vault, kek, models, threads }: ReplayOrder,
  steps: string[],
): Promise<ReplayEnd> {
  try {
    const report = await runReplay(
      {
        certificate: async () => {
          const policy = loadTrust(trustFolderOf(trust), nodeVerifySignature);
          return verifyCertificate({ bundle, trust: policy }).certificate;
        },
        events,
        keys: { kind: 'vault', file: vault, kek },
        models,
        threads,
      },
      watcher(steps),
    );
    return { kind: 'verified', report };
  } catch (error) {
    return refused(error, steps);
  }
}

function watcher(steps: string[]): ReplayWatcher {
  const tell = (news: ReplayNews): void => void process.send!(news);
  let certified: readonly ShardManifest[] = [];
  let rebuilt = 0;
  return {
    onStep: ({ step }: VerifiedStep) => {
      steps.push(step);
      if (Object.hasOwn(STAGES, step)) tell({ kind: 'stage', stage: STAGES[step] });
    },
    onEvents: (read) => tell({ kind: 'events', events: read }),
    onPlanned: (shards) => {
      certified = shards;
      tell({
        kind: 'planned',
        shards: shards.map(({ shard, digest }) => ({ shard, certifiedDigest: digest })),
      });
    },
    onLost: (shards) => tell({ kind: 'shards-lost', shards }),
    onShardBegins: (shard) => tell({ kind: 'shard-begins', shard }),
    onShard: (result) => {
      const { shard, digest: replayedDigest } = result;
      const divergence = divergenceOf(
        result,
        certified.find((one) => one.shard === shard)!,
      );
      tell({ kind: 'shard-rebuilt', shard, replayedDigest, ...(divergence && told(divergence)) });
      if (++rebuilt === certified.length) tell({ kind: 'stage', stage: 'comparing' });
    },
  };
}

function told({ code, facts: { round } }: VerificationError) {
  return { divergence: { code, ...(typeof round === 'number' && { round }) } };
}

/** When the events were read, what is refused is what came out of them. */
function refused(error: unknown, steps: readonly string[]): ReplayEnd {
  if (!isCodedError(error)) throw error; // a defect: the process ends, and whoever asked is told that
  const { code, message: title, nextStep } = error;
  const problem = { code, title, ...(nextStep !== undefined && { nextStep }) };
  if (error instanceof PartialVerificationError)
    return { kind: 'refused', as: 'partial', problem, findings: error.findings };
  const isDivergence = error instanceof VerificationError && steps.at(-1) === 'events';
  return { kind: 'refused', as: isDivergence ? 'diverged' : 'failed', problem };
}
