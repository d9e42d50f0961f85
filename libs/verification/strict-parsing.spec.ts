import { describe, expect, it } from '@jest/globals';
import { bundleOf, PAYLOAD_TYPE, payloadOf, preAuthEncoding, rekorEntryOf } from '#libs/certificate';
import { concatBytes, fromUtf8, toBase64, utf8 } from '#libs/essentials';
import { LogTree, signCheckpoint } from '#libs/merkle';
import {
  certificateSigner,
  exampleStatement,
  honestCertificate,
  honestTrustFiles,
  logEntryOf,
  logKey,
  logSigner,
  tamperedBundle,
} from '#libs/testkit';
import { loadTrust, trustFolderOf, verifyCertificate, type VerificationErrorCode } from './index.js';

const trust = loadTrust(trustFolderOf(honestTrustFiles()));
const { bundle } = honestCertificate();
const verify = (file: Uint8Array) => verifyCertificate({ bundle: file, trust });
const refusal = (code: string) => expect.objectContaining({ name: 'VerificationError', code });
const DEEP = '['.repeat(40) + ']'.repeat(40);

/** A certificate whose statement is any bytes, signed and logged as if it were in order. */
function certificateOf(payload: Uint8Array): Uint8Array {
  const envelope = {
    payloadType: PAYLOAD_TYPE,
    payload,
    signature: certificateSigner.sign(preAuthEncoding(PAYLOAD_TYPE, payload)),
  };
  const tree = new LogTree();
  const index = tree.append(rekorEntryOf(envelope, certificateSigner.publicKey));
  const checkpoint = signCheckpoint({ origin: logKey.name, size: 1, root: tree.root() }, logSigner);
  const receipt = { index, inclusionProof: [], checkpoint };
  return utf8(bundleOf(envelope, certificateSigner.publicKey, logKey, receipt));
}

/** Ways in which two readers could see two documents. */
const faults: readonly [string, string, (text: string) => Uint8Array][] = [
  ['a key twice', 'DUPLICATE_KEY', (text) => utf8(text.replace('{', '{"a":1,"a":2,'))],
  ['a key twice, once escaped', 'DUPLICATE_KEY', (text) => utf8(text.replace('{', '{"a":1,"\\u0061":2,'))],
  ['a number beyond 2^53', 'NUMBER_NOT_EXACT', (text) => utf8(text.replace('{', '{"a":9007199254740993,'))],
  ['a number beyond all doubles', 'NUMBER_NOT_EXACT', (text) => utf8(text.replace('{', '{"a":1e999,'))],
  ['bytes after its end', 'TRAILING_DATA', (text) => utf8(`${text}{}`)],
  ['a zero byte after its end', 'TRAILING_DATA', (text) => utf8(`${text}\0`)],
  ['more depth than it needs', 'TOO_DEEP', (text) => utf8(text.replace('{', `{"a":${DEEP},`))],
  ['bytes that are not UTF-8', 'NOT_UTF8', (text) => concatBytes(utf8(text), Uint8Array.of(0xff))],
  ['more bytes than it may have', 'TOO_LARGE', (text) => utf8(text + ' '.repeat(5 * 1024 * 1024))],
  ['a byte order mark', 'MALFORMED', (text) => utf8(`\ufeff${text}`)],
  ['half a surrogate pair', 'MALFORMED', (text) => utf8(text.replace('{', '{"a":"\\ud800",'))],
  ['a comment', 'MALFORMED', (text) => utf8(text.replace('{', '{/* */'))],
  ['a field that nobody knows', 'MALFORMED', (text) => utf8(text.replace('{', '{"__proto__":1,'))],
];

describe('a certificate that can be read in two ways', () => {
  it.each(faults)('because the file has %s is refused: BUNDLE_%s', (_, fault, change) => {
    expect(() => verify(change(bundle))).toThrow(refusal(`BUNDLE_${fault}`));
  });

  const statement = fromUtf8(payloadOf(exampleStatement()));
  const inStatement = faults.filter(([, fault]) => fault !== 'TOO_LARGE'); // the bundle around it would be first
  it.each(inStatement)('because its statement has %s is refused: STATEMENT_%s', (_, fault, change) => {
    expect(() => verify(certificateOf(change(statement)))).toThrow(refusal(`STATEMENT_${fault}`));
  });

  it('is accepted when the same way of signing wraps an honest statement', () => {
    expect(verify(certificateOf(utf8(statement))).certificate.request.id).toBe('req-1');
  });

  it.each<[string, VerificationErrorCode, string, string]>([
    ['a second spelling of base64', 'BUNDLE_MALFORMED', '"sig":"', '"sig":" '],
    ['a size beyond 2^53', 'BUNDLE_MALFORMED', '"treeSize":"7"', '"treeSize":"9007199254740993"'],
    ['a size with a leading zero', 'BUNDLE_MALFORMED', '"treeSize":"7"', '"treeSize":"07"'],
    ['a negative index', 'BUNDLE_MALFORMED', '"logIndex":"3"', '"logIndex":"-3"'],
    ['a size that is a number', 'BUNDLE_MALFORMED', '"treeSize":"7"', '"treeSize":7'],
  ])('because of %s is refused', (_, code, from, to) => {
    expect(bundle).toContain(from);
    expect(() => verify(utf8(bundle.replace(from, to)))).toThrow(refusal(code));
  });

  it.each([
    ['carriage returns', (note: string) => note.replaceAll('\n', '\r\n')],
    ['a byte order mark', (note: string) => `\ufeff${note}`],
    ['a second signature line that is none', (note: string) => `${note}— nobody\n`],
    ['a size with a plus', (note: string) => note.replace('\n7\n', '\n+7\n')],
    ['bytes after its end', (note: string) => `${note} `],
  ])('because its checkpoint has %s is refused', (_, change) => {
    const changed = tamperedBundle(bundle, (b) => {
      const { checkpoint } = logEntryOf(b).inclusionProof;
      checkpoint.envelope = change(checkpoint.envelope);
    });
    expect(() => verify(utf8(changed))).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^CHECKPOINT_(MALFORMED|SIGNATURE_INVALID)$/) }),
    );
  });
});

describe('a trust folder that can be read in two ways', () => {
  const honest = honestTrustFiles();
  it.each<[string, Partial<typeof honest>]>([
    ['a vkey with a carriage return', { 'log.vkey': honest['log.vkey'].replace('\n', '\r\n') }],
    ['a vkey with a byte order mark', { 'log.vkey': `\ufeff${honest['log.vkey']}` }],
    [
      'a trusted root with a key twice',
      { 'trusted-root.json': honest['trusted-root.json'].replace('{', '{"tlogs":[],') },
    ],
    ['a trusted root with bytes after its end', { 'trusted-root.json': `${honest['trusted-root.json']}{}` }],
    [
      'a byte between two keys of the PEM file',
      {
        'certificate-signer.pem': `${honest['certificate-signer.pem']}\n${honest['certificate-signer.pem']}`,
      },
    ],
    [
      'a PEM file with text before it',
      { 'certificate-signer.pem': `${toBase64(utf8('hello'))}\n${honest['certificate-signer.pem']}` },
    ],
  ])('with %s is refused', (_, change) => {
    expect(() => loadTrust(trustFolderOf({ ...honest, ...change }))).toThrow(refusal('TRUST_FILE_MALFORMED'));
  });
});
