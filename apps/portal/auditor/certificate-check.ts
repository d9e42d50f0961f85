import type { UnlearningCertificate } from '#libs/certificate';
import {
  CLAIM_STEPS,
  verifyAbsence,
  verifyCertificate,
  verifyDeletion,
  type AbsenceReport,
  type CertificateReport,
  type DeletionReport,
  type NotProven,
  type StepOf,
  type VerifiedStep,
} from '#libs/verification';
import type { TrustTexts } from '../trust/trust-choice.js';
import { trustPolicyOf } from '../trust/trust-policy.js';
import { takeSteps, type CheckedSteps } from './checked-steps.js';

/** Steps of the claims that are verified here, by the names of `lacuna-verify`. */
export type CertificateStep =
  | 'trust'
  | `certificate.${StepOf<'certificate'>}`
  | `deletion.${StepOf<'deletion'>}`
  | `absence.${StepOf<'absence'>}`;

export interface CertificateFiles {
  /** The bundle as it was received. */
  readonly certificate: Uint8Array;
  /** The file of proofs that it names. */
  readonly proofs?: Uint8Array;
  /** Proofs that its records are in no version since. */
  readonly absence?: Uint8Array;
}

export interface CertificateVerdict {
  readonly certificate: UnlearningCertificate;
  readonly log: CertificateReport['log'];
  readonly deletion?: Pick<DeletionReport, 'left' | 'neverThere' | 'changes'>;
  readonly absence?: Pick<AbsenceReport, 'labels' | 'versions'>;
  readonly notProven: readonly NotProven[];
}

/**
 * Verifies all that there are files for: the certificate; that exactly its records left the datasets; that no version since has them. Nothing of a
 * certificate is used before it is verified, and what is not given is not claimed.
 *
 * @param now seconds since 1970, for the times of witnesses
 */
export function checkCertificate(
  { certificate: bundle, proofs, absence }: CertificateFiles,
  files: TrustTexts,
  now: number,
): Promise<CheckedSteps<CertificateStep, CertificateVerdict>> {
  const steps: CertificateStep[] = [
    'trust',
    ...namesOf('certificate'),
    ...(proofs === undefined ? [] : namesOf('deletion')),
    ...(absence === undefined ? [] : namesOf('absence')),
  ];
  return takeSteps(steps, (hold) => {
    const tell =
      (claim: 'certificate' | 'deletion' | 'absence') =>
      ({ step }: VerifiedStep): void =>
        hold(`${claim}.${step}` as CertificateStep);
    const trust = trustPolicyOf(files);
    hold('trust');
    const report = verifyCertificate({ bundle, trust, now, onStep: tell('certificate') });
    const { certificate, log } = report;
    const deleted =
      proofs === undefined ? undefined : verifyDeletion({ certificate, proofs, onStep: tell('deletion') });
    const absent =
      absence === undefined
        ? undefined
        : verifyAbsence({ proofs: absence, trust, now, certificate, onStep: tell('absence') });
    return {
      certificate,
      log,
      ...(deleted && {
        deletion: { left: deleted.left, neverThere: deleted.neverThere, changes: deleted.changes },
      }),
      ...(absent && { absence: { labels: absent.labels, versions: absent.versions } }),
      notProven: [...report.notProven, ...(absent?.notProven ?? [])],
    };
  });
}

function namesOf<C extends 'certificate' | 'deletion' | 'absence'>(claim: C): CertificateStep[] {
  return Object.keys(CLAIM_STEPS[claim]).map((step) => `${claim}.${step}` as CertificateStep);
}
