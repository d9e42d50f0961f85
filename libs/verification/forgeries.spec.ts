import { describe, expect, it } from '@jest/globals';
import { rekorEntryOf, signStatement, toSpki } from '#libs/certificate';
import { fromBase64, fromUtf8, sha256, toBase64, utf8 } from '#libs/essentials';
import { LogTree, signCheckpoint, signerFromSeed, signNote } from '#libs/merkle';
import {
  certificateSigner,
  exampleStatement,
  flipBit,
  flipCheckpointSignature,
  honestCertificate,
  honestTrustFiles,
  logEntryOf,
  logKey,
  logSigner,
  rewriteLeaf,
  tamperedBundle,
  type BundleJson,
} from '#libs/testkit';
import { loadTrust, verifyCertificate, type VerificationErrorCode } from './index.js';

type Change = (bundle: BundleJson) => void;

const refusal = (code: string) => expect.objectContaining({ name: 'VerificationError', code });
const files = honestTrustFiles();
const trust = loadTrust({
  logVkey: utf8(files['log.vkey']),
  trustedRoot: utf8(files['trusted-root.json']),
  signerPem: utf8(files['certificate-signer.pem']),
});
const honest = honestCertificate();
const verify = (bundle: string) => verifyCertificate({ bundle: utf8(bundle), trust });
const json = (bundle: string) => JSON.parse(bundle) as BundleJson;
const tampered = (change: Change, bundle = honest.bundle) => tamperedBundle(bundle, change);

describe('one flipped bit', () => {
  it.each<[string, VerificationErrorCode, Change]>([
    [
      'the payload',
      'LEAF_PAYLOAD_MISMATCH',
      (b) => (b.dsseEnvelope.payload = flipBit(b.dsseEnvelope.payload, 40)),
    ],
    [
      'the signature',
      'LEAF_SIGNATURE_MISMATCH',
      ({ dsseEnvelope: { signatures } }) => (signatures[0].sig = flipBit(signatures[0].sig)),
    ],
    ...[0, 1, 2].map((at): [string, VerificationErrorCode, Change] => [
      `hash ${at} of the inclusion proof`,
      'INCLUSION_ROOT_MISMATCH',
      (b) => (logEntryOf(b).inclusionProof.hashes[at] = flipBit(logEntryOf(b).inclusionProof.hashes[at], -1)),
    ]),
    [
      'the root',
      'CHECKPOINT_ROOT_MISMATCH',
      (b) => (logEntryOf(b).inclusionProof.rootHash = flipBit(logEntryOf(b).inclusionProof.rootHash)),
    ],
    [
      'the size in the checkpoint',
      'CHECKPOINT_SIGNATURE_INVALID',
      ({ verificationMaterial: { tlogEntries } }) => {
        const { checkpoint } = tlogEntries[0].inclusionProof;
        checkpoint.envelope = checkpoint.envelope.replace('\n7\n', '\n6\n');
      },
    ],
    [
      'the signature of the checkpoint',
      'CHECKPOINT_SIGNATURE_INVALID',
      (b) => flipCheckpointSignature(b, -1),
    ],
    ['the key id of the checkpoint', 'CHECKPOINT_NOT_SIGNED_BY_LOG', (b) => flipCheckpointSignature(b, 0)],
    [
      'the log id',
      'LOG_ID_UNKNOWN',
      (b) => (logEntryOf(b).logId.keyId = flipBit(logEntryOf(b).logId.keyId, 9)),
    ],
    [
      'the payload digest in the leaf',
      'LEAF_PAYLOAD_MISMATCH',
      (b) => rewriteLeaf(b, (leaf) => (leaf.payloadHash.digest = flipBit(leaf.payloadHash.digest))),
    ],
    [
      'the key in the leaf',
      'LEAF_KEY_MISMATCH',
      (b) =>
        rewriteLeaf(b, ({ signatures: [{ verifier }] }) => {
          verifier.publicKey.rawBytes = flipBit(verifier.publicKey.rawBytes, -1);
        }),
    ],
    ['the index of the entry', 'INCLUSION_INDEX_MISMATCH', (b) => (logEntryOf(b).logIndex = '2')],
    [
      'the name of the signing key',
      'SIGNER_KEY_UNKNOWN',
      ({ verificationMaterial: { publicKey } }) => (publicKey.hint = flipBit(publicKey.hint)),
    ],
  ])('in %s is refused with %s', (_, code, change) => {
    expect(() => verify(tampered(change))).toThrow(refusal(code));
  });
});

describe('a forged certificate', () => {
  const other = json(honestCertificate({ statement: exampleStatement('req-2'), before: 4 }).bundle);

  it.each<[string, VerificationErrorCode, Change]>([
    [
      "spliced onto another's log entry",
      'LEAF_OF_ANOTHER_ENVELOPE',
      (b) => (b.verificationMaterial.tlogEntries = other.verificationMaterial.tlogEntries),
    ],
    [
      "spliced onto another's inclusion proof",
      'INCLUSION_ROOT_MISMATCH',
      (b) => {
        const { inclusionProof, logIndex } = logEntryOf(other);
        Object.assign(logEntryOf(b), { inclusionProof, logIndex });
      },
    ],
    [
      'at the index of another leaf',
      'INCLUSION_ROOT_MISMATCH',
      (b) => {
        logEntryOf(b).logIndex = '2';
        logEntryOf(b).inclusionProof.logIndex = '2';
      },
    ],
    [
      'at an index beyond the tree',
      'INCLUSION_INDEX_OUT_OF_RANGE',
      (b) => {
        logEntryOf(b).logIndex = '7';
        logEntryOf(b).inclusionProof.logIndex = '7';
      },
    ],
    ['with a hash too few', 'INCLUSION_PROOF_LENGTH', (b) => logEntryOf(b).inclusionProof.hashes.pop()],
    [
      'with a hash too many',
      'INCLUSION_PROOF_LENGTH',
      (b) => logEntryOf(b).inclusionProof.hashes.push(toBase64(new Uint8Array(32))),
    ],
    [
      'for a tree of another size than the checkpoint',
      'CHECKPOINT_SIZE_MISMATCH',
      (b) => (logEntryOf(b).inclusionProof.treeSize = '8'),
    ],
    [
      'with payload and leaf changed alike, but not signed again',
      'ENVELOPE_SIGNATURE_INVALID',
      (b) => {
        b.dsseEnvelope.payload = flipBit(b.dsseEnvelope.payload, 40);
        const digest = toBase64(sha256(fromBase64(b.dsseEnvelope.payload)));
        rewriteLeaf(b, (leaf) => (leaf.payloadHash.digest = digest));
      },
    ],
    [
      'with a leaf in another spelling',
      'LEAF_NOT_CANONICAL',
      (b) => {
        const leaf = fromUtf8(fromBase64(logEntryOf(b).canonicalizedBody));
        logEntryOf(b).canonicalizedBody = toBase64(utf8(leaf.replace('{', '{ ')));
      },
    ],
    ['with a leaf that is no entry', 'LEAF_MALFORMED', (b) => (logEntryOf(b).canonicalizedBody = 'AAAA')],
    [
      'with an entry of another kind',
      'BUNDLE_ENTRY_KIND_UNKNOWN',
      (b) => (logEntryOf(b).kindVersion.version = '0.0.1'),
    ],
    [
      'with a checkpoint that is no note',
      'CHECKPOINT_MALFORMED',
      (b) => (logEntryOf(b).inclusionProof.checkpoint.envelope = 'seven leaves'),
    ],
  ])('%s is refused with %s', (_, code, change) => {
    expect(() => verify(tampered(change))).toThrow(refusal(code));
  });

  it('signed with another key is refused, whether it says so or not', () => {
    const signer = signerFromSeed(new Uint8Array(32).fill(7));
    const foreign = honestCertificate({ signer }).bundle;
    expect(() => verify(foreign)).toThrow(refusal('SIGNER_KEY_UNKNOWN'));
    const posing = tampered((b) => {
      b.verificationMaterial.publicKey.hint = trust.signers[0].hint;
      rewriteLeaf(b, ({ signatures: [{ verifier }] }) => {
        verifier.publicKey.rawBytes = toBase64(toSpki(certificateSigner.publicKey));
      });
    }, foreign);
    expect(() => verify(posing)).toThrow(refusal('ENVELOPE_SIGNATURE_INVALID'));
  });

  it('in a log of the same name under another key is refused', () => {
    const impostor = signerFromSeed(new Uint8Array(32).fill(8));
    const checkpoint = checkpointBy(impostor, logKey.name);
    expect(() =>
      verify(tampered((b) => (logEntryOf(b).inclusionProof.checkpoint.envelope = checkpoint))),
    ).toThrow(refusal('CHECKPOINT_NOT_SIGNED_BY_LOG'));
  });

  it('with a checkpoint of another log that the same key signed is refused', () => {
    const { rootHash } = logEntryOf(json(honest.bundle)).inclusionProof;
    const checkpoint = signNote(`lodger.example.org\n7\n${rootHash}\n`, logKey.name, logSigner);
    expect(() =>
      verify(tampered((b) => (logEntryOf(b).inclusionProof.checkpoint.envelope = checkpoint))),
    ).toThrow(refusal('CHECKPOINT_ORIGIN_MISMATCH'));
  });

  it('cut short is refused at every length', () => {
    for (let length = 0; length < honest.bundle.length; length += 97)
      expect(() => verify(honest.bundle.slice(0, length))).toThrow(refusal('BUNDLE_MALFORMED'));
  });
});

function checkpointBy(signer: typeof logSigner, origin: string): string {
  const tree = new LogTree();
  tree.append(
    rekorEntryOf(signStatement(exampleStatement(), certificateSigner), certificateSigner.publicKey),
  );
  return signCheckpoint({ origin, size: tree.size, root: tree.root() }, signer);
}
