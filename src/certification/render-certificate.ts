import { CertificateError } from '#libs/certificate';
import { utf8 } from '#libs/essentials';
import { certificateDocument, toHtml, type Check, type ReadableDocument } from '#libs/rendering';
import {
  VerificationError,
  verifyCertificate,
  type TrustPolicy,
  type VerifiedStep,
} from '#libs/verification';
import { CertificationError } from './certification-error.js';

export const RENDERED_FORMATS = ['html', 'pdf'] as const;
export type RenderedFormat = (typeof RENDERED_FORMATS)[number];

/**
 * A certificate for people, as HTML or PDF. It is verified first, and the page says what came of it.
 *
 * @param file Sigstore bundle
 * @param trust undefined when there are no trust files; the page then says that nothing was verified
 * @throws CertificationError CERTIFICATE_UNREADABLE
 */
export async function renderCertificate(
  file: Uint8Array,
  trust: TrustPolicy | undefined,
  format: RenderedFormat,
): Promise<Uint8Array> {
  const document = read(file, check(file, trust));
  if (format === 'html') return utf8(toHtml(document));
  const { toPdf } = await import('./pdf.js'); // its fonts take a while to load
  return toPdf(document);
}

function read(file: Uint8Array, checked: Check): ReadableDocument {
  try {
    return certificateDocument(file, checked);
  } catch (cause) {
    if (!(cause instanceof CertificateError)) throw cause;
    throw new CertificationError('CERTIFICATE_UNREADABLE', `the file is no certificate: ${cause.message}`, {
      facts: { reason: cause.code },
      nextStep: 'Name a certificate, a file *.sigstore.json as it was issued.',
      cause,
    });
  }
}

function check(bundle: Uint8Array, trust: TrustPolicy | undefined): Check {
  if (trust === undefined) return { state: 'unchecked' };
  const steps: VerifiedStep[] = [];
  try {
    const report = verifyCertificate({ bundle, trust, onStep: (step) => steps.push(step) });
    return { state: 'verified', report };
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    return { state: 'refused', code: error.code, message: error.message, steps };
  }
}
