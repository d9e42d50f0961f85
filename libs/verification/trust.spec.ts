import { describe, expect, it } from '@jest/globals';
import { logIdOf, onlySigner, toSpki, trustFiles } from '#libs/certificate';
import { fromHex, toBase64, utf8 } from '#libs/essentials';
import { formatVkey, noteKey, noteKeyHash, signerFromSeed } from '#libs/merkle';
import { certificateSigner, honestTrustFiles, logKey } from '#libs/testkit';
import { loadTrust, type VerificationErrorCode } from './index.js';

type Files = ReturnType<typeof honestTrustFiles>;

const refusal = (code: string) => expect.objectContaining({ name: 'VerificationError', code });
const files = honestTrustFiles();
const trustOf = (changes: Partial<Record<keyof Files, string | undefined>> = {}) => {
  const all = { ...files, ...changes };
  const logKeys = all['log-keys.json'];
  const signerKeys = all['certificate-signers.json'];
  return loadTrust({
    logVkey: utf8(all['log.vkey']),
    logKeys: logKeys === undefined ? undefined : utf8(logKeys),
    trustedRoot: utf8(all['trusted-root.json']),
    signerPem: utf8(all['certificate-signer.pem']),
    signerKeys: signerKeys === undefined ? undefined : utf8(signerKeys),
  });
};
const trust = trustOf();

describe('a trust folder', () => {
  const lowOrder = fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
  const notCanonical = fromHex(`ee${'ff'.repeat(30)}7f`);
  const otherLog = noteKey('ledger.example.org', signerFromSeed(new Uint8Array(32).fill(9)).publicKey);
  const pem = (key: Uint8Array) =>
    `-----BEGIN PUBLIC KEY-----\n${toBase64(toSpki(key))}\n-----END PUBLIC KEY-----\n`;
  const vkeyOf = (publicKey: Uint8Array) => `${formatVkey(noteKey('ledger.example.org', publicKey))}\n`;
  const root = (from: string, to: string) => files['trusted-root.json'].replace(from, to);
  const spki = (key: Uint8Array) => toBase64(toSpki(key));
  const logIdBase64 = toBase64(logIdOf(logKey));

  it.each<[string, VerificationErrorCode, Partial<Record<keyof Files, string | undefined>>]>([
    [
      'periods of a signer that has no key file',
      'TRUST_SIGNER_KEYS_DISAGREE',
      {
        'certificate-signers.json': files['certificate-signers.json'].replace(
          /"publicKey": "[^"]+"/,
          `"publicKey": "${spki(logKey.publicKey)}"`,
        ),
      },
    ],
    [
      'two signers and no periods',
      'TRUST_SIGNER_KEYS_FILE_MISSING',
      {
        'certificate-signer.pem': `${files['certificate-signer.pem']}${pem(logKey.publicKey)}`,
        'certificate-signers.json': undefined,
      },
    ],
    [
      'a second signer of low order',
      'TRUST_KEY_LOW_ORDER',
      { 'certificate-signer.pem': `${files['certificate-signer.pem']}${pem(lowOrder)}` },
    ],
  ])('is refused with %s', (_, code, changes) => {
    expect(() => trustOf(changes)).toThrow(refusal(code));
  });

  it('may lack the periods as long as one key signs', () => {
    expect(trustOf({ 'certificate-signers.json': undefined }).signers).toEqual(trust.signers);
  });

  it('names log and signer', () => {
    expect(trust.logKeys).toEqual([{ key: logKey, from: 0, until: null }]);
    expect(trust.signers).toMatchObject([{ publicKey: certificateSigner.publicKey, from: 0, until: null }]);
  });

  it.each<[string, VerificationErrorCode, Partial<Files>]>([
    ['a log key of low order', 'TRUST_KEY_LOW_ORDER', { 'log.vkey': vkeyOf(lowOrder) }],
    ['a signer of low order', 'TRUST_KEY_LOW_ORDER', { 'certificate-signer.pem': pem(lowOrder) }],
    [
      'a log key of low order in the trusted root',
      'TRUST_KEY_LOW_ORDER',
      { 'trusted-root.json': root(spki(logKey.publicKey), spki(lowOrder)) },
    ],
    ['a log key in a second spelling', 'TRUST_KEY_NOT_CANONICAL', { 'log.vkey': vkeyOf(notCanonical) }],
    [
      'a signer in a second spelling',
      'TRUST_KEY_NOT_CANONICAL',
      { 'certificate-signer.pem': pem(notCanonical) },
    ],
    [
      'a key id of another name',
      'TRUST_KEY_ID_MISMATCH',
      { 'log.vkey': files['log.vkey'].replace('ledger.', 'lodger.') },
    ],
    [
      'another log key than the trusted root',
      'TRUST_LOG_KEYS_DISAGREE',
      { 'log.vkey': formatVkey(otherLog) },
    ],
    [
      'another log id in the trusted root',
      'TRUST_LOG_ID_MISMATCH',
      {
        'trusted-root.json': root(
          logIdBase64,
          toBase64(noteKeyHash('lodger.example.org', 1, logKey.publicKey)),
        ),
      },
    ],
    [
      'another origin in the trusted root',
      'TRUST_LOG_ORIGIN_MISMATCH',
      { 'trusted-root.json': root('https://ledger.', 'https://lodger.') },
    ],
    ['an empty vkey', 'TRUST_FILE_MALFORMED', { 'log.vkey': '' }],
    ['half a trusted root', 'TRUST_FILE_MALFORMED', { 'trusted-root.json': '{' }],
    [
      'a certificate for a key',
      'TRUST_FILE_MALFORMED',
      { 'certificate-signer.pem': '-----BEGIN CERTIFICATE-----\n' },
    ],
  ])('with %s is refused with %s', (_, code, changes) => {
    expect(() => trustOf(changes)).toThrow(refusal(code));
  });

  it('that is refused names the file and the reason', () => {
    expect(() => trustOf({ 'certificate-signer.pem': pem(lowOrder) })).toThrow(
      expect.objectContaining({ facts: { file: 'certificate-signer.pem', reason: 'KEY_LOW_ORDER' } }),
    );
  });
});

describe('a trust folder of a log that has had two keys', () => {
  const second = noteKey('ledger.example.org', signerFromSeed(new Uint8Array(32).fill(9)).publicKey);
  const logKeys = [
    {
      key: logKey,
      from: 0,
      until: 20,
      validFrom: '2026-01-01T00:00:00Z',
      validUntil: '2026-02-01T00:00:00Z',
    },
    { key: second, from: 10, until: null, validFrom: '2026-01-20T00:00:00Z' },
  ];
  const both = trustFiles(logKeys, onlySigner(certificateSigner.publicKey));
  const periods = (change: (rows: { vkey: string; from: number; until: number | null }[]) => void) => {
    const rows = JSON.parse(both['log-keys.json']) as { vkey: string; from: number; until: number | null }[];
    change(rows);
    return JSON.stringify(rows);
  };

  it('says which of them signs when', () => {
    expect(trustOf(both).logKeys).toEqual(logKeys.map(({ key, from, until }) => ({ key, from, until })));
  });

  it.each<[string, VerificationErrorCode, Partial<Record<keyof typeof both, string | undefined>>]>([
    ['without their periods', 'TRUST_LOG_KEYS_FILE_MISSING', { 'log-keys.json': undefined }],
    [
      'with the periods of one of them',
      'TRUST_LOG_KEYS_DISAGREE',
      { 'log-keys.json': files['log-keys.json'] },
    ],
    [
      'with one in the trusted root',
      'TRUST_LOG_KEYS_DISAGREE',
      { 'trusted-root.json': files['trusted-root.json'] },
    ],
    ['with one in log.vkey', 'TRUST_LOG_KEYS_DISAGREE', { 'log.vkey': files['log.vkey'] }],
    [
      'with both keys in the other order',
      'TRUST_LOG_KEYS_DISAGREE',
      { 'log.vkey': both['log.vkey'].split('\n').slice(0, 2).reverse().join('\n') },
    ],
    [
      'with a gap between the periods',
      'TRUST_FILE_MALFORMED',
      { 'log-keys.json': periods((rows) => (rows[1].from = 21)) },
    ],
    [
      'with a period that ends before it begins',
      'TRUST_FILE_MALFORMED',
      { 'log-keys.json': periods((rows) => (rows[0].until = 0)) },
    ],
    [
      'with two keys without end',
      'TRUST_FILE_MALFORMED',
      { 'log-keys.json': periods((rows) => (rows[0].until = null)) },
    ],
    [
      'with an end of the last key',
      'TRUST_FILE_MALFORMED',
      { 'log-keys.json': periods((rows) => (rows[1].until = 30)) },
    ],
  ])('%s is refused with %s', (_, code, changes) => {
    expect(() => trustOf({ ...both, ...changes })).toThrow(refusal(code));
  });
});
