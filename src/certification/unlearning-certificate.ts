import {
  commitToNames,
  deletedLabelsFile,
  deletedMapRoot,
  NOT_PROVEN,
  PREDICATE_TYPES,
  statementOf,
  type CertifiedModel,
  type CertifiedShard,
  type Statement,
  type UnlearningCertificate,
} from '#libs/certificate';
import type { ModelManifest, ShardManifest } from '#libs/contracts';
import type { PublishedVersion, RequestIn } from '#libs/erasure';
import { fromBase64Url, toHex } from '#libs/essentials';
import { filesOf } from './notary.js';

export interface CertifiedVersion {
  readonly published: PublishedVersion;
  readonly manifest: ModelManifest;
}

/** The model before and after a request; both are one when no shard held the data. */
export interface ModelChange {
  readonly before: CertifiedVersion;
  readonly after: CertifiedVersion;
}

/**
 * The statement of an unlearning certificate (DESIGN §6). Pure: the same facts make the same bytes.
 * @param change absent when nothing had been published when the request was worked
 */
export function unlearningStatement(
  request: RequestIn<'shredded'>,
  change: ModelChange | undefined,
): Statement<UnlearningCertificate> {
  const labels = request.labels.map(fromBase64Url);
  const subject = change
    ? filesOf(change.after.manifest, change.after.published.manifestDigest)
    : [deletedLabelsFile(labels)];
  return statementOf(PREDICATE_TYPES.unlearning, subject, {
    request: { id: request.requestId, kind: request.kind, legalGround: request.ground },
    times: {
      received: request.receivedAt,
      due: request.dueAt,
      accepted: request.acceptedAt,
      completed: request.destroyedAt,
    },
    deleted: { count: labels.length, mapRoot: toHex(deletedMapRoot(labels)) },
    model: change ? modelOf(change) : null,
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
    recipientsNotified: [],
    notProven: NOT_PROVEN.map(({ code, meaning }) => ({ code, meaning })),
  });
}

function modelOf({ before, after }: ModelChange): CertifiedModel {
  const changed = after.manifest.shards.filter(
    (shard) => !isSame(shard, shardBefore(before.manifest, shard)),
  );
  const unchanged = after.manifest.shards.filter((shard) => !changed.includes(shard));
  const revoked = before.published.version === after.published.version ? [] : [before.published];
  return {
    line: after.manifest.line,
    genesisDigest: after.manifest.genesisDigest,
    affectedShards: changed.map((shard) => ({
      shard: shard.shard,
      before: certified(shardBefore(before.manifest, shard)),
      after: certified(shard),
    })),
    unaffectedShards: unchanged.map((shard) => ({ shard: shard.shard, ...certified(shard) })),
    aggregator: { before: before.manifest.aggregator.digest, after: after.manifest.aggregator.digest },
    manifest: { before: versionOf(before), after: versionOf(after) },
    catalogueRoot: after.manifest.catalogue.root,
    partition: certifiedPartition(after.manifest.partition),
    serving: {
      servesFrom: after.published.publishedAt,
      revoked: revoked.map(({ version, manifestDigest }) => ({ version, manifestDigest })),
    },
  };
}

/** A partition that clusters has looked at the data, whichever way it did. */
function certifiedPartition({ kind, shards }: ModelManifest['partition']): CertifiedModel['partition'] {
  return { kind: kind === 'by-subject' || kind === 'by-record' ? kind : 'data-dependent', shards };
}

function shardBefore(manifest: ModelManifest, { shard }: ShardManifest): ShardManifest {
  const found = manifest.shards.find((known) => known.shard === shard);
  if (found === undefined) throw new TypeError(`the earlier version has no shard ${shard}`);
  return found;
}

function isSame(a: ShardManifest, b: ShardManifest): boolean {
  return a.datasetRoot === b.datasetRoot && a.digest === b.digest && a.count === b.count;
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
