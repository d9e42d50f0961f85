import path from 'node:path';
import type { UnlearningCertificate } from '#libs/certificate';
import { catalogueLists, catalogueRoot, type Genesis, type ModelManifest } from '#libs/contracts';
import { configDigest, genesisDigest, type ShardResult } from '#libs/learning';
import { streamNames } from '#libs/messaging';
import { openPartition, partitionKeyCommitment } from '#libs/sharding';
import {
  compareReplay,
  loadTrust,
  REPLAYED_EVENTS,
  ReplayDataset,
  VerificationError,
  verifyCertificate,
  type ReplayReport,
} from '#libs/verification';
import { trainingCodeDigest } from '#platform/build';
import { nodeHmacSha256 } from '#platform/crypto';
import { SqliteEventStore } from '#stages/event-store';
import { readInput, readTrustFolder } from './input-files.js';
import { EXIT, exitCodeOf, printRefusal, refusalAsJson, type ExitCode, type Output } from './output.js';
import { findManifest, ReplayKeyFile, requireFile } from './replay-inputs.js';
import { planReplay, rebuildParts } from './replay-parts.js';

export interface ReplayOptions {
  readonly certificate: string;
  readonly events: string;
  readonly trust: string;
  /** Default: replay-keys.jsonl beside the events. */
  readonly keys?: string;
  /** Default: models/ beside the events. */
  readonly models?: string;
  /** Also rebuild the shards that the unlearning left alone. */
  readonly allShards?: boolean;
  readonly threads?: number;
  readonly json?: boolean;
}

interface Replayed {
  readonly report: ReplayReport;
  readonly shards: readonly ShardResult[];
}

/**
 * `lacuna-verify replay`: rebuilds datasets, shards and aggregator from the events and compares every byte with the certificate,
 * which is itself verified first.
 */
export async function replayCommand(options: ReplayOptions, output: Output): Promise<ExitCode> {
  const tell = options.json ? () => {} : (line: string) => output.print(line);
  try {
    const { report, shards } = await replay(options, tell);
    if (options.json) {
      const rebuilt = shards.map(({ shard, datasetRoot, count, digest }) => ({
        shard,
        datasetRoot,
        count,
        digest,
      }));
      output.print(JSON.stringify({ verified: true, ...report, rebuilt }, undefined, 2));
    } else describe(report, shards).forEach(output.print);
    return EXIT.verified;
  } catch (error) {
    if (!options.json) return printRefusal(error, output);
    output.print(JSON.stringify({ verified: false, error: refusalAsJson(error) }, undefined, 2));
    return exitCodeOf(error);
  }
}

async function replay(options: ReplayOptions, tell: (line: string) => void): Promise<Replayed> {
  const certificate = await verifiedCertificate(options);
  tell('✓ certificate   signature, log entry and checkpoint hold');
  const beside = path.dirname(options.events);
  const model = requireModel(certificate);
  const { manifest, manifestDigest, folder } = await findManifest(
    options.models ?? path.join(beside, 'models'),
    model.manifest.after.digest,
  );
  tell(`✓ manifest      version ${manifest.version} of line ${manifest.line}`);
  const keys = await ReplayKeyFile.read(options.keys ?? path.join(beside, 'replay-keys.jsonl'));
  requireFile(options.events, 'Name the copy of the event log with --events.');
  const store = SqliteEventStore.open(options.events, { readOnly: true });
  try {
    const genesis = await genesisOf(store, manifest);
    const partitionKey = keys.partitionKey(manifest.line);
    requireCommitted(partitionKey, genesis);
    tell('✓ genesis       seed, configuration and partition key are those that were logged first');
    const asked = askedShards(model.affectedShards, manifest, options.allShards);
    const plan = await planReplay(genesis, manifest, folder, asked);
    const partition = openPartition(genesis.config.partition, partitionKey, nodeHmacSha256);
    const dataset = new ReplayDataset(plan.wanted, genesis.config.purpose, partition, keys, nodeHmacSha256);
    const events = await foldEvents(store, dataset);
    tell(`✓ events        ${events.toLocaleString('en-US')} read; every label belongs to its record`);
    const items = dataset.catalogueAt(BigInt(manifest.catalogue.position));
    const { shards, lost, aggregatorDigest } = await rebuildParts(
      plan,
      catalogueLists(items),
      dataset,
      options.threads,
      tell,
    );
    const report = compareReplay({
      certificate,
      manifest,
      manifestDigest,
      rebuilt: {
        shards,
        shardsSinceErased: lost,
        aggregatorDigest,
        catalogueRoot: catalogueRoot(items),
        genesisDigest: genesisDigest(genesis),
        configDigest: configDigest(genesis.config),
        codeDigest: trainingCodeDigest(),
        kernelDigest: genesis.kernelDigest,
      },
    });
    return { report, shards };
  } finally {
    await store.close();
  }
}

async function verifiedCertificate({
  certificate: file,
  trust: folder,
}: ReplayOptions): Promise<UnlearningCertificate> {
  const [trust, bundle] = await Promise.all([readTrustFolder(folder), readInput(file)]);
  return verifyCertificate({ bundle, trust: loadTrust(trust) }).certificate;
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

function requireCommitted(partitionKey: Uint8Array, genesis: Genesis): void {
  if (partitionKeyCommitment(partitionKey) === genesis.partitionKeyCommitment) return;
  throw new VerificationError(
    'REPLAY_PARTITION_KEY_MISMATCH',
    'the partition key is not the one that the genesis commits to',
    {
      nextStep: 'Ask the operator for the replay keys of this line.',
    },
  );
}

function askedShards(
  affected: readonly { shard: number }[],
  { shards }: ModelManifest,
  all: boolean | undefined,
): ReadonlySet<number> {
  return new Set((all ? shards : affected).map(({ shard }) => shard));
}

async function foldEvents(store: SqliteEventStore, dataset: ReplayDataset): Promise<number> {
  let events = 0;
  for await (const event of store.readAll({ filter: { types: REPLAYED_EVENTS } })) {
    dataset.apply(event);
    events++;
  }
  return events;
}

function describe(
  { line, version, rebuiltShards, otherShards }: ReplayReport,
  shards: readonly ShardResult[],
): string[] {
  return [
    ...shards.map(
      ({ shard, datasetRoot, digest }) =>
        `✓ shard ${shard}       dataset root ${datasetRoot.slice(0, 12)}…, model bytes ${digest.slice(0, 12)}…: as certified`,
    ),
    '✓ aggregator    as certified',
    '',
    `Replayed: version ${version} of ${line} is what training on the remaining records gives, byte for byte (shards ${rebuiltShards.join(', ') || 'none'} and the aggregator).`,
    ...(otherShards.length > 0
      ? [
          `Shards ${otherShards.join(', ')} were left alone by this unlearning; --all-shards rebuilds them, too.`,
        ]
      : []),
  ];
}
