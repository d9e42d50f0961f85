import { deletedMapRoot, receiptDocument, type Receipt, type ReceiptRecord } from '#libs/certificate';
import { OPENING_LENGTH, recordLabel } from '#libs/contracts';
import { fromUtf8, parseStrictJson, toHex, utf8 } from '#libs/essentials';
import { exampleStatement, honestCertificate } from './honest-certificate.js';

const NOON = Date.UTC(2026, 0, 1, 12) / 1000;

/** Three records of one person, whose label key is made of one byte. */
export function exampleRecords(labelKey: Uint8Array): ReceiptRecord[] {
  return ['i1', 'i2', 'i3'].map((item, at) => {
    const identity = { item, type: 'rating', time: NOON + at * 60 };
    const opening = new Uint8Array(OPENING_LENGTH).fill(at + 1);
    return { ...identity, value: at + 3, opening, label: recordLabel(labelKey, identity) };
  });
}

/** What a person has after an erasure: a certificate about exactly these records, and their openings; every value is fixed. */
export function honestReceipt(request = 'req-1', keyByte = 9, count = 3): Receipt {
  const labelKey = new Uint8Array(32).fill(keyByte);
  const records = exampleRecords(labelKey).slice(0, count);
  const { predicate, ...statement } = exampleStatement(request);
  const deleted = {
    count: records.length,
    mapRoot: toHex(deletedMapRoot(records.map(({ label }) => label))),
  };
  const { bundle } = honestCertificate({ statement: { ...statement, predicate: { ...predicate, deleted } } });
  return { request, labelKey, records, certificate: utf8(bundle) };
}

/** The file of a receipt. */
export function receiptFile({ certificate, ...openings }: Receipt): Uint8Array {
  return utf8(receiptDocument(openings, parseStrictJson(fromUtf8(certificate))));
}
