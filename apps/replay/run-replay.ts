import type { UnlearningCertificate } from '#libs/certificate';
import { catalogueRoot, type Genesis, type ModelManifest, type ShardManifest } from '#libs/contracts';
import { configDigest, genesisDigest, type ShardResult } from '#libs/learning';
import { streamNames } from '#libs/messaging';
import { partitionKeyCommitment } from '#libs/sharding';
import {
  askedShards,
  compareReplay,
  StepLog,
  VerificationError,
  type ClaimReport,
  type NotProven,
  type ReplayReport,
} from '#libs/verification';
import { trainingCodeDigest } from '#platform/build';
import { SqliteEventStore } from '#stages/event-store';
import { TrainingPool } from '#stages/training';
import { foldInThreads } from './replay-fold.js';
import type { ReplayFoldJob } from './replay-fold-message.js';
import { findManifest, requireFile, requireShards } from './replay-inputs.js';
import { openReplayKeys, type ReplayKeySource } from './replay-keys.js';
import { planReplay, rebuildParts, type ReplayPlan } from './replay-parts.js';
import type { ReplayWatcher } from './replay-watcher.js';

export interface ReplayInputs {
  /** Reads and verifies the certificate. */
  readonly certificate: () => Promise<UnlearningCertificate>;
  /** The event log, or a copy of it; only read. */
  readonly events: string;
  readonly keys: ReplayKeySource;
  /** Folder with the manifests, and the files of shards that are not rebuilt. */
  readonly models: string;
  /** File with the shards that the events can be replayed for; absent: all. */
  readonly shards?: string;
  /** Also rebuild the shards that the unlearning left alone. */
  readonly allShards?: boolean;
  /** That read and rebuild; default: one a processor. */
  readonly threads?: number;
}

export interface ReplayClaim extends ClaimReport, ReplayReport {
  readonly rebuilt: readonly Pick<ShardResult, 'shard' | 'datasetRoot' | 'count' | 'digest'>[];
}

/**
 * Rebuilds datasets, shards and aggregator from the events and compares every byte with a certificate.
 *
 * @throws VerificationError REPLAY_…, PartialVerificationError; ReplayError when it cannot even begin
 */
export async function runReplay(inputs: ReplayInputs, watcher: ReplayWatcher = {}): Promise<ReplayClaim> {
  const steps = new StepLog('replay', watcher.onStep);
  const certificate = await steps.runAsync('certificate', inputs.certificate);
  const model = requireModel(certificate);
  const { manifest, manifestDigest, folder } = await steps.runAsync('manifest', () =>
    findManifest(inputs.models, model.manifest.after.digest),
  );
  requireFile(inputs.events, 'Name the copy of the event log with --events.');
  const genesis = await steps.runAsync('genesis', () => committedGenesis(inputs, manifest));
  const asked = askedShards(model.affectedShards, manifest, inputs.allShards);
  const plan = await planReplay(genesis, manifest, folder, asked);
  if (inputs.shards !== undefined) await requireShards(inputs.shards, plan);
  watcher.onPlanned?.(shardsOf(plan));
  const pool = new TrainingPool({ threads: inputs.threads });
  try {
    const replayed = await steps.runAsync('events', () =>
      foldInThreads(foldJobOf(inputs, plan), (...read) => watcher.onEvents?.(...read), inputs.threads),
    );
    const { shards, lost, aggregatorDigest } = await rebuildParts(plan, replayed, pool, watcher);
    const report = steps.run('bytes', () =>
      compareReplay({
        certificate,
        manifest,
        manifestDigest,
        rebuilt: {
          shards,
          lostShards: lost.map(({ shard, left, erasedLater }) => ({ shard, left, erasedLater })),
          aggregatorDigest,
          catalogueRoot: catalogueRoot(replayed.catalogue),
          genesisDigest: genesisDigest(genesis),
          configDigest: configDigest(genesis.config),
          codeDigest: trainingCodeDigest(),
          kernelDigest: genesis.kernelDigest,
        },
      }),
    );
    const rebuilt = shards.map(({ shard, datasetRoot, count, digest }) => ({
      shard,
      datasetRoot,
      count,
      digest,
    }));
    return steps.report({ ...report, rebuilt }, openAfterReplay(certificate));
  } finally {
    await pool.close();
  }
}

function foldJobOf({ events, keys }: ReplayInputs, { genesis, manifest, wanted }: ReplayPlan): ReplayFoldJob {
  const { purpose, profilePurpose, partition } = genesis.config;
  const purposes = { purpose, profilePurpose };
  const cataloguePosition = BigInt(manifest.catalogue.position);
  return { events, keys, line: manifest.line, wanted, purposes, partition, cataloguePosition };
}

/** What is rebuilt, as it was certified. */
function shardsOf({ manifest, wanted }: ReplayPlan): ShardManifest[] {
  return manifest.shards.filter(({ shard }) => wanted.shards.some((one) => one.shard === shard));
}

/** What the certificate leaves open, without that which this replay has just shown. */
function openAfterReplay({ notProven }: UnlearningCertificate): readonly NotProven[] {
  return notProven.filter(({ code }) => code !== 'BIT_EXACT_ON_REPLAY');
}

function requireModel({ model }: UnlearningCertificate): NonNullable<UnlearningCertificate['model']> {
  if (model !== null) return model;
  throw new VerificationError('REPLAY_NO_MODEL', 'the certificate is from before any model was published', {
    nextStep: 'There is nothing to rebuild; `lacuna-verify certificate` checks all that it states.',
  });
}

async function genesisOf(
  store: SqliteEventStore,
  { line, genesisDigest: expected }: ModelManifest,
): Promise<Genesis> {
  for await (const event of store.readStream(streamNames.model(line), { maxCount: 1 })) {
    const { genesis } = event.data as { genesis?: Genesis }; // whoever made the copy chose it: nothing is known until the digest agrees
    if (genesis !== undefined && digestOf(genesis) === expected) return genesis;
  }
  throw new VerificationError(
    'REPLAY_GENESIS_MISMATCH',
    'the events do not begin the line with the genesis that the manifest names',
    {
      nextStep: 'See that events and certificate belong to one installation.',
    },
  );
}

function digestOf(genesis: Genesis): string | undefined {
  try {
    return genesisDigest(genesis);
  } catch {
    return undefined; // not even canonical JSON
  }
}

/** The line's genesis, after the partition key was seen to be the one that it commits to. */
async function committedGenesis(
  { keys: source, events }: ReplayInputs,
  manifest: ModelManifest,
): Promise<Genesis> {
  const keys = await openReplayKeys(source);
  const store = SqliteEventStore.open(events, { readOnly: true });
  try {
    const genesis = await genesisOf(store, manifest);
    if (partitionKeyCommitment(keys.partitionKey(manifest.line)) === genesis.partitionKeyCommitment)
      return genesis;
  } finally {
    await store.close();
    keys.close();
  }
  throw new VerificationError(
    'REPLAY_PARTITION_KEY_MISMATCH',
    'the partition key is not the one that the genesis commits to',
    {
      nextStep: 'Ask the operator for the replay keys of this line.',
    },
  );
}
