import { describe, expect, it } from '@jest/globals';
import { toBase64, utf8, type JsonValue } from '#libs/essentials';
import { exampleStatement, honestCertificate, honestTrustFiles, withField } from '#libs/testkit';
import {
  genesisStatement,
  parseBundle,
  parseModelPublication,
  parseModelRevocation,
  parseStatement,
  parseTrustedRoot,
  PREDICATE_TYPES,
  publicationStatement,
  revocationStatement,
  statementOf,
} from './index.js';

const refusal = (code: string, field?: string) =>
  expect.objectContaining({
    name: 'CertificateError',
    code,
    ...(field === undefined ? {} : { facts: expect.objectContaining({ field }) as unknown }),
  });
const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as JsonValue;

describe('a statement', () => {
  const document = plain(exampleStatement());
  const bytesOf = (value: JsonValue) => utf8(JSON.stringify(value));

  it.each<[string, unknown, string]>([
    ['_type', 'https://in-toto.io/Statement/v0.1', 'FIELD_INVALID'],
    ['predicateType', 'urn:lacuna:something:v1', 'FIELD_INVALID'],
    ['subject', [], 'FIELD_INVALID'],
    ['subject.0.name', '../etc/passwd', 'FIELD_INVALID'],
    ['subject.0.digest.sha512', '00', 'FIELD_UNKNOWN'],
    ['predicate', undefined, 'FIELD_MISSING'],
  ])('with %s set to %j is refused', (path, value, code) => {
    expect(() => parseStatement(bytesOf(withField(document, path, value)))).toThrow(refusal(code));
  });

  it('with a key that stands twice is refused', () => {
    const twice = JSON.stringify(document).replace('{', '{"_type":"https://in-toto.io/Statement/v1",');
    expect(() => parseStatement(utf8(twice))).toThrow(refusal('DOCUMENT_NOT_JSON'));
  });

  it('never puts the name of an unknown field on a terminal unless it is plain', () => {
    const odd = withField(document, '\u001b[2J', 1);
    expect(() => parseStatement(bytesOf(odd))).toThrow(refusal('FIELD_UNKNOWN', '(unprintable)'));
  });

  it('beyond a megabyte is refused unread', () => {
    expect(() => parseStatement(new Uint8Array(1024 * 1024 + 1))).toThrow(refusal('DOCUMENT_TOO_LARGE'));
  });

  it('of a genesis, publication or revocation names the file it is about', () => {
    const publication = {
      line: 'main',
      version: 1,
      manifestDigest: 'ab'.repeat(32),
      parent: null,
      genesisDigest: 'cd'.repeat(32),
      publishedAt: '2026-01-02T03:04:05Z',
      datasets: [{ shard: 0, root: '12'.repeat(32), count: 7 }],
      tombstones: { root: '34'.repeat(32), count: 2 },
    };
    const revocation = {
      line: 'main',
      version: 1,
      manifestDigest: 'ab'.repeat(32),
      reason: 'unlearning' as const,
      revokedAt: '2026-01-02T03:04:05Z',
    };
    const file = { name: 'manifest.json', digest: { sha256: 'ab'.repeat(32) } };
    expect(publicationStatement([file], publication)).toEqual(
      statementOf(PREDICATE_TYPES.publication, [file], publication),
    );
    expect(revocationStatement(revocation).subject).toEqual([file]);
    expect(genesisStatement({ line: 'main' } as never, 'ef'.repeat(32)).subject).toEqual([
      { name: 'genesis.json', digest: { sha256: 'ef'.repeat(32) } },
    ]);
    expect(parseModelPublication(plain(publication))).toEqual(publication);
    expect(() => parseModelPublication(withField(publication, 'datasets.0.shard', 1))).toThrow(
      refusal('FIELD_INVALID', 'predicate.datasets[0].shard'),
    );
    expect(parseModelRevocation(plain(revocation))).toEqual(revocation);
    expect(() => parseModelRevocation(withField(revocation, 'reason', 'boredom'))).toThrow(
      refusal('FIELD_INVALID', 'predicate.reason'),
    );
  });
});

describe('a bundle', () => {
  const document = JSON.parse(honestCertificate().bundle) as JsonValue;
  const entry = 'verificationMaterial.tlogEntries.0';

  it.each<[string, unknown, string]>([
    ['mediaType', 'application/vnd.dev.sigstore.bundle.v0.4+json', 'FIELD_INVALID'],
    ['dsseEnvelope.signatures', [], 'FIELD_INVALID'],
    ['dsseEnvelope.payloadType', 'text/plain', 'FIELD_INVALID'],
    ['dsseEnvelope.payload', 'a', 'FIELD_INVALID'],
    ['verificationMaterial.tlogEntries', [], 'FIELD_INVALID'],
    ['verificationMaterial.certificate', {}, 'FIELD_UNKNOWN'],
    [`${entry}.logIndex`, '03', 'FIELD_INVALID'],
    [`${entry}.logIndex`, '9007199254740993', 'FIELD_INVALID'],
    [`${entry}.logIndex`, 3, 'FIELD_INVALID'],
    [`${entry}.inclusionProof`, undefined, 'FIELD_MISSING'],
    [`${entry}.inclusionProof.rootHash`, 'AAAA', 'FIELD_INVALID'],
    [`${entry}.inclusionProof.hashes`, Array(65).fill(toBase64(new Uint8Array(32))), 'FIELD_INVALID'],
    [`${entry}.kindVersion.version`, '0.0.1', 'ENTRY_KIND_UNKNOWN'],
  ])('with %s set to %j is refused', (path, value, code) => {
    expect(() => parseBundle(utf8(JSON.stringify(withField(document, path, value))))).toThrow(refusal(code));
  });

  it.each([
    ['nothing', ''],
    ['half a bundle', honestCertificate().bundle.slice(0, 500)],
    ['an array', '[]'],
    ['null', 'null'],
  ])('that is %s is refused', (_, text) => {
    expect(() => parseBundle(utf8(text))).toThrow(expect.objectContaining({ name: 'CertificateError' }));
  });
});

describe('a trusted root', () => {
  const document = JSON.parse(honestTrustFiles()['trusted-root.json']) as JsonValue;
  it.each<[string, unknown, string]>([
    ['tlogs', [], 'FIELD_INVALID'],
    ['tlogs.0.publicKey.keyDetails', 'PKIX_ECDSA_P256_SHA_256', 'FIELD_INVALID'],
    ['tlogs.0.publicKey.rawBytes', 'AAAA', 'PUBLIC_KEY_MALFORMED'],
    ['tlogs.0.baseUrl', 'http://ledger.example.org', 'FIELD_INVALID'],
    ['ctlogs', [], 'FIELD_UNKNOWN'],
  ])('with %s set to %j is refused', (path, value, code) => {
    expect(() => parseTrustedRoot(utf8(JSON.stringify(withField(document, path, value))))).toThrow(
      refusal(code),
    );
  });
});
