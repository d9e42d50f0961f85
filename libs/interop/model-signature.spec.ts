import { createHash, createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { modelSignature, modelSignerFromSeed, type ModelFile } from './index.js';

const signer = modelSignerFromSeed(new Uint8Array(32).fill(5));
const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const files: ModelFile[] = ['shard-01.safetensors', 'manifest.json', 'shard-00.safetensors', 'Readme.md'].map(
  (name) => ({ name, digest: digestOf(name) }),
);

interface OmsBundle {
  mediaType: string;
  verificationMaterial: { publicKey: { hint: string }; tlogEntries: unknown[] };
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string; keyid: string }[] };
}

interface OmsStatement {
  _type: string;
  subject: { name: string; digest: { sha256: string } }[];
  predicateType: string;
  predicate: {
    resources: { name: string; algorithm: string; digest: string }[];
    serialization: Record<string, unknown>;
  };
}

const bundle = JSON.parse(modelSignature('v3', files, signer)) as OmsBundle;
const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64');
const statement = JSON.parse(payload.toString()) as OmsStatement;

describe('the signature of a model folder (OpenSSF Model Signing 1.0)', () => {
  it('names every file with its digest, by code point (§5.2.1), and itself as ignored (§6.2)', () => {
    expect(statement.predicate.resources).toEqual(
      ['Readme.md', 'manifest.json', 'shard-00.safetensors', 'shard-01.safetensors'].map((name) => ({
        name,
        algorithm: 'sha256',
        digest: digestOf(name),
      })),
    );
    expect(statement.predicate.serialization).toEqual({
      method: 'files',
      hash_type: 'sha256',
      allow_symlinks: false,
      ignore_paths: ['.git', '.gitattributes', '.github', '.gitignore', 'model.sig'],
    });
  });

  it('has one subject: the folder, with the digest over the digests (§6.5.1)', () => {
    const root = createHash('sha256');
    for (const { digest } of statement.predicate.resources) root.update(Buffer.from(digest, 'hex'));
    expect(statement.subject).toEqual([{ name: 'v3', digest: { sha256: root.digest('hex') } }]);
    expect(statement._type).toBe('https://in-toto.io/Statement/v1');
    expect(statement.predicateType).toBe('https://model_signing/signature/v1.0');
  });

  it('holds under the P-256 key as OpenSSL sees it, over the DSSE encoding', () => {
    const { payloadType, signatures } = bundle.dsseEnvelope;
    expect(payloadType).toBe('application/vnd.in-toto+json');
    expect(signatures).toHaveLength(1);
    const signed = Buffer.concat([
      Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `),
      payload,
    ]);
    const key = createPublicKey(signer.publicKeyPem);
    expect(key.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
    const signature = Buffer.from(signatures[0].sig, 'base64');
    expect(verify('sha256', signed, key, signature)).toBe(true);
    signed[signed.length - 1] ^= 1;
    expect(verify('sha256', signed, key, signature)).toBe(false);
  });

  it('names the key by the digest of its PEM, as the reference implementation writes it', () => {
    expect(signer.publicKeyPem).toBe(
      createPublicKey(signer.publicKeyPem).export({ type: 'spki', format: 'pem' }),
    );
    expect(bundle.verificationMaterial).toEqual({
      publicKey: { hint: createHash('sha256').update(signer.publicKeyPem).digest('hex') },
      tlogEntries: [],
    });
    expect(bundle.mediaType).toBe('application/vnd.dev.sigstore.bundle.v0.3+json');
  });

  it('is the same for the same files, in whatever order they are given', () => {
    expect(modelSignature('v3', [...files].reverse(), signer)).toBe(modelSignature('v3', files, signer));
  });

  it.each([
    ['no file', [], 'MODEL_HAS_NO_FILE'],
    ['a file twice', [files[0], files[0]], 'MODEL_FILE_NAME_INVALID'],
    [
      'a file in a folder above',
      [{ name: '../manifest.json', digest: digestOf('') }],
      'MODEL_FILE_NAME_INVALID',
    ],
    ['its own signature', [{ name: 'model.sig', digest: digestOf('') }], 'MODEL_FILE_NAME_INVALID'],
  ])('is not made over %s', (_, given, code) => {
    expect(() => modelSignature('v3', given, signer)).toThrow(expect.objectContaining({ code }));
  });

  it.each([
    ['zero', new Uint8Array(32)],
    ['more than the order of the group', new Uint8Array(32).fill(255)],
    ['short', new Uint8Array(31).fill(1)],
  ])('is not made with a seed that is %s', (_, seed) => {
    expect(() => modelSignerFromSeed(seed)).toThrow(expect.objectContaining({ code: 'MODEL_KEY_INVALID' }));
  });
});
