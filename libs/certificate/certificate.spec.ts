import { createPublicKey, verify as verifyNatively } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Entry } from '@sigstore/protobuf-specs/rekor/v2';
import { describe, expect, it } from '@jest/globals';
import { canonicalJson, fromUtf8, sha256, toBase64, toHex, utf8, type JsonValue } from '#libs/essentials';
import { SparseMap, verifyInMap, verifyNotInMap } from '#libs/merkle';
import { certificateSigner, describeWithShared, exampleStatement, withField } from '#libs/testkit';
import {
  commitToNames,
  deletedLabelsFile,
  deletedMapRoot,
  fromPem,
  fromSpki,
  isSignedBy,
  NOT_PROVEN,
  parseStatement,
  parseUnlearningCertificate,
  payloadOf,
  preAuthEncoding,
  rekorEntryOf,
  signStatement,
  toPem,
  toSpki,
} from './index.js';

const refusal = (code: string, field?: string) =>
  expect.objectContaining({
    name: 'CertificateError',
    code,
    ...(field === undefined ? {} : { facts: expect.objectContaining({ field }) as unknown }),
  });

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
    expect(envelope.payload).toEqual(payloadOf(statement));
    expect(fromUtf8(envelope.payload)).toBe(canonicalJson(JSON.parse(fromUtf8(envelope.payload))));
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
  const { predicate: stated } = exampleStatement();
  const { predicate } = parseStatement(payloadOf(exampleStatement()));
  const read = (value: JsonValue) => parseUnlearningCertificate(value);

  it('reads back as what was stated', () => {
    expect(read(predicate)).toEqual(stated);
  });

  it('holds digests in base64url, and of what is not proven the codes', () => {
    const text = JSON.stringify(predicate);
    expect(text).not.toMatch(/[0-9a-f]{64}/);
    expect(predicate).toMatchObject({ notProven: NOT_PROVEN.map(({ code }) => code) });
  });

  it('may say of more that it is not proven than its reader knows', () => {
    const codes = ['PAST_OUTPUTS', 'OF_A_LATER_RELEASE'];
    const [known, later] = read(withField(predicate, 'notProven', codes)).notProven;
    expect(known).toEqual(NOT_PROVEN.find(({ code }) => code === 'PAST_OUTPUTS'));
    expect(later).toEqual({ code: 'OF_A_LATER_RELEASE', meaning: expect.stringContaining('a later one') });
  });

  it('may be about a time before any model was published, and then names the deleted labels', () => {
    expect(read(withField(predicate, 'model', null)).model).toBeNull();
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
    ['deleted.mapRoot', 'ab'.repeat(32), 'FIELD_INVALID', 'predicate.deleted.mapRoot'],
    ['deleted.mapRoot', `${'A'.repeat(42)}B`, 'FIELD_INVALID', 'predicate.deleted.mapRoot'],
    ['model.affectedShards', {}, 'FIELD_INVALID', 'predicate.model.affectedShards'],
    ['model.partition.kind', 'by-luck', 'FIELD_INVALID', 'predicate.model.partition.kind'],
    ['model.partition.shards', 4, 'FIELD_INVALID', 'predicate.model.partition.shards'],
    ['model.unaffectedShards.0.shard', 1, 'FIELD_INVALID', 'predicate.model.partition.shards'],
    ['model.unaffectedShards.0.shard', 3, 'FIELD_INVALID', 'predicate.model.partition.shards'],
    ['model.aggregator', null, 'FIELD_INVALID', 'predicate.model.aggregator'],
    ['backups.expiry', 'soon', 'FIELD_INVALID', 'predicate.backups.expiry'],
    ['notProven', [], 'FIELD_INVALID', 'predicate.notProven'],
    ['notProven.0', '<b>', 'FIELD_INVALID', 'predicate.notProven[0]'],
  ])('with %s set to %j is refused', (path, value, code, field) => {
    expect(() => read(withField(predicate, path, value))).toThrow(refusal(code, field));
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
