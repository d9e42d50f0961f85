import type { UnlearningCertificate } from '#libs/certificate';
import { loadTrust, verifyCertificate, type CertificateReport } from '#libs/verification';
import { nodeVerifySignature } from '#platform/crypto';
import { counted } from '#platform/terminal';
import { claimCommand } from './claim-command.js';
import { readInput, readTrustFolder } from './input-files.js';

interface CertificateInputs {
  readonly file: string;
  readonly trust: string;
}

/** `lacuna-verify certificate`: no network, nothing but the named files. */
export const run = claimCommand<CertificateInputs, CertificateReport>({
  claim: 'certificate',
  verify: async ({ file, trust: folder }, { onStep }) => {
    const [trust, bundle] = await Promise.all([readTrustFolder(folder), readInput(file)]);
    return verifyCertificate({
      bundle,
      trust: loadTrust(trust, nodeVerifySignature),
      now: Date.now() / 1000,
      onStep,
    });
  },
  describe: ({ certificate, log, witnesses }) => {
    const { request, times, deleted, erasure } = certificate;
    return [
      '',
      `Verified: request ${request.id} (${request.kind}, ${request.legalGround})`,
      `  received ${times.received}, due ${times.due}, completed ${times.completed}`,
      `  ${counted(deleted.count, 'record')} unlearned, ${counted(erasure.keysDestroyed.count, 'key')} destroyed, ${counted(erasure.streamsTombstoned.count, 'stream')} tombstoned`,
      ...describeModel(certificate),
      `  which records left, and that nothing else changed: lacuna-verify deletion, with ${certificate.proofs.file}`,
      `  logged in ${log.origin} as entry ${log.index}, seen in a tree of ${log.size}`,
      ...describeWitnesses(witnesses),
    ];
  },
});

function describeWitnesses({ quorum, cosigned }: CertificateReport['witnesses']): string[] {
  if (quorum === 'none')
    return ['  no witness was required: the trust folder has no policy that asks for one'];
  return [
    `  witnesses required: ${quorum}`,
    ...cosigned.map(({ name, key, at }) => `  cosigned by ${name} (${key}) at ${at}`),
  ];
}

function describeModel({ model }: UnlearningCertificate): string[] {
  if (model === null) return ['  no model had been published'];
  const { line, manifest, affectedShards, unaffectedShards, partition, serving } = model;
  return [
    `  model ${line} (${partition.kind}), version ${manifest.before.version} → ${manifest.after.version}, serving since ${serving.servesFrom}`,
    ...affectedShards.map(
      ({ shard, before, after }) =>
        `  shard ${shard} rebuilt: ${before.count} → ${after.count} records, ${before.digest.slice(0, 12)} → ${after.digest.slice(0, 12)}`,
    ),
    `  shards left as they were: ${unaffectedShards.map(({ shard }) => shard).join(', ') || 'none'}`,
  ];
}
