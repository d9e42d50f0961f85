import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { describe, expect, it } from '@jest/globals';
import { fromBase64, toHex, utf8 } from '#libs/essentials';
import { leafHash, openCheckpoint, parseVkey, verifyInclusion, type NoteKey } from '#libs/merkle';
import { describeWithShared, exampleStatement, honestCertificate, honestTrustFiles } from '#libs/testkit';
import { fromPem, keyHint, logIdOf, parseBundle, parseTrustedRoot, payloadOf } from './index.js';

type Tamperable = {
  verificationMaterial: {
    tlogEntries: { inclusionProof: { hashes: string[] }; canonicalizedBody: string }[];
  };
  dsseEnvelope: { payload: string; signatures: { sig: string }[] };
};

/**
 * Verifies with Sigstore's own library. Our certificates carry no timestamp of a third party and no Fulcio certificate, so none is
 * asked for; the log entry is.
 */
function verifyWithSigstore(bundle: string): void {
  const files = honestTrustFiles();
  const pem = files['certificate-signer.pem'];
  const keys = {
    [keyHint(fromPem(pem))]: { rawBytes: createPublicKey(pem).export({ type: 'spki', format: 'der' }) },
  };
  const root = TrustedRoot.fromJSON(JSON.parse(files['trusted-root.json']));
  const options = { tlogThreshold: 1, ctlogThreshold: 0, timestampThreshold: 0 };
  const verifier = new Verifier(toTrustMaterial(root, keys as never), options);
  verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(bundle))));
}

function tampered(change: (bundle: Tamperable) => void): string {
  const bundle = JSON.parse(honestCertificate().bundle) as Tamperable;
  change(bundle);
  return JSON.stringify(bundle);
}

function flip(base64: string): string {
  const bytes = fromBase64(base64);
  bytes[bytes.length - 2] ^= 1;
  return Buffer.from(bytes).toString('base64');
}

describe('@sigstore/verify, as published', () => {
  it.each([
    [0, 0],
    [0, 1],
    [3, 3],
    [7, 0],
    [300, 41],
  ])('accepts a certificate logged after %d and before %d others', (before, after) => {
    expect(() => verifyWithSigstore(honestCertificate({ before, after }).bundle)).not.toThrow();
  });

  it.each<[string, string, (bundle: Tamperable) => void]>([
    ['payload', 'TLOG_BODY_ERROR', (b) => (b.dsseEnvelope.payload = flip(b.dsseEnvelope.payload))],
    [
      'signature',
      'TLOG_BODY_ERROR',
      ({ dsseEnvelope: { signatures } }) => (signatures[0].sig = flip(signatures[0].sig)),
    ],
    [
      'inclusion proof',
      'TLOG_INCLUSION_PROOF_ERROR',
      ({ verificationMaterial: { tlogEntries } }) => {
        const { hashes } = tlogEntries[0].inclusionProof;
        hashes[0] = flip(hashes[0]);
      },
    ],
  ])('refuses one with a changed %s', (_, code, change) => {
    expect(() => verifyWithSigstore(tampered(change))).toThrow(expect.objectContaining({ code }));
  });
});

interface Sample {
  readonly trustedRoot: unknown;
  readonly vkey: string;
  readonly bundle: {
    verificationMaterial: {
      tlogEntries: {
        canonicalizedBody: string;
        inclusionProof: { logIndex: string; hashes: string[]; checkpoint: { envelope: string } };
      }[];
    };
  };
}

describeWithShared(
  'vectors/derived-from-specs/own-log-sigstore-bundle.sample.json',
  'the sample bundle',
  (path) => {
    const sample = JSON.parse(readFileSync(path, 'utf8')) as Sample;
    const key: NoteKey = parseVkey(sample.vkey);
    const [entry] = sample.bundle.verificationMaterial.tlogEntries;

    it('has a trusted root that names the log as ours do', () => {
      const [log] = parseTrustedRoot(utf8(JSON.stringify(sample.trustedRoot)));
      expect(log.baseUrl).toBe(`https://${key.name}`);
      expect(toHex(log.logId)).toBe(toHex(logIdOf(key)));
      expect(log.publicKey).toEqual(key.publicKey);
    });

    it('has a checkpoint that opens and an inclusion proof that leads to its root', () => {
      const { size, root } = openCheckpoint(utf8(entry.inclusionProof.checkpoint.envelope), key);
      verifyInclusion({
        index: Number(entry.inclusionProof.logIndex),
        size,
        leafHash: leafHash(fromBase64(entry.canonicalizedBody)),
        proof: entry.inclusionProof.hashes.map(fromBase64),
        root,
      });
    });

    it('is refused as a certificate, because its entry is of another kind', () => {
      expect(() => parseBundle(utf8(JSON.stringify(sample.bundle)))).toThrow(
        expect.objectContaining({ code: 'ENTRY_KIND_UNKNOWN' }),
      );
    });
  },
);

it('a bundle reads back as what was put into it', () => {
  const { bundle, receipt } = honestCertificate();
  const { entry, envelope } = parseBundle(utf8(bundle));
  expect(entry.logIndex).toBe(receipt.index);
  expect(entry.proof.hashes).toEqual(receipt.inclusionProof);
  expect(envelope.payload).toEqual(payloadOf(exampleStatement()));
});
