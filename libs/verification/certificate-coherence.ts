import type { CertifiedModel, StatementSubject, UnlearningCertificate } from '#libs/certificate';
import { VerificationError, type VerificationErrorCode } from './verification-error.js';

/**
 * Whether what a certificate says of one change of a model fits together. It is signed, so only the operator can have written what does not;
 * each of these would let a model that still knows the records pass for the one that was rebuilt.
 *
 * @throws VerificationError CERTIFICATE_VERSION_NOT_NEWER, CERTIFICATE_MODEL_NOT_REBUILT, CERTIFICATE_REVOKES_WHAT_SERVES,
 *   CERTIFICATE_OLD_MODEL_NOT_REVOKED, CERTIFICATE_FILES_DISAGREE
 */
export function checkCoherence({ model }: UnlearningCertificate, subject: readonly StatementSubject[]): void {
  if (model === null) return;
  checkVersions(model);
  checkRevocations(model);
  checkFiles(model, subject);
}

/** A version may follow in which no shard changed: when none of the records had been learned yet. */
function checkVersions({ affectedShards, manifest: { before, after } }: CertifiedModel): void {
  const isSameModel = before.digest === after.digest;
  if (isSameModel && affectedShards.length > 0)
    throw refuse('CERTIFICATE_MODEL_NOT_REBUILT', 'the version that was rebuilt is the one from before');
  if (isSameModel ? after.version !== before.version : after.version <= before.version)
    throw refuse('CERTIFICATE_VERSION_NOT_NEWER', 'the version after the unlearning is not newer', {
      before: before.version,
      after: after.version,
    });
}

function checkRevocations({ manifest: { before, after }, serving: { revoked } }: CertifiedModel): void {
  if (revoked.some(({ manifestDigest }) => manifestDigest === after.digest))
    throw refuse(
      'CERTIFICATE_REVOKES_WHAT_SERVES',
      'the version that serves is among those that are revoked',
    );
  const isReplaced = before.digest !== after.digest;
  if (isReplaced && !revoked.some(({ manifestDigest }) => manifestDigest === before.digest))
    throw refuse('CERTIFICATE_OLD_MODEL_NOT_REVOKED', 'the version from before is not revoked');
}

/** The statement is about exactly the files of the version after: the manifest, every sub-model, the aggregator. */
function checkFiles(
  { affectedShards, unaffectedShards, aggregator, manifest }: CertifiedModel,
  subject: readonly StatementSubject[],
): void {
  const certified = [
    manifest.after.digest,
    aggregator.after,
    ...affectedShards.map(({ after }) => after.digest),
    ...unaffectedShards.map(({ digest }) => digest),
  ].sort();
  const named = subject.map(({ digest }) => digest.sha256).sort();
  if (certified.join() !== named.join())
    throw refuse(
      'CERTIFICATE_FILES_DISAGREE',
      'the files that are certified are not those of the version after the unlearning',
    );
}

function refuse(
  code: VerificationErrorCode,
  message: string,
  facts: VerificationError['facts'] = {},
): VerificationError {
  return new VerificationError(code, message, {
    facts,
    nextStep: 'It is signed, so the operator wrote it like this: do not rely on it, and ask them.',
  });
}
