import { TRUST_FILES } from '#libs/certificate';

/**
 * Where things lie in a replay export, once it is decrypted and unpacked: what an auditor needs to replay one certificate. Model files lie beside
 * the manifest, under the names that it gives them.
 */
export const REPLAY_EXPORT = {
  certificate: 'certificate.sigstore.json',
  /** What left the datasets: the file of proofs that the certificate names. */
  proofs: 'proofs.json',
  trust: 'trust',
  models: 'models',
  manifest: 'models/manifest.json',
  keys: 'replay-keys.jsonl',
  events: 'events.db',
  /** JSON array of the shards that can be rebuilt from it. */
  shards: 'shards.json',
} as const;

const PLAIN = /^(?:trust|models)\/[a-z0-9][A-Za-z0-9._-]{0,79}$/;

/** Files without which nothing can be replayed. */
export const REPLAY_EXPORT_REQUIRED: readonly string[] = [
  REPLAY_EXPORT.certificate,
  REPLAY_EXPORT.proofs,
  ...[TRUST_FILES.logVkey, TRUST_FILES.trustedRoot, TRUST_FILES.signerPem].map(
    (name) => `${REPLAY_EXPORT.trust}/${name}`,
  ),
  REPLAY_EXPORT.manifest,
  REPLAY_EXPORT.keys,
  REPLAY_EXPORT.events,
  REPLAY_EXPORT.shards,
];

/** Whether a replay export may hold a file of that name. It is chosen by whoever made the export; what passes stays in its folder. */
export function isReplayExportFile(name: string): boolean {
  return REPLAY_EXPORT_REQUIRED.includes(name) || PLAIN.test(name);
}
