import { describe, expect, it } from '@jest/globals';
import { openingsDocument, type Receipt } from '#libs/certificate';
import { fromUtf8, toBase64Url, utf8 } from '#libs/essentials';
import {
  exampleStatement,
  honestCertificate,
  honestReceipt,
  honestTrustFiles,
  receiptFile,
  withField,
} from '#libs/testkit';
import { CLAIM_STEPS, composeReceipt, loadTrust, verifyReceipt } from './index.js';

const files = honestTrustFiles();
const trust = loadTrust({
  logVkey: utf8(files['log.vkey']),
  trustedRoot: utf8(files['trusted-root.json']),
  signerPem: utf8(files['certificate-signer.pem']),
});
const honest = honestReceipt();
const verify = (receipt: Uint8Array, proofs?: Uint8Array) => verifyReceipt({ receipt, trust, proofs });
const refusal = (code: string) => expect.objectContaining({ name: 'VerificationError', code });
const changed = (path: string, value: unknown) =>
  utf8(JSON.stringify(withField(JSON.parse(fromUtf8(receiptFile(honest))), path, value)));
const openingsOf = ({ request, labelKey, records }: Receipt) =>
  utf8(openingsDocument({ request, labelKey, records }));

describe('a receipt', () => {
  it('shows which records were deleted, by every step', () => {
    const report = verify(receiptFile(honest));
    expect(report).toMatchObject({
      verified: true,
      claim: 'receipt',
      records: {
        count: 3,
        items: 3,
        compared: 0,
        from: '2026-01-01T12:00:00.000Z',
        until: '2026-01-01T12:02:00.000Z',
      },
      certificate: { request: { id: 'req-1' } },
    });
    expect(report.steps.map(({ step }) => step)).toEqual(Object.keys(CLAIM_STEPS.receipt));
    expect(report.notProven.at(-1)).toMatchObject({
      code: 'RECEIPT_VALUES',
      meaning: expect.stringContaining('3 of the records'),
    });
  });

  it('with the proofs of the deletion shows which values and openings left the datasets', () => {
    const report = verify(receiptFile(honest), honest.proofs);
    expect(report.records).toMatchObject({ count: 3, compared: 3 });
    expect(report.notProven.map(({ code }) => code)).not.toContain('RECEIPT_VALUES');
  });

  it('says how many of its records no dataset ever had, and vouches for the values of the others', () => {
    const partly = honestReceipt('req-1', 9, 3, 2);
    const [first, second, never] = partly.records;
    const withValue = (records: Receipt['records']) => receiptFile({ ...partly, records });
    const report = verify(withValue([first, second, { ...never, value: 1 }]), partly.proofs);
    expect(report.records).toMatchObject({ count: 3, compared: 2 });
    expect(report.notProven.at(-1)?.meaning).toMatch(/of 1 of the records .*no proof of a dataset/);
    expect(() => verify(withValue([first, { ...second, value: 1 }, never]), partly.proofs)).toThrow(
      refusal('RECEIPT_VALUE_MISMATCH'),
    );
  });

  it('stays good where the operator lost the maps, and says that nothing shows its values', () => {
    const { certificate } = verify(receiptFile(honest));
    const [affected] = certificate.model!.affectedShards;
    const model = { ...certificate.model!, affectedShards: [{ ...affected, delta: null }] };
    const statement = { ...exampleStatement(), predicate: { ...certificate, model } };
    const lost = utf8(honestCertificate({ statement }).bundle);
    const report = verify(receiptFile({ ...honest, certificate: lost }), honest.proofs);
    expect(report.records).toMatchObject({ count: 3, compared: 0 });
    expect(report.notProven.map(({ code }) => code)).toContain('RECEIPT_VALUES');
  });

  it('is made of openings and certificate, and is one file in canonical form', () => {
    const composed = composeReceipt(openingsOf(honest), honest.certificate);
    expect(composed).toEqual(utf8(`${fromUtf8(receiptFile(honest))}\n`));
    expect(verify(composed).verified).toBe(true);
  });

  it('of a person without records is empty and verifies', () => {
    const none = honestReceipt('req-1', 9, 0);
    const records = { count: 0, items: 0, from: null, until: null, compared: 0 };
    for (const proofs of [none.proofs, undefined]) {
      const report = verify(receiptFile(none), proofs);
      expect(report.records).toEqual(records);
      expect(report.notProven.map(({ code }) => code)).not.toContain('RECEIPT_VALUES');
    }
  });
});

/* Attacks on what a receipt says are files of test/vectors/adversarial; here is what is no receipt at all. */
describe('a receipt is refused', () => {
  const [first] = honest.records;

  it.each<[string, string, unknown]>([
    ['a time with a fraction', 'records.0.time', first.time + 0.5],
    ['a value in text', 'records.0.value', '4'],
    ['no value', 'records.0.value', undefined],
    ['a short opening', 'records.0.opening', 'AAAA'],
    ['a label twice', 'records.1', JSON.parse(fromUtf8(openingsOf(honest))).records[0]],
    ['a short key', 'labelKey', toBase64Url(new Uint8Array(31))],
    ['an unknown field', 'note', 'x'],
    ['another schema', 'schema', 'urn:lacuna:receipt:v2'],
    ['no certificate', 'certificate', undefined],
  ])('with %s (RECEIPT_MALFORMED)', (_, path, value) => {
    expect(() => verify(changed(path, value))).toThrow(refusal('RECEIPT_MALFORMED'));
  });

  it('when its certificate does not verify, with the code of that', () => {
    expect(() => verify(changed('certificate.dsseEnvelope.signatures.0.sig', `${'A'.repeat(86)}==`))).toThrow(
      refusal('LEAF_SIGNATURE_MISMATCH'),
    );
    expect(() => verify(changed('certificate', {}))).toThrow(refusal('BUNDLE_MALFORMED'));
  });

  it('cut short at every length', () => {
    const file = receiptFile(honest);
    for (let length = 0; length < file.length; length += 97)
      expect(() => verify(file.subarray(0, length))).toThrow(refusal('RECEIPT_MALFORMED'));
  });

  it('before it is composed, when one of its parts is not what it should be', () => {
    const openings = openingsOf(honest);
    expect(() => composeReceipt(honest.certificate, honest.certificate)).toThrow(
      refusal('RECEIPT_MALFORMED'),
    );
    expect(() => composeReceipt(openings, openings)).toThrow(refusal('BUNDLE_MALFORMED'));
  });
});
