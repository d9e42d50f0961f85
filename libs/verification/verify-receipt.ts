import { deletedMapRoot, parseReceipt, type Receipt, type UnlearningCertificate } from '#libs/certificate';
import { recordLabel } from '#libs/contracts';
import { equalBytes, toHex } from '#libs/essentials';
import { readingReceipt } from './compose-receipt.js';
import { StepLog, type ClaimReport, type VerifiedStep } from './steps.js';
import type { TrustPolicy } from './trust.js';
import { VerificationError } from './verification-error.js';
import { verifyCertificate, type LogPlace } from './verify-certificate.js';

export interface ReceiptInput {
  /** The file that the person kept. */
  readonly receipt: Uint8Array;
  readonly trust: TrustPolicy;
  readonly onStep?: (step: VerifiedStep) => void;
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
  };
}

const NEXT_STEP =
  'Take the receipt as it was first written; if it was never changed, ask the controller why certificate and records do not fit.';

/**
 * Verifies a person's receipt offline: every step of CLAIM_STEPS.receipt, or one error whose code names the cause. Values and openings are in
 * no label: they are the person's word until they are compared with the dataset map.
 *
 * @example
 * const { records } = verifyReceipt({ receipt, trust: loadTrust(folder) });
 * @throws VerificationError RECEIPT_…, and what verifyCertificate throws about the certificate inside
 */
export function verifyReceipt({ receipt: file, trust, onStep }: ReceiptInput): ReceiptReport {
  const steps = new StepLog('receipt', onStep);
  const receipt = steps.run('receipt', () => readingReceipt(() => parseReceipt(file)));
  const { certificate, log } = steps.run('certificate', () =>
    verifyCertificate({ bundle: receipt.certificate, trust }),
  );
  steps.run('request', () => checkRequest(receipt, certificate));
  steps.run('labels', () => checkLabels(receipt));
  steps.run('records', () => checkRecords(receipt, certificate));
  const notProven = [...certificate.notProven, VALUES_NOT_COMPARED];
  return steps.report({ log, certificate, records: summaryOf(receipt) }, notProven);
}

const VALUES_NOT_COMPARED = {
  code: 'RECEIPT_VALUES',
  meaning:
    'Labels cover item, type and time of a record; its value and its opening stand in the receipt as the controller wrote them.',
} as const;

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

function summaryOf({ records }: Receipt): ReceiptReport['records'] {
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
