import path from 'node:path';
import type { UnlearningCertificate } from '#libs/certificate';
import { catalogueRoot, type Genesis, type ModelManifest } from '#libs/contracts';
import { configDigest, genesisDigest, type ShardResult } from '#libs/learning';
import { streamNames } from '#libs/messaging';
import { partitionKeyCommitment } from '#libs/sharding';
import {
  askedShards,
  compareReplay,
  loadTrust,
  REPLAY_EXPORT,
  StepLog,
  VerificationError,
  verifyCertificate,
  type ClaimReport,
  type NotProven,
  type ReplayReport,
} from '#libs/verification';
import { trainingCodeDigest } from '#platform/build';
import { nodeVerifySignature } from '#platform/crypto';
import { SqliteEventStore } from '#stages/event-store';
import { TrainingPool } from '#stages/training';
import { claimCommand, type Watcher } from './claim-command.js';
import { readInput, readTrustFolder } from './input-files.js';
import { needed, refuseTogether } from './choose-one.js';
import { foldInThreads } from './replay-fold.js';
import type { ReplayFoldJob } from './replay-fold-message.js';
import { findManifest, ReplayKeyFile, requireFile, requireShards } from './replay-inputs.js';
import { planReplay, rebuildParts, type ReplayPlan } from './replay-parts.js';
import { withUnpackedExport } from './unpack-export.js';

/** Files that lie about, or one encrypted export of them. */
interface ReplayCommand extends ReplayChoices {
  readonly certificate?: string;
  readonly events?: string;
  /** Of an export by default what came with it. */
  readonly trust?: string;
  readonly keys?: string;
  readonly models?: string;
  readonly export?: string;
  readonly identity?: string;
  readonly keep?: string;
}

interface ReplayChoices {
  /** Also rebuild the shards that the unlearning left alone. */
  readonly allShards?: boolean;
  readonly threads?: number;
}

interface ReplayInputs extends ReplayChoices {
  readonly certificate: string;
  readonly events: string;
  readonly trust: string;
  readonly keys: string;
  readonly models: string;
  /** Shards that the events can be replayed for; absent: all. */
  readonly shards?: string;
}

interface ReplayClaim extends ClaimReport, ReplayReport {
  readonly rebuilt: readonly Pick<ShardResult, 'shard' | 'datasetRoot' | 'count' | 'digest'>[];
}

/**
 * `lacuna-verify replay`: rebuilds datasets, shards and aggregator from the events and compares every byte with the certificate,
 * which is itself verified first.
 */
export const run = claimCommand<ReplayCommand, ReplayClaim>({
  claim: 'replay',
  verify: (command, watcher) =>
    command.export === undefined
      ? replay(inputsOf(command), watcher)
      : replayExport(command, command.export, watcher),
  describe,
});

/** @throws VerifierError OPTION_MISSING, OPTIONS_CONFLICT */
function inputsOf(command: ReplayCommand): ReplayInputs {
  refuseTogether('--export', { identity: command.identity, keep: command.keep });
  const [certificate, events, trust] = (['certificate', 'events', 'trust'] as const).map((name) =>
    needed(name, command[name], 'Or name an export with --export and --identity.'),
  );
  const beside = path.dirname(events);
  return {
    ...command,
    certificate,
    events,
    trust,
    keys: command.keys ?? path.join(beside, REPLAY_EXPORT.keys),
    models: command.models ?? path.join(beside, REPLAY_EXPORT.models),
  };
}

async function replayExport(command: ReplayCommand, file: string, watcher: Watcher): Promise<ReplayClaim> {
  const { certificate, events, keys, models, trust, keep } = command;
  refuseTogether('no --export', { certificate, events, keys, models });
  const identity = needed('identity', command.identity, 'It is the file that age-keygen made.');
  return withUnpackedExport({ file, identity, keep }, async (folder) => {
    const within = (name: keyof typeof REPLAY_EXPORT): string => path.join(folder, REPLAY_EXPORT[name]);
    const inputs = {
      ...command,
      certificate: within('certificate'),
      events: within('events'),
      keys: within('keys'),
      models: within('models'),
      shards: within('shards'),
      trust: trust ?? within('trust'),
    };
    const report = await replay(inputs, watcher);
    return trust === undefined ? { ...report, notProven: [...report.notProven, TRUST_OF_EXPORT] } : report;
  });
}

const TRUST_OF_EXPORT: NotProven = {
  code: 'TRUST_FROM_THE_EXPORT',
  meaning:
    'The trust files came in the export, from whoever made it: compare them with those of a source of your own, or name that one with --trust.',
};

async function replay(inputs: ReplayInputs, { onStep, onProgress }: Watcher): Promise<ReplayClaim> {
  const steps = new StepLog('replay', onStep);
  const certificate = await steps.runAsync('certificate', () => verifiedCertificate(inputs));
  const model = requireModel(certificate);
  const { manifest, manifestDigest, folder } = await steps.runAsync('manifest', () =>
    findManifest(inputs.models, model.manifest.after.digest),
  );
  requireFile(inputs.events, 'Name the copy of the event log with --events.');
  const genesis = await steps.runAsync('genesis', () => committedGenesis(inputs, manifest));
  const asked = askedShards(model.affectedShards, manifest, inputs.allShards);
  const plan = await planReplay(genesis, manifest, folder, asked);
  if (inputs.shards !== undefined) await requireShards(inputs.shards, plan);
  const pool = new TrainingPool({ threads: inputs.threads });
  try {
    const replayed = await steps.runAsync('events', () =>
      foldInThreads(foldJobOf(inputs, plan), onProgress, inputs.threads),
    );
    const { shards, lost, aggregatorDigest } = await rebuildParts(plan, replayed, pool, onProgress);
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
  const { purpose, partition } = genesis.config;
  const cataloguePosition = BigInt(manifest.catalogue.position);
  return { events, keys, line: manifest.line, wanted, purpose, partition, cataloguePosition };
}

/** What the certificate leaves open, without that which this replay has just shown. */
function openAfterReplay({ notProven }: UnlearningCertificate): readonly NotProven[] {
  return notProven.filter(({ code }) => code !== 'BIT_EXACT_ON_REPLAY');
}

async function verifiedCertificate({
  certificate: file,
  trust: folder,
}: ReplayInputs): Promise<UnlearningCertificate> {
  const [trust, bundle] = await Promise.all([readTrustFolder(folder), readInput(file)]);
  return verifyCertificate({ bundle, trust: loadTrust(trust, nodeVerifySignature) }).certificate;
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
  { keys: file, events }: ReplayInputs,
  manifest: ModelManifest,
): Promise<Genesis> {
  const keys = await ReplayKeyFile.read(file);
  const store = SqliteEventStore.open(events, { readOnly: true });
  try {
    const genesis = await genesisOf(store, manifest);
    if (partitionKeyCommitment(keys.partitionKey(manifest.line)) === genesis.partitionKeyCommitment)
      return genesis;
  } finally {
    await store.close();
  }
  throw new VerificationError(
    'REPLAY_PARTITION_KEY_MISMATCH',
    'the partition key is not the one that the genesis commits to',
    {
      nextStep: 'Ask the operator for the replay keys of this line.',
    },
  );
}

function describe({ line, version, rebuiltShards, otherShards, rebuilt }: ReplayClaim): string[] {
  return [
    ...rebuilt.map(
      ({ shard, datasetRoot, digest }) =>
        `✓ shard ${shard}     dataset root ${datasetRoot.slice(0, 12)}…, model bytes ${digest.slice(0, 12)}…: as certified`,
    ),
    '✓ aggregator  as certified',
    '',
    `Replayed: version ${version} of ${line} is what training on the remaining records gives, byte for byte (shards ${rebuiltShards.join(', ') || 'none'} and the aggregator).`,
    ...(otherShards.length > 0
      ? [
          `Shards ${otherShards.join(', ')} were left alone by this unlearning; --all-shards rebuilds them, too.`,
        ]
      : []),
  ];
}
