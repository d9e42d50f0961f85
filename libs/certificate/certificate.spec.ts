import { createPublicKey, verify as verifyNatively } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Entry } from '@sigstore/protobuf-specs/rekor/v2';
import { describe, expect, it } from '@jest/globals';
import { canonicalJson, fromUtf8, sha256, toBase64, toHex, utf8, type JsonValue } from '#libs/essentials';
import { SparseMap, verifyInMap, verifyNotInMap } from '#libs/merkle';
import {
  certificateSigner,
  describeWithShared,
  exampleStatement,
  honestCertificate,
  honestTrustFiles,
} from '#libs/testkit';
import {
  commitToNames,
  deletedLabelsFile,
  deletedMapRoot,
  fromPem,
  fromSpki,
  genesisStatement,
  isSignedBy,
  parseBundle,
  parseModelPublication,
  parseModelRevocation,
  parseStatement,
  parseTrustedRoot,
  parseUnlearningCertificate,
  preAuthEncoding,
  PREDICATE_TYPES,
  publicationStatement,
  rekorEntryOf,
  revocationStatement,
  signStatement,
  statementOf,
  toPem,
  toSpki,
} from './index.js';

const refusal = (code: string, field?: string) =>
  expect.objectContaining({
    name: 'CertificateError',
    code,
    ...(field === undefined ? {} : { facts: expect.objectContaining({ field }) as unknown }),
  });
const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as JsonValue;

/** A copy of a document with one field, named by its path, set to a value, or removed when the value is undefined. */
function changed(document: unknown, path: string, value: unknown): JsonValue {
  const copy = structuredClone(plain(document)) as Record<string, unknown>;
  const steps = path.split('.');
  const last = steps.pop()!;
  const parent = steps.reduce((at, step) => at[step] as Record<string, unknown>, copy);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy as JsonValue;
}

describeWithShared('vectors/derived-from-specs/signed-note-and-dsse.json', 'the DSSE test vector', (path) => {
  const { dsse } = JSON.parse(readFileSync(path, 'utf8')) as { dsse: Record<string, string> };
  const encoding = preAuthEncoding(dsse.payloadType, utf8(dsse.payload_utf8));

  it('has our pre-authentication encoding', () => {
    expect(fromUtf8(encoding)).toBe(dsse.pae);
  });

  it('has a signature that holds over our encoding', () => {
    const coordinate = (decimal: string) =>
      Buffer.from(BigInt(decimal).toString(16).padStart(64, '0'), 'hex').toString('base64url');
    const jwk = { kty: 'EC', crv: 'P-256', x: coordinate(dsse.x_dec), y: coordinate(dsse.y_dec) };
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const signature = Buffer.from(dsse.sig_b64, 'base64');
    expect(verifyNatively('sha256', encoding, { key, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
  });
});

describe('an envelope', () => {
  const statement = exampleStatement();
  const envelope = signStatement(statement, certificateSigner);

  it('carries the canonical JSON of the statement', () => {
    expect(fromUtf8(envelope.payload)).toBe(canonicalJson(statement));
  });

  it('counts bytes, not characters', () => {
    expect(fromUtf8(preAuthEncoding('té', utf8('ü')))).toBe('DSSEv1 3 té 2 ü');
  });

  it('is signed by its signer only, as node:crypto agrees', () => {
    const key = createPublicKey(toPem(certificateSigner.publicKey));
    const message = preAuthEncoding(envelope.payloadType, envelope.payload);
    expect(verifyNatively(null, message, key, envelope.signature)).toBe(true);
    expect(isSignedBy(envelope, certificateSigner.publicKey)).toBe(true);
    expect(isSignedBy({ ...envelope, payloadType: 'text/plain' }, certificateSigner.publicKey)).toBe(false);
  });

  it('is logged as an entry that holds digests and signatures and not one word of the statement', () => {
    const leaf = fromUtf8(rekorEntryOf(envelope, certificateSigner.publicKey));
    expect(JSON.parse(leaf)).toEqual({
      apiVersion: '0.0.2',
      kind: 'dsse',
      spec: {
        dsseV002: {
          payloadHash: { algorithm: 'SHA2_256', digest: toBase64(sha256(envelope.payload)) },
          signatures: [
            {
              content: toBase64(envelope.signature),
              verifier: {
                keyDetails: 'PKIX_ED25519',
                publicKey: { rawBytes: toBase64(toSpki(certificateSigner.publicKey)) },
              },
            },
          ],
        },
      },
    });
  });

  it('is logged in the field names of the Rekor v2 protobuf', () => {
    const leaf = fromUtf8(rekorEntryOf(envelope, certificateSigner.publicKey));
    expect(canonicalJson(Entry.toJSON(Entry.fromJSON(JSON.parse(leaf))))).toBe(leaf);
  });
});

describe('a public key file', () => {
  const { publicKey } = certificateSigner;
  it('reads back, and is what node:crypto writes', () => {
    expect(fromPem(toPem(publicKey))).toEqual(publicKey);
    expect(createPublicKey(toPem(publicKey)).export({ type: 'spki', format: 'pem' })).toBe(toPem(publicKey));
  });

  it.each([
    ['two keys', toPem(publicKey) + toPem(publicKey), 'PEM_MALFORMED'],
    ['a private key', toPem(publicKey).replaceAll('PUBLIC', 'PRIVATE'), 'PEM_MALFORMED'],
    ['base64 that is not canonical', toPem(publicKey).replace('\n-----END', '=\n-----END'), 'PEM_MALFORMED'],
    ['another algorithm', toPem(publicKey).replace('MCowBQYDK2Vw', 'MCowBQYDK2Vu'), 'PUBLIC_KEY_MALFORMED'],
  ])('with %s is refused', (_, pem, code) => {
    expect(() => fromPem(pem)).toThrow(refusal(code));
  });

  it('of another length is refused', () => {
    expect(() => fromSpki(toSpki(new Uint8Array(31)))).toThrow(refusal('PUBLIC_KEY_MALFORMED'));
  });
});

describe('an unlearning certificate', () => {
  const { predicate } = exampleStatement();
  const read = (value: JsonValue) => parseUnlearningCertificate(value);

  it('reads back as what was stated', () => {
    expect(read(plain(predicate))).toEqual(predicate);
  });

  it('may be about a time before any model was published, and then names the deleted labels', () => {
    expect(read(changed(predicate, 'model', null)).model).toBeNull();
    const labels = [new Uint8Array(32).fill(9), new Uint8Array(32).fill(1)];
    const canonical = JSON.stringify([...labels].reverse().map((l) => Buffer.from(l).toString('base64url')));
    expect(deletedLabelsFile(labels)).toEqual({
      name: 'deleted-labels.json',
      digest: { sha256: toHex(sha256(utf8(canonical))) },
    });
  });

  it.each<[string, unknown, string, string]>([
    ['request.id', 'two words', 'FIELD_INVALID', 'predicate.request.id'],
    ['request.legalGround', 'because', 'FIELD_INVALID', 'predicate.request.legalGround'],
    ['request.email', 'someone', 'FIELD_UNKNOWN', 'predicate.request.email'],
    ['times.due', 'tomorrow', 'FIELD_INVALID', 'predicate.times.due'],
    ['times.due', undefined, 'FIELD_MISSING', 'predicate.times.due'],
    ['deleted.count', -1, 'FIELD_INVALID', 'predicate.deleted.count'],
    ['deleted.count', '2', 'FIELD_INVALID', 'predicate.deleted.count'],
    ['deleted.mapRoot', 'AB'.repeat(32), 'FIELD_INVALID', 'predicate.deleted.mapRoot'],
    ['model.affectedShards', {}, 'FIELD_INVALID', 'predicate.model.affectedShards'],
    ['model.partition.kind', 'by-luck', 'FIELD_INVALID', 'predicate.model.partition.kind'],
    ['model.partition.shards', 4, 'FIELD_INVALID', 'predicate.model.partition.shards'],
    ['model.unaffectedShards.0.shard', 1, 'FIELD_INVALID', 'predicate.model.partition.shards'],
    ['model.unaffectedShards.0.shard', 3, 'FIELD_INVALID', 'predicate.model.partition.shards'],
    ['model.aggregator', null, 'FIELD_INVALID', 'predicate.model.aggregator'],
    ['backups.expiry', 'soon', 'FIELD_INVALID', 'predicate.backups.expiry'],
    ['notProven', [], 'FIELD_INVALID', 'predicate.notProven'],
  ])('with %s set to %j is refused', (path, value, code, field) => {
    expect(() => read(changed(predicate, path, value))).toThrow(refusal(code, field));
  });

  it('commits to the deleted labels so that each can be proved deleted, and others not', () => {
    const labels = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte));
    const map = new SparseMap(labels.map((label) => ({ key: label, value: sha256(label) })));
    const root = deletedMapRoot(labels);
    verifyInMap(root, labels[1], sha256(labels[1]), map.prove(labels[1]));
    verifyNotInMap(root, new Uint8Array(32), map.prove(new Uint8Array(32)));
  });

  it('commits to names in whatever order they come', () => {
    expect(commitToNames(['b', 'a'])).toBe(commitToNames(['a', 'b']));
    expect(commitToNames(['ab'])).not.toBe(commitToNames(['a', 'b']));
  });
});

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
    expect(() => parseStatement(bytesOf(changed(document, path, value)))).toThrow(refusal(code));
  });

  it('with a key that stands twice is refused', () => {
    const twice = JSON.stringify(document).replace('{', '{"_type":"https://in-toto.io/Statement/v1",');
    expect(() => parseStatement(utf8(twice))).toThrow(refusal('DOCUMENT_NOT_JSON'));
  });

  it('never puts the name of an unknown field on a terminal unless it is plain', () => {
    const odd = changed(document, '\u001b[2J', 1);
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
    expect(parseModelRevocation(plain(revocation))).toEqual(revocation);
    expect(() => parseModelRevocation(changed(revocation, 'reason', 'boredom'))).toThrow(
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
    expect(() => parseBundle(utf8(JSON.stringify(changed(document, path, value))))).toThrow(refusal(code));
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
    expect(() => parseTrustedRoot(utf8(JSON.stringify(changed(document, path, value))))).toThrow(
      refusal(code),
    );
  });
});
