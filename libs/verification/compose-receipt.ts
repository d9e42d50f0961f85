import { CertificateError, parseBundle, parseOpenings, receiptDocument } from '#libs/certificate';
import { fromUtf8, parseStrictJson, utf8 } from '#libs/essentials';
import { VerificationError, type VerificationErrorCode } from './verification-error.js';

/**
 * Makes a receipt of decrypted openings and the certificate of the same request. Only their forms are looked at; `verifyReceipt` says whether
 * they belong together.
 *
 * @param certificate a Sigstore bundle
 * @throws VerificationError RECEIPT_MALFORMED, BUNDLE_MALFORMED
 */
export function composeReceipt(openings: Uint8Array, certificate: Uint8Array): Uint8Array {
  const read = readingReceipt(() => parseOpenings(openings));
  reading('BUNDLE_MALFORMED', 'the certificate cannot be read', () => parseBundle(certificate));
  return utf8(`${receiptDocument(read, parseStrictJson(fromUtf8(certificate)))}\n`);
}

/** Runs a parser over what is, or becomes, a receipt. @throws VerificationError RECEIPT_MALFORMED */
export function readingReceipt<T>(parse: () => T): T {
  return reading('RECEIPT_MALFORMED', 'the file is not a receipt', parse);
}

function reading<T>(code: VerificationErrorCode, what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof CertificateError)) throw cause;
    throw new VerificationError(code, `${what}: ${cause.message}`, {
      facts: { ...cause.facts, reason: cause.code },
      nextStep: 'Get the file again: it may have been cut short, changed or converted on its way.',
      cause,
    });
  }
}
