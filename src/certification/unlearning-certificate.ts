import {
  commitToNames,
  deletedLabelsFile,
  deletedMapRoot,
  DELETION_PROOF_LOST,
  NOT_PROVEN,
  PREDICATE_TYPES,
  proofsFileName,
  statementOf,
  type CertifiedModel,
  type CertifiedShard,
  type Statement,
  type UnlearningCertificate,
} from '#libs/certificate';
import type { ModelManifest, ShardManifest } from '#libs/contracts';
import { GROUND_OF, isDestructive, type RequestIn } from '#libs/erasure';
import { fromBase64Url, sha256, toHex } from '#libs/essentials';
import type { ProvenDeletion } from './deletion-proofs.js';
import { affectedShards, type CertifiedVersion, type ModelChange } from './model-change.js';
import { filesOf } from './notary.js';

/**
 * The statement of an unlearning certificate (DESIGN §6). Pure: the same facts make the same bytes.
 * @param change absent when nothing had been published when the request was worked
 * @param recipientsNotified names of those who are told (GDPR Art. 19)
 */
export function unlearningStatement(
  request: RequestIn<'shredded'>,
  change: ModelChange | undefined,
  proven: ProvenDeletion,
  recipientsNotified: readonly string[] = [],
): Statement<UnlearningCertificate> {
  const labels = request.labels.map(fromBase64Url);
  const subject = change
    ? filesOf(change.after.manifest, change.after.published.manifestDigest)
    : [deletedLabelsFile(labels)];
  return statementOf(PREDICATE_TYPES.unlearning, subject, {
    request: certifiedRequest(request),
    times: {
      received: request.receivedAt,
      due: request.dueAt,
      accepted: request.acceptedAt,
      completed: request.destroyedAt,
    },
    deleted: { count: labels.length, mapRoot: toHex(deletedMapRoot(labels)) },
    model: change ? modelOf(change, proven) : null,
    tombstones: proven.tombstones,
    proofs: {
      file: proofsFileName(request.requestId),
      digest: toHex(sha256(proven.file)),
      bytes: proven.file.length,
    },
    erasure: {
      keysDestroyed: {
        count: request.keys.length,
        commitment: commitToNames(request.keys),
        destroyedAt: request.destroyedAt,
      },
      streamsTombstoned: {
        count: request.tombstonedStreams.length,
        commitment: commitToNames(request.tombstonedStreams),
      },
      carriedForward: request.kept,
    },
    backups: { expiry: 'none-kept' },
    recipientsNotified,
    notProven: [...NOT_PROVEN, ...(proven.isIncomplete ? [DELETION_PROOF_LOST] : [])],
  });
}

function certifiedRequest({
  requestId,
  kind,
  regime,
}: RequestIn<'shredded'>): UnlearningCertificate['request'] {
  if (!isDestructive(kind)) throw new TypeError(`nothing is unlearned for a request of the kind ${kind}`);
  return { id: requestId, kind, legalGround: GROUND_OF[regime][kind] };
}

function modelOf(change: ModelChange, { deltas }: ProvenDeletion): CertifiedModel {
  const { before, after, replaced } = change;
  const affected = affectedShards(change);
  const unchanged = after.manifest.shards.filter((shard) => !affected.some((one) => one.after === shard));
  return {
    line: after.manifest.line,
    genesisDigest: after.manifest.genesisDigest,
    affectedShards: affected.map((pair) => ({
      shard: pair.after.shard,
      before: certified(pair.before),
      after: certified(pair.after),
      delta: deltas.get(pair.after.shard) ?? null,
    })),
    unaffectedShards: unchanged.map((shard) => ({ shard: shard.shard, ...certified(shard) })),
    aggregator: { before: before.manifest.aggregator.digest, after: after.manifest.aggregator.digest },
    manifest: { before: versionOf(before), after: versionOf(after) },
    catalogueRoot: after.manifest.catalogue.root,
    partition: certifiedPartition(after.manifest.partition),
    serving: {
      servesFrom: after.published.publishedAt,
      revoked: replaced.map(({ version, manifestDigest }) => ({ version, manifestDigest })),
    },
  };
}

/** A partition that clusters has looked at the data, whichever way it did. */
function certifiedPartition({ kind, shards }: ModelManifest['partition']): CertifiedModel['partition'] {
  return { kind: kind === 'by-subject' || kind === 'by-record' ? kind : 'data-dependent', shards };
}

function certified({ datasetRoot, count, digest }: ShardManifest): CertifiedShard {
  return { datasetRoot, count, digest };
}

function versionOf({ published: { version, manifestDigest } }: CertifiedVersion): {
  version: number;
  digest: string;
} {
  return { version, digest: manifestDigest };
}
