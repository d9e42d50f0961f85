import { deletedMapRoot, parseReceipt, type Receipt, type UnlearningCertificate } from '#libs/certificate';
import { recordCommitment, recordLabel } from '#libs/contracts';
import { equalBytes, sha256, toHex, type Sha256 } from '#libs/essentials';
import { readingReceipt } from './compose-receipt.js';
import { StepLog, type ClaimReport, type NotProven, type VerifiedStep } from './steps.js';
import type { TrustPolicy } from './trust.js';
import { VerificationError } from './verification-error.js';
import { verifyCertificate, type LogPlace } from './verify-certificate.js';
import { provenDepartures } from './verify-deletion.js';

export interface ReceiptInput {
  /** The file that the person kept. */
  readonly receipt: Uint8Array;
  readonly trust: TrustPolicy;
  /** The file of proofs that the certificate names; without it nothing shows that values and openings are the deleted ones. */
  readonly proofs?: Uint8Array;
  /** A quicker SHA-256 where there is one. */
  readonly hash?: Sha256;
  readonly onStep?: (step: VerifiedStep) => void;
  /** The same for the steps of the certificate inside, which come between the first two of the receipt's own. */
  readonly onCertificateStep?: (step: VerifiedStep) => void;
  /** POSIX seconds, where there is a clock: as in verifyCertificate. */
  readonly now?: number;
}

/** What was verified about a receipt. */
export interface ReceiptReport extends ClaimReport {
  readonly log: LogPlace;
  readonly certificate: UnlearningCertificate;
  /** The deleted records, which are the person's own; times in ISO 8601, null when there are none. */
  readonly records: {
    readonly count: number;
    readonly items: number;
    readonly from: string | null;
    readonly until: string | null;
    /** Those whose value and opening were compared with what left the datasets. */
    readonly compared: number;
  };
}

/**
 * The request that a receipt says it is of, by which the files that belong to it are found; nothing is verified.
 *
 * @throws VerificationError RECEIPT_MALFORMED
 */
export function requestOfReceipt(file: Uint8Array): string {
  return readingReceipt(() => parseReceipt(file)).request;
}

const NEXT_STEP =
  'Take the receipt as it was first written; if it was never changed, ask the controller why certificate and records do not fit.';

/**
 * Verifies a person's receipt offline: every step of CLAIM_STEPS.receipt, or one error whose code names the cause. Values and openings are in
 * no label: with the file of proofs they are compared with what left the datasets, without it they are the controller's word.
 *
 * @example
 * const { records } = verifyReceipt({ receipt, proofs, trust: loadTrust(folder) });
 * @throws VerificationError RECEIPT_…, and what verifyCertificate and verifyDeletion throw
 */
export function verifyReceipt(input: ReceiptInput): ReceiptReport {
  const { receipt: file, trust, now, onStep, onCertificateStep } = input;
  const steps = new StepLog('receipt', onStep);
  const receipt = steps.run('receipt', () => readingReceipt(() => parseReceipt(file)));
  const { certificate, log } = steps.run('certificate', () =>
    verifyCertificate({ bundle: receipt.certificate, trust, now, onStep: onCertificateStep }),
  );
  steps.run('request', () => checkRequest(receipt, certificate));
  steps.run('labels', () => checkLabels(receipt));
  steps.run('records', () => checkRecords(receipt, certificate));
  const compared = steps.run('values', () => compareValues(receipt, certificate, input));
  const records = { ...summaryOf(receipt), compared };
  const notProven = [...certificate.notProven, ...notCompared(records.count - compared, input)];
  return steps.report({ log, certificate, records }, notProven);
}

/** Labels cover item, type and time of a record. */
function notCompared(records: number, { proofs }: ReceiptInput): readonly NotProven[] {
  if (records === 0) return [];
  const why =
    proofs === undefined ? 'without the file of proofs' : 'no proof of a dataset shows them leaving';
  const meaning = `Value and opening of ${records} of the records stand in the receipt as the controller wrote them: ${why}.`;
  return [{ code: 'RECEIPT_VALUES', meaning }];
}

function checkRequest({ request }: Receipt, { request: { id } }: UnlearningCertificate): void {
  if (request !== id)
    throw refuse('RECEIPT_OF_ANOTHER_CERTIFICATE', 'the records are of another request than the certificate');
}

function checkLabels({ labelKey, records }: Receipt): void {
  records.forEach((record, at) => {
    if (!equalBytes(recordLabel(labelKey, record), record.label))
      throw refuse(
        'RECEIPT_LABEL_MISMATCH',
        'a label is not that of its record under the label key: record, label or key were changed, or are another person’s',
        { record: at },
      );
  });
}

function checkRecords({ records }: Receipt, { deleted }: UnlearningCertificate): void {
  const counts = { receipt: records.length, certificate: deleted.count };
  if (records.length < deleted.count)
    throw refuse('RECEIPT_RECORD_MISSING', 'the certificate says that more records were deleted', counts);
  if (records.length > deleted.count)
    throw refuse('RECEIPT_RECORD_ADDED', 'the certificate says that fewer records were deleted', counts);
  if (toHex(deletedMapRoot(records.map(({ label }) => label))) !== deleted.mapRoot)
    throw refuse('RECEIPT_RECORDS_DIFFER', 'the certificate says that other records were deleted', counts);
}

/** Number of records that left a dataset with the value and opening in the receipt. */
function compareValues(
  { records }: Receipt,
  certificate: UnlearningCertificate,
  { proofs, hash = sha256 }: ReceiptInput,
): number {
  if (proofs === undefined || hasLostMaps(certificate)) return 0;
  const { departures, report } = provenDepartures({ certificate, proofs, hash });
  const places = new Map(records.map(({ label }, at) => [toHex(label), at]));
  for (const { label, valueHash } of departures) {
    const at = places.get(toHex(label))!; // checkRecords: the labels of the receipt are those of the certificate
    if (!equalBytes(hash(recordCommitment(records[at].opening, records[at], hash)), valueHash))
      throw refuse(
        'RECEIPT_VALUE_MISMATCH',
        'what left the dataset under the label of a record has another value, or another opening',
        { record: at },
      );
  }
  return report.left;
}

/** The certificate itself says then that it proves no deletion (DELETION_PROOF_LOST); the rest of the receipt is as good as before. */
function hasLostMaps({ model }: UnlearningCertificate): boolean {
  return model?.affectedShards.some(({ delta }) => delta === null) ?? false;
}

function summaryOf({ records }: Receipt): Omit<ReceiptReport['records'], 'compared'> {
  const times = records.map(({ time }) => time);
  const isoOf = (pick: (a: number, b: number) => number): string | null =>
    times.length === 0 ? null : new Date(times.reduce(pick) * 1000).toISOString();
  return {
    count: records.length,
    items: new Set(records.map(({ item }) => item)).size,
    from: isoOf((a, b) => Math.min(a, b)),
    until: isoOf((a, b) => Math.max(a, b)),
  };
}

function refuse(
  code: VerificationError['code'],
  message: string,
  facts: Record<string, number> = {},
): VerificationError {
  return new VerificationError(code, message, { facts, nextStep: NEXT_STEP });
}
