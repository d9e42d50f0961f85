import type { ModelManifest, ShardManifest } from '#libs/contracts';
import { utf8 } from '#libs/essentials';
import { aggregatorReads } from '#libs/learning';
import type { Partition } from '#libs/sharding';
import { askedShards, replayWanted, type ReplayWanted } from '#libs/verification';
import { InstallationError } from './installation-error.js';
import type { Installation } from './open-installation.js';

/** What an auditor is to be given of one certificate. */
export interface ReplayExportPlan {
  readonly requestId: string;
  /** A Sigstore bundle. */
  readonly certificate: Uint8Array;
  /** The file of proofs that it names. */
  readonly proofs: Uint8Array;
  readonly line: string;
  readonly partition: Partition;
  readonly manifest: ModelManifest;
  readonly wanted: ReplayWanted;
  /** Model files of shards that are not rebuilt. */
  readonly files: readonly ShardManifest[];
}

/**
 * @param requestId default: the request with the newest certificate
 * @throws InstallationError EXPORT_NO_CERTIFICATE, EXPORT_NO_MODEL; ErasureError REQUEST_UNKNOWN; CertificationError CERTIFICATE_NOT_ISSUED
 */
export async function planReplayExport(
  installation: Installation,
  requestId = newestCertified(installation),
  allShards = false,
): Promise<ReplayExportPlan> {
  const { certificates, lines, requests } = installation;
  requests.get(requestId);
  const certificate = utf8(JSON.stringify(await certificates.read(requestId)));
  const { model } = await certificates.predicate(requestId);
  if (model === null)
    throw new InstallationError('EXPORT_NO_MODEL', 'the certificate is from before any model was published', {
      facts: { requestId },
      nextStep: 'There is nothing to replay: the certificate itself is all that an auditor needs.',
    });
  const line = await lines.get(model.line);
  const manifest = await lines.manifestOf({ manifestDigest: model.manifest.after.digest });
  const reads = aggregatorReads(line.genesis.config);
  const asked = askedShards(model.affectedShards, manifest, allShards);
  const files = reads === 'counts' ? [] : await filesAtHand(installation, manifest, asked);
  return {
    requestId,
    certificate,
    proofs: await certificates.readProofs(requestId),
    line: model.line,
    partition: lines.partition(line),
    manifest,
    wanted: replayWanted(manifest, reads, asked, new Set(files.map(({ shard }) => shard))),
    files,
  };
}

function newestCertified({ requests }: Installation): string {
  const certified = requests.all().flatMap((state) => ('ledgerIndex' in state ? [state] : []));
  const [newest] = certified.sort((a, b) => b.ledgerIndex - a.ledgerIndex);
  if (newest !== undefined) return newest.requestId;
  throw new InstallationError('EXPORT_NO_CERTIFICATE', 'no certificate was issued yet', {
    nextStep: 'Export a replay when a request has been carried out: `lacuna requests` lists them.',
  });
}

/** Files of the other shards; those of a version that serves no more may be destroyed. */
async function filesAtHand(
  { registry }: Installation,
  { shards }: ModelManifest,
  asked: ReadonlySet<number>,
): Promise<ShardManifest[]> {
  const atHand: ShardManifest[] = [];
  for (const shard of shards)
    if (!asked.has(shard.shard) && (await registry.sizeOf([shard.digest])) > 0) atHand.push(shard);
  return atHand;
}
