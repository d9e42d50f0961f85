import { absenceProofsFile, type AbsenceProofs } from '#libs/certificate';
import { concatBytes, equalBytes, fromUtf8, sha256, utf8 } from '#libs/essentials';
import { absenceFile, absentIn } from '../../libs/testkit/absent-version.js';
import { honestCertificate } from '../../libs/testkit/honest-certificate.js';
import { deletedLabel, exampleDeletion } from '../../libs/testkit/proven-deletion.js';
import { flipBit, logEntryOf, tamperedBundle, type BundleJson } from '../../libs/testkit/tampering.js';
import { fileOf, HONEST_TRUST, type AttackVector, type VectorInput, type VectorSet } from './vector.js';

type Version = AbsenceProofs['versions'][number];

const { labels } = exampleDeletion();
const entry = (byte: number) => ({ key: deletedLabel(byte), valueHash: sha256(utf8(`${byte}`)) });
const shards = [[entry(1), entry(5)], [entry(0x83)]];
const readded = { key: labels[0], valueHash: sha256(utf8('again')) };

const second = absentIn(2, shards);
const third = absentIn(3, shards);
const withReadded = absentIn(3, [[...shards[0], readded], shards[1]]);

const certificate = fileOf(honestCertificate().bundle);
const input = (file: Uint8Array): VectorInput => ({
  bundle: certificate,
  proofs: fileOf(file),
  trust: HONEST_TRUST,
});

const attackOn = (file: Uint8Array, name: string, expect: string, attack: string): AttackVector => ({
  name: `absence-${name}`,
  attack,
  claim: 'absence',
  expect,
  twin: 'absence',
  input: input(file),
});

/** The second version as it is, and this in place of the third. */
const thirdAs = (changes: Partial<Version>, name: string, expect: string, attack: string): AttackVector =>
  attackOn(absenceFile(second, { ...third, ...changes }), name, expect, attack);

const published = (
  change: (bundle: BundleJson) => void,
  name: string,
  expect: string,
  attack: string,
): AttackVector => thirdAs({ publication: tamperedBundle(third.publication, change) }, name, expect, attack);

const withFirst = (proof: Uint8Array): Partial<Version> => ({ shards: [proof, ...third.shards.slice(1)] });

/** The proof without the leaf of a deleted record that is there: nothing stands in its place. */
function withoutLeaf([proof]: readonly Uint8Array[]): Uint8Array {
  const at = proof.findIndex((_, place) => equalBytes(proof.subarray(place, place + 32), readded.key));
  return concatBytes(proof.subarray(0, at - 1), Uint8Array.of(0), proof.subarray(at + 64));
}

const [first] = third.shards;
const text = fromUtf8(absenceFile(second, third));
const ROOT = 'ABSENCE_ROOT_MISMATCH';
const MALFORMED = 'ABSENCE_PROOF_MALFORMED';
const SHARDS = 'ABSENCE_SHARDS_MISMATCH';
const UNREADABLE = 'ABSENCE_FILE_MALFORMED';
const listing = (listed: readonly Uint8Array[]) =>
  absenceProofsFile({ labels: listed, versions: [second, third] });

// prettier-ignore
const attacks: readonly AttackVector[] = [
  thirdAs(withReadded, 're-added-record', 'ABSENCE_LABEL_PRESENT', 'A deleted record was added again and is in a later dataset.'),
  thirdAs({ ...withReadded, shards: third.shards }, 'proof-from-before-re-adding', ROOT, 'A deleted record was added again, and the proof is that of the dataset without it.'),
  thirdAs({ ...withReadded, ...withFirst(withoutLeaf(withReadded.shards)) }, 're-added-leaf-left-out', MALFORMED, 'A deleted record was added again, and its leaf is left out of the proof.'),
  thirdAs({ ...withReadded, shards: absentIn(3, [[...shards[0], readded], shards[1]], [deletedLabel(0x84)]).shards }, 'hash-in-place-of-a-leaf', 'ABSENCE_LABEL_NOT_COVERED', 'A deleted record was added again, and the proof shows a bare hash where it lies.'),
  thirdAs({ shards: absentIn(3, shards, [deletedLabel(0x84)]).shards }, 'of-another-key', 'ABSENCE_LABEL_NOT_COVERED', 'The proof is about another key.'),
  thirdAs({ shards: absentIn(3, [[entry(1)], shards[1]]).shards }, 'of-another-dataset', ROOT, 'The proof is about another dataset than the one that was published.'),
  thirdAs({ shards: [...third.shards].reverse() }, 'shards-exchanged', ROOT, 'The proofs of two shards have exchanged their places.'),
  thirdAs(withFirst(first.slice(0, -1)), 'proof-truncated', MALFORMED, 'A proof is cut short.'),
  thirdAs(withFirst(concatBytes(first, Uint8Array.of(0))), 'proof-extended', MALFORMED, 'Something follows the end of a proof.'),
  thirdAs({ shards: third.shards.slice(1) }, 'shard-without-proof', SHARDS, 'There is no proof of one of the shards.'),
  thirdAs({ shards: [...third.shards, first] }, 'shard-too-many', SHARDS, 'There is a proof of a shard that the version does not have.'),
  thirdAs({ publication: honestCertificate().bundle }, 'certificate-as-publication', 'PREDICATE_TYPE_UNEXPECTED', 'A certificate stands in place of the publication of a version.'),
  thirdAs({ ...third, publication: tamperedBundle(withReadded.publication, (bundle) => { bundle.dsseEnvelope.payload = (JSON.parse(third.publication) as BundleJson).dsseEnvelope.payload; }) }, 'publication-of-another-dataset', 'LEAF_PAYLOAD_MISMATCH', 'The publication names another dataset than the one that was logged.'),
  published((bundle) => { bundle.dsseEnvelope.signatures[0].sig = flipBit(bundle.dsseEnvelope.signatures[0].sig); }, 'publication-signature-bit-flipped', 'LEAF_SIGNATURE_MISMATCH', 'One bit of the signature over a publication is flipped.'),
  published((bundle) => { const { inclusionProof } = logEntryOf(bundle); inclusionProof.treeSize = '8'; }, 'publication-not-in-the-log', 'CHECKPOINT_SIZE_MISMATCH', 'A publication claims a tree that the log has not signed.'),
  attackOn(absenceFile(second, second), 'version-twice', 'ABSENCE_VERSION_TWICE', 'One version stands twice, as if they were two.'),
  attackOn(absenceFile(absentIn(1, shards), second), 'version-before-the-certificate', 'ABSENCE_VERSION_EARLIER', 'A version is older than the one that was certified.'),
  attackOn(listing(labels.slice(1)), 'label-left-out', 'ABSENCE_LABELS_MISMATCH', 'One of the deleted records is not looked for.'),
  attackOn(listing([labels[0], deletedLabel(7)]), 'labels-of-others', 'ABSENCE_LABELS_MISMATCH', 'Another record is looked for in place of a deleted one.'),
  attackOn(listing([...labels].reverse()), 'labels-unsorted', UNREADABLE, 'The labels are out of order.'),
  attackOn(listing([labels[0], labels[0]]), 'label-twice', UNREADABLE, 'A label stands twice to make up the number.'),
  attackOn(listing([]), 'no-labels', UNREADABLE, 'No record is looked for at all.'),
  attackOn(absenceFile(), 'no-versions', UNREADABLE, 'No version is looked at.'),
  attackOn(utf8(text.replace('{', '{"versions":[],')), 'key-twice', UNREADABLE, 'A key stands twice, so that two readers could see two lists.'),
  attackOn(utf8(`${text}{}`), 'trailing-bytes', UNREADABLE, 'Something follows the end of the document.'),
];

export default {
  honest: [{ name: 'absence', claim: 'absence', input: input(absenceFile(second, third)) }],
  attacks,
} satisfies VectorSet;
