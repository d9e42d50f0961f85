import type { Receipt, ReceiptRecord } from '#libs/certificate';
import { recordLabel } from '#libs/contracts';
import { fromUtf8 } from '#libs/essentials';
import { exampleRecords, honestReceipt, receiptFile } from '../../libs/testkit/honest-receipt.js';
import { fileOf, HONEST_TRUST, type AttackVector, type VectorSet } from './vector.js';

const honest = honestReceipt();
const [first, second, third] = honest.records;
const stranger = honestReceipt('req-2', 10);

const input = (file: string | Uint8Array) => ({ receipt: fileOf(file), trust: HONEST_TRUST });

const relabelled = (change: Partial<ReceiptRecord>): ReceiptRecord => {
  const record = { ...first, ...change };
  return { ...record, label: recordLabel(honest.labelKey, record) };
};

const withProofs = (changes: Partial<Receipt>, proofs = honest.proofs) => ({
  ...input(receiptFile({ ...honest, ...changes })),
  proofs: fileOf(proofs),
});

const unproven = (
  changed: ReturnType<typeof withProofs>,
  name: string,
  expect: string,
  attack: string,
): AttackVector => ({
  name: `receipt-${name}`,
  attack,
  claim: 'receipt',
  expect,
  twin: 'receipt-with-proofs',
  input: changed,
});

const attackOn = (file: string | Uint8Array, name: string, expect: string, attack: string): AttackVector => ({
  name: `receipt-${name}`,
  attack,
  claim: 'receipt',
  expect,
  twin: 'receipt',
  input: input(file),
});

const forged = (change: Partial<Receipt>, name: string, expect: string, attack: string): AttackVector =>
  attackOn(receiptFile({ ...honest, ...change }), name, expect, attack);

const withFirst = (change: Partial<ReceiptRecord>): Partial<Receipt> => ({
  records: [{ ...first, ...change }, second, third],
});

const MISMATCH = 'RECEIPT_LABEL_MISMATCH';
const VALUE = 'RECEIPT_VALUE_MISMATCH';
const DIFFER = 'RECEIPT_RECORDS_DIFFER';
const text = fromUtf8(receiptFile(honest));

// prettier-ignore
const attacks: readonly AttackVector[] = [
  forged(withFirst({ item: 'i9' }), 'other-item', MISMATCH, 'A record names another item than its label.'),
  forged(withFirst({ item: 'I1' }), 'item-in-other-case', MISMATCH, 'A record names its item in other case than its label.'),
  forged(withFirst({ type: 'play' }), 'other-type', MISMATCH, 'A record has another type than its label.'),
  forged(withFirst({ time: first.time - 1 }), 'time-one-second-earlier', MISMATCH, 'A record is a second earlier than its label.'),
  forged(withFirst({ time: first.time + 1 }), 'time-one-second-later', MISMATCH, 'A record is a second later than its label.'),
  forged({ records: [relabelled({ time: first.time + 1 }), second, third] }, 'relabelled-one-second-later', DIFFER, 'A record was moved by a second and labelled anew.'),
  forged({ records: [exampleRecords(stranger.labelKey)[0], second, third] }, 'record-of-another-person', MISMATCH, 'A record with the label of another person stands among the person’s own.'),
  forged({ labelKey: stranger.labelKey }, 'label-key-of-another-person', MISMATCH, 'The label key is another person’s.'),
  forged({ labelKey: stranger.labelKey, records: stranger.records }, 'records-of-another-person', DIFFER, 'Key and records are another person’s, under this person’s certificate.'),
  forged({ records: [first, third] }, 'record-missing', 'RECEIPT_RECORD_MISSING', 'One of the deleted records is left out.'),
  forged({ records: [...honest.records, relabelled({ item: 'i4' })] }, 'record-added', 'RECEIPT_RECORD_ADDED', 'A record that was not deleted is added, with its right label.'),
  forged({ records: [first, second, relabelled({ item: 'i4' })] }, 'record-exchanged', DIFFER, 'A deleted record is exchanged for one that was not.'),
  forged({ certificate: stranger.certificate }, 'of-another-certificate', 'RECEIPT_OF_ANOTHER_CERTIFICATE', 'The certificate is that of another request.'),
  forged({ certificate: stranger.certificate, request: stranger.request }, 'posing-as-another-request', DIFFER, 'The records pose as those of another request, whose certificate stands beside them.'),
  attackOn(text.replace('{', '{"request":"req-1",'), 'key-twice', 'RECEIPT_MALFORMED', 'A key stands twice, so that two readers could see two receipts.'),
  attackOn(`${text}{}`, 'trailing-bytes', 'RECEIPT_MALFORMED', 'Something follows the end of the document.'),
  unproven(withProofs(withFirst({ value: first.value + 1 })), 'other-value', VALUE, 'A record has another value than the one that left the dataset.'),
  unproven(withProofs(withFirst({ opening: second.opening })), 'other-opening', VALUE, 'A record has another opening than the one that left the dataset.'),
  unproven(withProofs({ records: [{ ...first, value: second.value }, { ...second, value: first.value }, third] }), 'values-exchanged', VALUE, 'Two records have exchanged their values.'),
  unproven(withProofs({}, stranger.proofs), 'proofs-of-another-request', 'PROOFS_DIGEST_MISMATCH', 'The proofs beside the receipt are those of another request.'),
];

export default {
  honest: [
    { name: 'receipt', claim: 'receipt', input: input(receiptFile(honest)) },
    { name: 'receipt-with-proofs', claim: 'receipt', input: withProofs({}) },
  ],
  attacks,
} satisfies VectorSet;
