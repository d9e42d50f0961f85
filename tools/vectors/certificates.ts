import {
  PREDICATE_TYPES,
  preAuthEncoding,
  PAYLOAD_TYPE,
  rekorEntryOf,
  signStatement,
  statementOf,
  toSpki,
  type CertifiedModel,
  type Statement,
  type StatementSubject,
} from '#libs/certificate';
import { fromBase64, fromUtf8, sha256, toBase64, utf8 } from '#libs/essentials';
import { LogTree, signCheckpoint, signerFromSeed, signNote, type Signer } from '#libs/merkle';
import {
  certificateSigner,
  exampleStatement,
  honestCertificate,
  logKey,
  logSigner,
} from '../../libs/testkit/honest-certificate.js';
import {
  flipBit,
  flipCheckpointSignature,
  logEntryOf,
  rewriteLeaf,
  tamperedBundle,
  withField,
  type BundleJson,
} from '../../libs/testkit/tampering.js';
import { fileOf, HONEST_TRUST, type AttackVector, type VectorSet } from './vector.js';

const honest = honestCertificate();
const honestJson = JSON.parse(honest.bundle) as BundleJson;
const other = JSON.parse(
  honestCertificate({ statement: exampleStatement('req-2'), before: 4 }).bundle,
) as BundleJson;
const statement = exampleStatement();
const model = statement.predicate.model!;
const stranger = signerFromSeed(new Uint8Array(32).fill(7));

const attackOn = (file: string | Uint8Array, name: string, expect: string, attack: string): AttackVector => ({
  name: `certificate-${name}`,
  attack,
  claim: 'certificate',
  expect,
  twin: 'certificate',
  input: { bundle: fileOf(file), trust: HONEST_TRUST },
});

/** The honest certificate with something changed on its way. */
const tampered = (
  name: string,
  expect: string,
  attack: string,
  change: (bundle: BundleJson) => void,
): AttackVector => attackOn(tamperedBundle(honest.bundle, change), name, expect, attack);

/** A statement that the operator signed and logged as it is. */
const stated = (changed: Statement<unknown>, name: string, expect: string, attack: string): AttackVector =>
  attackOn(honestCertificate({ statement: changed }).bundle, name, expect, attack);

const withModel = (
  changes: Partial<CertifiedModel>,
  subject: readonly StatementSubject[] = statement.subject,
): Statement<unknown> => ({
  ...statement,
  subject,
  predicate: { ...statement.predicate, model: { ...model, ...changes } },
});

const withPredicate = (path: string, value: unknown): Statement<unknown> => ({
  ...statement,
  predicate: withField(statement.predicate, path, value),
});

/** A head that the log's key signed over another tree, such as only the operator can make. */
const headOf = (leaves: readonly Uint8Array[], origin = logKey.name, signer: Signer = logSigner): string => {
  const tree = new LogTree();
  for (const leaf of leaves) tree.append(leaf);
  return signCheckpoint({ origin, size: tree.size, root: tree.root() }, signer);
};

const signedAs = (payloadType: string): string => {
  const envelope = signStatement(statement, {
    ...certificateSigner,
    sign: (message) => {
      const payload = message.subarray(preAuthEncoding(PAYLOAD_TYPE, new Uint8Array()).length + 2);
      return certificateSigner.sign(preAuthEncoding(payloadType, payload));
    },
  });
  return tamperedBundle(honest.bundle, (bundle) => {
    bundle.dsseEnvelope.signatures[0].sig = toBase64(envelope.signature);
    logEntryOf(bundle).canonicalizedBody = toBase64(rekorEntryOf(envelope, certificateSigner.publicKey));
  });
};

const posing = tamperedBundle(honestCertificate({ signer: stranger }).bundle, (bundle) => {
  bundle.verificationMaterial.publicKey.hint = honestJson.verificationMaterial.publicKey.hint;
  rewriteLeaf(bundle, ({ signatures: [{ verifier }] }) => {
    verifier.publicKey.rawBytes = toBase64(toSpki(certificateSigner.publicKey));
  });
});

const { rootHash } = logEntryOf(honestJson).inclusionProof;
const proofOf = (bundle: BundleJson) => logEntryOf(bundle).inclusionProof;
const { manifest, serving, affectedShards, unaffectedShards } = model;
const swapDigest = (from: string, to: string): StatementSubject[] =>
  statement.subject.map(({ name, digest: { sha256: digest } }) => ({
    name,
    digest: { sha256: digest === from ? to : digest },
  }));

// prettier-ignore
const onTheWay: readonly AttackVector[] = [
  tampered('payload-bit-flipped', 'LEAF_PAYLOAD_MISMATCH', 'One bit of the statement is flipped.', (b) => { b.dsseEnvelope.payload = flipBit(b.dsseEnvelope.payload, 40); }),
  tampered('signature-bit-flipped', 'LEAF_SIGNATURE_MISMATCH', 'One bit of the signature is flipped.', ({ dsseEnvelope: { signatures } }) => { signatures[0].sig = flipBit(signatures[0].sig); }),
  tampered('payload-and-leaf-changed-alike', 'ENVELOPE_SIGNATURE_INVALID', 'Statement and log entry are changed alike, without the key that signs.', (b) => {
    b.dsseEnvelope.payload = flipBit(b.dsseEnvelope.payload, 40);
    rewriteLeaf(b, (leaf) => { leaf.payloadHash.digest = toBase64(sha256(fromBase64(b.dsseEnvelope.payload))); });
  }),
  tampered('spliced-onto-another-entry', 'LEAF_OF_ANOTHER_ENVELOPE', 'The envelope of one certificate stands beside the log entry of another.', (b) => { b.verificationMaterial.tlogEntries = other.verificationMaterial.tlogEntries; }),
  tampered('spliced-onto-another-proof', 'INCLUSION_ROOT_MISMATCH', 'The entry of one certificate stands beside the inclusion proof of another.', (b) => {
    const { inclusionProof, logIndex } = logEntryOf(other);
    Object.assign(logEntryOf(b), { inclusionProof, logIndex });
  }),
  tampered('at-index-of-another-leaf', 'INCLUSION_ROOT_MISMATCH', 'The certificate claims the place of another leaf.', (b) => { logEntryOf(b).logIndex = '2'; proofOf(b).logIndex = '2'; }),
  tampered('index-beyond-the-tree', 'INCLUSION_INDEX_OUT_OF_RANGE', 'The index is as large as the tree.', (b) => { logEntryOf(b).logIndex = '7'; proofOf(b).logIndex = '7'; }),
  tampered('two-indexes', 'INCLUSION_INDEX_MISMATCH', 'Entry and proof name different indexes.', (b) => { logEntryOf(b).logIndex = '2'; }),
  tampered('proof-truncated', 'INCLUSION_PROOF_LENGTH', 'The last hash of the inclusion proof is left out.', (b) => { proofOf(b).hashes.pop(); }),
  tampered('proof-extended', 'INCLUSION_PROOF_LENGTH', 'A hash is appended to the inclusion proof.', (b) => { proofOf(b).hashes.push(toBase64(new Uint8Array(32))); }),
  tampered('proof-bit-flipped', 'INCLUSION_ROOT_MISMATCH', 'One bit of the second hash of the inclusion proof is flipped.', (b) => { proofOf(b).hashes[1] = flipBit(proofOf(b).hashes[1], 4); }),
  tampered('proof-size-not-the-checkpoints', 'CHECKPOINT_SIZE_MISMATCH', 'The proof is for a tree of another size than the checkpoint.', (b) => { proofOf(b).treeSize = '8'; }),
  tampered('proof-root-not-the-checkpoints', 'CHECKPOINT_ROOT_MISMATCH', 'The proof is for another root than the checkpoint.', (b) => { proofOf(b).rootHash = flipBit(rootHash); }),
  tampered('tree-of-no-leaves', 'INCLUSION_INDEX_OUT_OF_RANGE', 'The log signed a tree of size 0, and the proof is for that.', (b) => {
    const envelope = headOf([]);
    Object.assign(proofOf(b), { treeSize: '0', rootHash: toBase64(sha256(new Uint8Array())), hashes: [], checkpoint: { envelope } });
  }),
  tampered('checkpoint-size-altered', 'CHECKPOINT_SIGNATURE_INVALID', 'The size in the signed checkpoint is altered.', (b) => { proofOf(b).checkpoint.envelope = proofOf(b).checkpoint.envelope.replace('\n7\n', '\n8\n'); }),
  tampered('checkpoint-signature-altered', 'CHECKPOINT_SIGNATURE_INVALID', 'One bit of the checkpoint’s signature is flipped.', (b) => flipCheckpointSignature(b, -1)),
  tampered('checkpoint-key-id-altered', 'CHECKPOINT_NOT_SIGNED_BY_LOG', 'The key id beside the checkpoint’s signature is another.', (b) => flipCheckpointSignature(b, 0)),
  tampered('checkpoint-by-an-impostor', 'CHECKPOINT_NOT_SIGNED_BY_LOG', 'A log of the same name signed with a key of its own.', (b) => { proofOf(b).checkpoint.envelope = headOf([utf8('leaf')], logKey.name, stranger); }),
  tampered('checkpoint-of-another-log', 'CHECKPOINT_ORIGIN_MISMATCH', 'The log’s key signed the checkpoint of a log of another name.', (b) => { proofOf(b).checkpoint.envelope = signNote(`lodger.example.org\n7\n${rootHash}\n`, logKey.name, logSigner); }),
  tampered('checkpoint-no-note', 'CHECKPOINT_MALFORMED', 'The checkpoint is not a signed note.', (b) => { proofOf(b).checkpoint.envelope = 'seven leaves'; }),
  tampered('in-another-log', 'LOG_ID_UNKNOWN', 'The entry names a log that nobody trusts.', (b) => { logEntryOf(b).logId.keyId = flipBit(logEntryOf(b).logId.keyId, 9); }),
  tampered('leaf-in-another-spelling', 'LEAF_NOT_CANONICAL', 'The log entry says the same in another spelling.', (b) => { logEntryOf(b).canonicalizedBody = toBase64(utf8(fromUtf8(fromBase64(logEntryOf(b).canonicalizedBody)).replace('{', '{ '))); }),
  tampered('leaf-is-an-interior-node', 'LEAF_NOT_UTF8', 'The two hashes below an interior node pose as a log entry.', (b) => { logEntryOf(b).canonicalizedBody = toBase64(new Uint8Array([...fromBase64(proofOf(b).hashes[0]), ...fromBase64(proofOf(b).hashes[1])])); }),
  tampered('leaf-names-another-key', 'LEAF_KEY_MISMATCH', 'The log entry names another signing key than the trusted one.', (b) => rewriteLeaf(b, ({ signatures: [{ verifier }] }) => { verifier.publicKey.rawBytes = flipBit(verifier.publicKey.rawBytes, -1); })),
  tampered('entry-of-another-kind', 'BUNDLE_ENTRY_KIND_UNKNOWN', 'The log entry is of another version.', (b) => { logEntryOf(b).kindVersion.version = '0.0.1'; }),
  tampered('two-signatures', 'BUNDLE_MALFORMED', 'The signature stands twice in the list of signatures.', ({ dsseEnvelope }) => { dsseEnvelope.signatures.push(dsseEnvelope.signatures[0]); }),
  tampered('no-signature', 'BUNDLE_MALFORMED', 'The list of signatures is empty.', ({ dsseEnvelope }) => { dsseEnvelope.signatures = []; }),
  tampered('two-log-entries', 'BUNDLE_MALFORMED', 'A second log entry stands beside the first.', ({ verificationMaterial: { tlogEntries } }) => { tlogEntries.push(other.verificationMaterial.tlogEntries[0]); }),
  tampered('payload-type-swapped', 'BUNDLE_MALFORMED', 'The payload type is exchanged after signing.', (b) => Object.assign(b.dsseEnvelope, { payloadType: 'application/json' })),
  tampered('index-beyond-2-to-53', 'BUNDLE_MALFORMED', 'The index is 2^53 + 1, which a double rounds to another number.', (b) => { logEntryOf(b).logIndex = '9007199254740993'; }),
  tampered('unknown-field', 'BUNDLE_MALFORMED', 'A field that no verifier knows stands in the bundle.', (b) => Object.assign(b, { alsoSee: 'elsewhere' })),
  attackOn(honest.bundle.replace('{', '{"mediaType":"text/plain",'), 'key-twice', 'BUNDLE_DUPLICATE_KEY', 'A key stands twice, so that two readers could see two certificates.'),
  attackOn(`${honest.bundle}{}`, 'trailing-bytes', 'BUNDLE_TRAILING_DATA', 'Something follows the end of the document.'),
  attackOn(new Uint8Array([0xef, 0xbb, 0xbf, ...utf8(honest.bundle)]), 'byte-order-mark', 'BUNDLE_MALFORMED', 'A byte order mark stands before the document.'),
  attackOn(honest.bundle.slice(0, -40), 'cut-short', 'BUNDLE_MALFORMED', 'The last forty bytes are missing.'),
  attackOn(signedAs('application/json'), 'signed-as-another-type', 'ENVELOPE_SIGNATURE_INVALID', 'The operator’s signature over the same bytes as another payload type is used.'),
  attackOn(honestCertificate({ signer: stranger }).bundle, 'of-an-unknown-signer', 'SIGNER_KEY_UNKNOWN', 'Somebody else signed, and says so.'),
  attackOn(posing, 'of-a-signer-that-poses', 'ENVELOPE_SIGNATURE_INVALID', 'Somebody else signed, and names the trusted key in bundle and log entry.'),
];

// prettier-ignore
const byTheOperator: readonly AttackVector[] = [
  stated(withModel({ manifest: { ...manifest, after: { ...manifest.after, version: 0 } } }), 'version-regress', 'CERTIFICATE_VERSION_NOT_NEWER', 'The version after the unlearning is older than the one before.'),
  stated(withModel({ manifest: { ...manifest, after: { ...manifest.before, version: 2 } } }), 'old-model-again', 'CERTIFICATE_MODEL_NOT_REBUILT', 'The old model is certified again under a new version.'),
  stated(withModel({ serving: { ...serving, revoked: [...serving.revoked, { version: 2, manifestDigest: manifest.after.digest }] } }), 'revokes-what-serves', 'CERTIFICATE_REVOKES_WHAT_SERVES', 'The version that serves is listed as revoked.'),
  stated(withModel({ serving: { ...serving, revoked: [] } }), 'old-model-stays-in-force', 'CERTIFICATE_OLD_MODEL_NOT_REVOKED', 'The version that knew the records is not revoked.'),
  stated(withModel({}, swapDigest(manifest.after.digest, manifest.before.digest)), 'served-digest-not-certified', 'CERTIFICATE_FILES_DISAGREE', 'The statement is about the old manifest, while its text tells of the new one.'),
  stated(withModel({}, swapDigest(affectedShards[0].after.digest, affectedShards[0].before.digest)), 'leftover-shard', 'CERTIFICATE_FILES_DISAGREE', 'The old file of the rebuilt shard is among the files of the new version.'),
  stated(withModel({}, swapDigest(model.aggregator.after, model.aggregator.before)), 'leftover-aggregator', 'CERTIFICATE_FILES_DISAGREE', 'The old aggregator is among the files of the new version.'),
  stated(withModel({}, [...statement.subject, { name: 'index.bin', digest: { sha256: 'ab'.repeat(32) } }]), 'leftover-index', 'CERTIFICATE_FILES_DISAGREE', 'An index that nobody rebuilt is among the files of the new version.'),
  stated(withModel({ unaffectedShards: unaffectedShards.slice(1) }), 'shard-unaccounted-for', 'STATEMENT_MALFORMED', 'One shard is neither affected nor left alone.'),
  stated(withModel({ unaffectedShards: [unaffectedShards[0], unaffectedShards[0]] }), 'shard-twice', 'STATEMENT_MALFORMED', 'One shard is listed twice, in the place of another.'),
  stated(withPredicate('notProven', []), 'nothing-left-open', 'STATEMENT_MALFORMED', 'The certificate claims to prove everything.'),
  stated(withPredicate('deleted.email', 'a@example.org'), 'personal-field', 'STATEMENT_MALFORMED', 'A field that does not belong there carries something personal.'),
  stated(withPredicate('deleted.count', 1.5), 'half-a-record', 'STATEMENT_MALFORMED', 'A count is not a whole number.'),
  stated(withPredicate('times.completed', '2026-01-02 03:06'), 'time-without-zone', 'STATEMENT_MALFORMED', 'A time leaves its zone open.'),
  stated(statementOf(PREDICATE_TYPES.revocation, [statement.subject[0]], { line: 'main', version: 1, manifestDigest: manifest.before.digest, reason: 'unlearning', revokedAt: '2026-01-02T03:06:00Z' }), 'revocation-as-certificate', 'PREDICATE_TYPE_UNEXPECTED', 'A revocation is handed over as a certificate.'),
];

export default {
  honest: [
    {
      name: 'certificate',
      claim: 'certificate',
      input: { bundle: fileOf(honest.bundle), trust: HONEST_TRUST },
    },
  ],
  attacks: [...onTheWay, ...byTheOperator],
} satisfies VectorSet;
