import type { CertificateError } from '#libs/certificate';

/** Ways in which a document can be read in two ways, or cost more than it is worth; each has a code of its own. */
const FAULTS = {
  DOCUMENT_TOO_LARGE: 'TOO_LARGE',
  UTF8_MALFORMED: 'NOT_UTF8',
  JSON_DUPLICATE_KEY: 'DUPLICATE_KEY',
  JSON_NUMBER_NOT_EXACT: 'NUMBER_NOT_EXACT',
  JSON_TOO_DEEP: 'TOO_DEEP',
  JSON_TRAILING_DATA: 'TRAILING_DATA',
} as const;

/** What is wrong with a document; MALFORMED: none of the others. */
export type DocumentFault = (typeof FAULTS)[keyof typeof FAULTS] | 'MALFORMED';

export function faultOf(error: CertificateError): DocumentFault {
  const reason = reasonOf(error);
  return Object.hasOwn(FAULTS, reason) ? FAULTS[reason as keyof typeof FAULTS] : 'MALFORMED';
}

/** The code of the innermost error: that of the encoding, where the document could not even be decoded. */
export function reasonOf({ code, facts }: CertificateError): string {
  return typeof facts.reason === 'string' ? facts.reason : code;
}
