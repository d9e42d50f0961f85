import { parseReceipt } from '#libs/certificate';
import { CodedError } from '#libs/essentials';
import type { CertificateFiles } from './certificate-check.js';

/** What somebody typed names no request. */
export class AbsenceOrderError extends CodedError<'REQUEST_NAME_MALFORMED'> {}

/** Whose records are looked for, and the certificate that says which they are. */
export interface AbsenceOrder {
  readonly requestId: string;
  /** Of a receipt: the certificate inside it, so that nothing but the proofs comes from the server. */
  readonly certificate?: CertificateFiles['certificate'];
}

const REQUEST = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** @throws AbsenceOrderError REQUEST_NAME_MALFORMED */
export function orderOfRequest(text: string): AbsenceOrder {
  const requestId = text.trim().toLowerCase();
  if (REQUEST.test(requestId)) return { requestId };
  throw new AbsenceOrderError('REQUEST_NAME_MALFORMED', 'this is not the pseudonym of a request', {
    nextStep: 'Take the whole pseudonym, 36 characters with hyphens, as it stands in the certificate.',
  });
}

/**
 * What is to be looked for by a receipt.
 *
 * @throws CertificateError when it is none
 */
export function orderOfReceipt(receipt: Uint8Array): AbsenceOrder {
  const { request, certificate } = parseReceipt(receipt);
  return { requestId: request, certificate };
}
