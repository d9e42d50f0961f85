import { describe, expect, it } from '@jest/globals';
import {
  PREDICATE_TYPES,
  rekorEntryOf,
  signStatement,
  statementOf,
  toSpki,
  type Statement,
} from '#libs/certificate';
import { canonicalJson, fromBase64, fromUtf8, sha256, toBase64, utf8 } from '#libs/essentials';
import { LogTree, signCheckpoint, signerFromSeed, signNote } from '#libs/merkle';
import {
  certificateSigner,
  exampleStatement,
  honestCertificate,
  honestTrustFiles,
  logKey,
  logSigner,
} from '#libs/testkit';
import {
  loadTrust,
  VERIFICATION_STEPS,
  verifyCertificate,
  verifyLoggedStatement,
  type VerificationErrorCode,
  type VerifiedStep,
} from './index.js';

interface BundleJson {
  verificationMaterial: {
    publicKey: { hint: string };
    tlogEntries: {
      logIndex: string;
      logId: { keyId: string };
      kindVersion: { version: string };
      canonicalizedBody: string;
      inclusionProof: {
        logIndex: string;
        treeSize: string;
        rootHash: string;
        hashes: string[];
        checkpoint: { envelope: string };
      };
    }[];
  };
  dsseEnvelope: { payload: string; signatures: { sig: string }[] };
}
type Change = (bundle: BundleJson) => void;

const refusal = (code: string) => expect.objectContaining({ name: 'VerificationError', code });
const files = honestTrustFiles();
const trust = loadTrust({
  logVkey: utf8(files['log.vkey']),
  trustedRoot: utf8(files['trusted-root.json']),
  signerPem: utf8(files['certificate-signer.pem']),
});
const honest = honestCertificate();
const json = (bundle: string) => JSON.parse(bundle) as BundleJson;
const entryOf = (bundle: BundleJson) => bundle.verificationMaterial.tlogEntries[0];
const verify = (bundle: string) => verifyCertificate({ bundle: utf8(bundle), trust });

function tampered(change: Change, bundle = honest.bundle): string {
  const copy = json(bundle);
  change(copy);
  return JSON.stringify(copy);
}

/** Flips the lowest bit of one byte; negative positions count from the end. */
function flip(base64: string, at = 0): string {
  const bytes = fromBase64(base64);
  bytes[at < 0 ? bytes.length + at : at] ^= 1;
  return toBase64(bytes);
}

/** Changes the leaf's document, leaving its form canonical. */
function rewriteLeaf(bundle: BundleJson, change: (dsse: LeafSpec) => void): void {
  const leaf = JSON.parse(fromUtf8(fromBase64(entryOf(bundle).canonicalizedBody))) as {
    spec: { dsseV002: LeafSpec };
  };
  change(leaf.spec.dsseV002);
  entryOf(bundle).canonicalizedBody = toBase64(utf8(canonicalJson(leaf)));
}
interface LeafSpec {
  payloadHash: { digest: string };
  signatures: { content: string; verifier: { publicKey: { rawBytes: string } } }[];
}

describe('verifying an honest certificate', () => {
  it('reports every step, in order, and tells of each as it succeeds', () => {
    const seen: VerifiedStep[] = [];
    const report = verifyCertificate({
      bundle: utf8(honest.bundle),
      trust,
      onStep: (step) => seen.push(step),
    });
    expect(report.steps.map(({ step }) => step)).toEqual(Object.keys(VERIFICATION_STEPS));
    expect(seen).toEqual(report.steps);
    expect(report.log).toEqual({ origin: 'ledger.example.org', index: 3, size: 7 });
    expect(report.certificate).toEqual(exampleStatement().predicate);
  });

  it.each([
    [0, 0],
    [0, 1],
    [5, 0],
    [255, 2],
  ])('succeeds after %d and before %d other leaves', (before, after) => {
    expect(() => verify(honestCertificate({ before, after }).bundle)).not.toThrow();
  });

  it('stops at the step that fails', () => {
    const seen: string[] = [];
    const bundle = utf8(tampered((b) => (entryOf(b).inclusionProof.rootHash = toBase64(new Uint8Array(32)))));
    expect(() => verifyCertificate({ bundle, trust, onStep: ({ step }) => seen.push(step) })).toThrow(
      refusal('CHECKPOINT_ROOT_MISMATCH'),
    );
    expect(seen.at(-1)).toBe('checkpoint');
  });
});

describe('one flipped bit', () => {
  it.each<[string, VerificationErrorCode, Change]>([
    [
      'the payload',
      'LEAF_PAYLOAD_MISMATCH',
      (b) => (b.dsseEnvelope.payload = flip(b.dsseEnvelope.payload, 40)),
    ],
    [
      'the signature',
      'LEAF_SIGNATURE_MISMATCH',
      ({ dsseEnvelope: { signatures } }) => (signatures[0].sig = flip(signatures[0].sig)),
    ],
    ...[0, 1, 2].map((at): [string, VerificationErrorCode, Change] => [
      `hash ${at} of the inclusion proof`,
      'INCLUSION_ROOT_MISMATCH',
      (b) => (entryOf(b).inclusionProof.hashes[at] = flip(entryOf(b).inclusionProof.hashes[at], -1)),
    ]),
    [
      'the root',
      'CHECKPOINT_ROOT_MISMATCH',
      (b) => (entryOf(b).inclusionProof.rootHash = flip(entryOf(b).inclusionProof.rootHash)),
    ],
    [
      'the size in the checkpoint',
      'CHECKPOINT_SIGNATURE_INVALID',
      ({ verificationMaterial: { tlogEntries } }) => {
        const { checkpoint } = tlogEntries[0].inclusionProof;
        checkpoint.envelope = checkpoint.envelope.replace('\n7\n', '\n6\n');
      },
    ],
    ['the signature of the checkpoint', 'CHECKPOINT_SIGNATURE_INVALID', (b) => flipNoteSignature(b, -1)],
    ['the key id of the checkpoint', 'CHECKPOINT_NOT_SIGNED_BY_LOG', (b) => flipNoteSignature(b, 0)],
    ['the log id', 'LOG_ID_UNKNOWN', (b) => (entryOf(b).logId.keyId = flip(entryOf(b).logId.keyId, 9))],
    [
      'the payload digest in the leaf',
      'LEAF_PAYLOAD_MISMATCH',
      (b) => rewriteLeaf(b, (leaf) => (leaf.payloadHash.digest = flip(leaf.payloadHash.digest))),
    ],
    [
      'the key in the leaf',
      'LEAF_KEY_MISMATCH',
      (b) =>
        rewriteLeaf(b, ({ signatures: [{ verifier }] }) => {
          verifier.publicKey.rawBytes = flip(verifier.publicKey.rawBytes, -1);
        }),
    ],
    ['the index of the entry', 'INCLUSION_INDEX_MISMATCH', (b) => (entryOf(b).logIndex = '2')],
    [
      'the name of the signing key',
      'SIGNER_KEY_UNKNOWN',
      ({ verificationMaterial: { publicKey } }) => (publicKey.hint = flip(publicKey.hint)),
    ],
  ])('in %s is refused with %s', (_, code, change) => {
    expect(() => verify(tampered(change))).toThrow(refusal(code));
  });
});

function flipNoteSignature(bundle: BundleJson, at: number): void {
  const { checkpoint } = entryOf(bundle).inclusionProof;
  const [text, line] = checkpoint.envelope.split('\n\n');
  const [dash, name, signature] = line.trimEnd().split(' ');
  checkpoint.envelope = `${text}\n\n${dash} ${name} ${flip(signature, at)}\n`;
}

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
        const { inclusionProof, logIndex } = entryOf(other);
        Object.assign(entryOf(b), { inclusionProof, logIndex });
      },
    ],
    [
      'at the index of another leaf',
      'INCLUSION_ROOT_MISMATCH',
      (b) => {
        entryOf(b).logIndex = '2';
        entryOf(b).inclusionProof.logIndex = '2';
      },
    ],
    [
      'at an index beyond the tree',
      'INCLUSION_INDEX_OUT_OF_RANGE',
      (b) => {
        entryOf(b).logIndex = '7';
        entryOf(b).inclusionProof.logIndex = '7';
      },
    ],
    ['with a hash too few', 'INCLUSION_PROOF_LENGTH', (b) => entryOf(b).inclusionProof.hashes.pop()],
    [
      'with a hash too many',
      'INCLUSION_PROOF_LENGTH',
      (b) => entryOf(b).inclusionProof.hashes.push(toBase64(new Uint8Array(32))),
    ],
    [
      'for a tree of another size than the checkpoint',
      'CHECKPOINT_SIZE_MISMATCH',
      (b) => (entryOf(b).inclusionProof.treeSize = '8'),
    ],
    [
      'with payload and leaf changed alike, but not signed again',
      'ENVELOPE_SIGNATURE_INVALID',
      (b) => {
        b.dsseEnvelope.payload = flip(b.dsseEnvelope.payload, 40);
        const digest = toBase64(sha256(fromBase64(b.dsseEnvelope.payload)));
        rewriteLeaf(b, (leaf) => (leaf.payloadHash.digest = digest));
      },
    ],
    [
      'with a leaf in another spelling',
      'LEAF_NOT_CANONICAL',
      (b) => {
        const leaf = fromUtf8(fromBase64(entryOf(b).canonicalizedBody));
        entryOf(b).canonicalizedBody = toBase64(utf8(leaf.replace('{', '{ ')));
      },
    ],
    ['with a leaf that is no entry', 'LEAF_MALFORMED', (b) => (entryOf(b).canonicalizedBody = 'AAAA')],
    [
      'with an entry of another kind',
      'BUNDLE_ENTRY_KIND_UNKNOWN',
      (b) => (entryOf(b).kindVersion.version = '0.0.1'),
    ],
    [
      'with a checkpoint that is no note',
      'CHECKPOINT_MALFORMED',
      (b) => (entryOf(b).inclusionProof.checkpoint.envelope = 'seven leaves'),
    ],
  ])('%s is refused with %s', (_, code, change) => {
    expect(() => verify(tampered(change))).toThrow(refusal(code));
  });

  it('signed with another key is refused, whether it says so or not', () => {
    const signer = signerFromSeed(new Uint8Array(32).fill(7));
    const foreign = honestCertificate({ signer }).bundle;
    expect(() => verify(foreign)).toThrow(refusal('SIGNER_KEY_UNKNOWN'));
    const posing = tampered((b) => {
      b.verificationMaterial.publicKey.hint = trust.signerHint;
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
      verify(tampered((b) => (entryOf(b).inclusionProof.checkpoint.envelope = checkpoint))),
    ).toThrow(refusal('CHECKPOINT_NOT_SIGNED_BY_LOG'));
  });

  it('with a checkpoint of another log that the same key signed is refused', () => {
    const { rootHash } = entryOf(json(honest.bundle)).inclusionProof;
    const checkpoint = signNote(`lodger.example.org\n7\n${rootHash}\n`, logKey.name, logSigner);
    expect(() =>
      verify(tampered((b) => (entryOf(b).inclusionProof.checkpoint.envelope = checkpoint))),
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

describe('a signed and logged statement', () => {
  const publication = statementOf(
    PREDICATE_TYPES.publication,
    [{ name: 'manifest.json', digest: { sha256: 'ab'.repeat(32) } }],
    {
      line: 'main',
      version: 1,
      manifestDigest: 'ab'.repeat(32),
      parent: null,
      genesisDigest: 'cd'.repeat(32),
      publishedAt: '2026-01-02T03:04:05Z',
    },
  );

  it('of another type verifies as what it is, and not as a certificate', () => {
    const { bundle } = honestCertificate({ statement: publication });
    const report = verifyLoggedStatement({ bundle: utf8(bundle), trust });
    expect(report.statement).toEqual(publication);
    expect(() => verify(bundle)).toThrow(refusal('PREDICATE_TYPE_UNEXPECTED'));
  });

  it.each<[string, Statement<unknown>]>([
    ['without a file', { ...exampleStatement(), subject: [] }],
    ['without a predicate', { ...exampleStatement(), predicate: {} }],
    ['with a publication for a predicate', { ...exampleStatement(), predicate: publication.predicate }],
    [
      'of a publication with a certificate in it',
      { ...publication, predicate: exampleStatement().predicate },
    ],
  ])('%s is refused', (_, statement) => {
    const { bundle } = honestCertificate({ statement });
    expect(() => verifyLoggedStatement({ bundle: utf8(bundle), trust })).toThrow(
      refusal('STATEMENT_MALFORMED'),
    );
  });
});
