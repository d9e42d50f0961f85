import { tombstoneOf, type CertifiedModel, type UnlearningCertificate } from '#libs/certificate';
import { concatBytes, equalBytes, fromUtf8, sha256, toHex, utf8 } from '#libs/essentials';
import { MemoryPages, PagedSparseMap } from '#libs/merkle';
import { exampleStatement, honestCertificate } from '../../libs/testkit/honest-certificate.js';
import {
  deletedLabel,
  exampleDataset,
  provenDeletion,
  withDatasetRoots,
  withProofs,
  type DeletionChoices,
  type ProvenDeletion,
} from '../../libs/testkit/proven-deletion.js';
import { fileOf, HONEST_TRUST, type AttackVector, type VectorInput, type VectorSet } from './vector.js';

type Change = (certificate: UnlearningCertificate) => UnlearningCertificate;

const ENTRY_BYTES = 65; // of a pruned map: what it is, key, value hash
const DELETED = 0x03;
const KEPT = 0x02;

const proven = provenDeletion({});
const own = proven.labels;
const others = exampleDataset().filter(({ key }) => !own.some((label) => equalBytes(label, key)));
const newcomer = { key: deletedLabel(7), valueHash: sha256(utf8('new')) };
const elsewhere = toHex(sha256(utf8('another root')));

/** The file of proofs, and a certificate that the operator signed about it. */
function input(deletion: ProvenDeletion, change: Change = (certificate) => certificate): VectorInput {
  const { predicate, ...statement } = exampleStatement('req-1', deletion);
  const { bundle } = honestCertificate({ statement: { ...statement, predicate: change(predicate) } });
  return { bundle: fileOf(bundle), proofs: fileOf(deletion.file), trust: HONEST_TRUST };
}

const attackOn = (changed: VectorInput, name: string, expect: string, attack: string): AttackVector => ({
  name: `deletion-${name}`,
  attack,
  claim: 'deletion',
  expect,
  twin: 'deletion',
  input: changed,
});

/** Something else happened than a deletion of these records and no others. */
const happened = (choices: DeletionChoices, name: string, expect: string, attack: string): AttackVector =>
  attackOn(input(provenDeletion(choices)), name, expect, attack);

/** The file of proofs says something else than what happened. */
const filed = (
  changes: Parameters<typeof withProofs>[1],
  name: string,
  expect: string,
  attack: string,
): AttackVector => attackOn(input(withProofs(proven, changes)), name, expect, attack);

/** The file is this text, and the certificate names its digest. */
const written = (text: string, name: string, attack: string): AttackVector =>
  attackOn(input({ ...proven, file: utf8(text) }), name, 'PROOFS_MALFORMED', attack);

/** The certificate states something else than what happened. */
const stated = (change: Change, name: string, expect: string, attack: string): AttackVector =>
  attackOn(input(proven, change), name, expect, attack);

const affected =
  (changes: (shard: CertifiedModel['affectedShards'][number]) => object): Change =>
  (certificate) => {
    const model = certificate.model!;
    const [shard] = model.affectedShards;
    return { ...certificate, model: { ...model, affectedShards: [{ ...shard, ...changes(shard) }] } };
  };

const buried =
  (when: 'before' | 'after', changes: object): Change =>
  (certificate) => {
    const { tombstones } = certificate;
    return { ...certificate, tombstones: { ...tombstones, [when]: { ...tombstones[when], ...changes } } };
  };

const { delta, tombstones } = proven.proofs;
const withDelta = (bytes: Uint8Array) => ({ shards: [{ shard: 1, delta: bytes }] });
const text = fromUtf8(proven.file);

/** Where the entry of a deleted label begins in the proof. */
function entryAt(label: Uint8Array): number {
  const entry = concatBytes(Uint8Array.of(DELETED), label);
  return delta.findIndex((_, at) => equalBytes(delta.subarray(at, at + entry.length), entry));
}

function exchanged(): Uint8Array {
  const [first, second] = own.map(entryAt);
  const copy = delta.slice();
  copy.set(delta.subarray(second, second + ENTRY_BYTES), first);
  copy.set(delta.subarray(first, first + ENTRY_BYTES), second);
  return copy;
}

/** A shard that the certificate says was left alone has one of the records. */
function hiddenInAnotherShard(): VectorInput {
  const map = new PagedSparseMap(new MemoryPages());
  const { root } = map.build(newcomer.key, newcomer.valueHash);
  const { proof: absence } = map.prove([newcomer.key]);
  const otherShards = [0, 2].map((shard) => ({ shard, absence }));
  const deletion = provenDeletion({ labels: [...own, newcomer.key], changes: { remove: own }, otherShards });
  return input(deletion, (certificate) => withDatasetRoots(certificate, { 0: root, 2: root }));
}

const PRESENT = 'DELETION_LABEL_STILL_PRESENT';
const COUNT = 'DELETION_COUNT_MISMATCH';
const MALFORMED = 'DELETION_PROOF_MALFORMED';
const BEFORE = 'DELETION_BEFORE_ROOT_MISMATCH';
const AFTER = 'DELETION_AFTER_ROOT_MISMATCH';
const UNEXPECTED = 'DELETION_SHARD_UNEXPECTED';
const two = { deleted: 2, added: 0 };

// prettier-ignore
const attacks: readonly AttackVector[] = [
  happened({ changes: { remove: own.slice(1) } }, 'partial', PRESENT, 'One of the records stayed in the dataset.'),
  happened({ changes: { remove: own.slice(1) }, stated: two }, 'partial-and-miscounted', COUNT, 'One of the records stayed in the dataset, and the certificate counts it among those that left.'),
  happened({ changes: { remove: own.slice(1), put: [{ key: own[0], valueHash: newcomer.valueHash }] }, stated: { deleted: 2, added: 1 } }, 'replaced-instead', PRESENT, 'A record got another value instead of being deleted.'),
  happened({ changes: { remove: own, put: [newcomer] }, stated: two }, 'hidden-added-row', COUNT, 'A record came into the dataset that the certificate does not count.'),
  happened({ changes: { remove: [...own, others[0].key] }, stated: two }, 'hidden-deleted-row', COUNT, 'A record of somebody else left the dataset, and the certificate does not count it.'),
  attackOn(hiddenInAnotherShard(), 'hidden-in-another-shard', PRESENT, 'A record of the request lies in a shard that was left alone.'),
  stated(affected(() => ({ delta: null })), 'without-maps', 'DELETION_PROOF_LOST', 'The operator claims to have lost the dataset maps, and nothing is proven.'),
  stated(affected(({ before }) => ({ before: { ...before, datasetRoot: elsewhere } })), 'from-another-root', BEFORE, 'The proof begins at another dataset than the certificate.'),
  stated(affected(({ after }) => ({ after: { ...after, datasetRoot: elsewhere } })), 'to-another-root', AFTER, 'The proof ends at another dataset than the certificate.'),
  filed(withDelta(provenDeletion({ before: exampleDataset().slice(0, -1) }).proofs.delta), 'delta-of-another-shard', BEFORE, 'The proof is that of another shard, which the same labels left.'),
  filed(withDelta(provenDeletion({ labels: [others[0].key] }).proofs.delta), 'hash-in-place-of-a-leaf', 'DELETION_LABEL_NOT_COVERED', 'The records lie behind a bare hash.'),
  filed(withDelta(delta.with(entryAt(own[0]), KEPT)), 'kept-in-the-proof', AFTER, 'The proof says of a deleted record that it was kept.'),
  filed(withDelta(exchanged()), 'delta-unsorted', MALFORMED, 'Two leaves of the proof have exchanged their places.'),
  filed(withDelta(delta.slice(0, -1)), 'delta-truncated', MALFORMED, 'The proof is cut short.'),
  filed(withDelta(concatBytes(delta, Uint8Array.of(0))), 'delta-extended', MALFORMED, 'Something follows the end of the proof.'),
  filed({ shards: [] }, 'shard-without-proof', 'DELETION_SHARD_MISSING', 'There is no proof of the affected shard.'),
  filed({ shards: [{ shard: 2, delta }] }, 'shard-renumbered', 'DELETION_SHARD_MISSING', 'The proof of the affected shard stands under the number of another.'),
  filed({ shards: [{ shard: 1, delta }, { shard: 1, delta }] }, 'shard-twice', UNEXPECTED, 'There are two proofs of one shard.'),
  filed({ shards: [{ shard: 1, delta }, { shard: 2, delta }] }, 'shard-uncertified', UNEXPECTED, 'There is a proof of a change in a shard that the certificate says was left alone.'),
  filed({ shards: [{ shard: 1, absence: delta }] }, 'absence-in-place-of-delta', UNEXPECTED, 'The proof of the affected shard poses as one of absence.'),
  filed({ labels: own.slice(1) }, 'label-left-out', 'DELETION_LABEL_COUNT_MISMATCH', 'One of the records is not in the list.'),
  filed({ labels: [...own, newcomer.key] }, 'label-added', 'DELETION_LABEL_COUNT_MISMATCH', 'A record that nobody asked to delete is in the list.'),
  filed({ labels: [own[0], newcomer.key] }, 'label-exchanged', 'DELETION_LABELS_MISMATCH', 'A record in the list is exchanged for another.'),
  filed({ labels: [own[1], own[0]] }, 'labels-unsorted', 'PROOFS_MALFORMED', 'The labels are out of order.'),
  filed({ labels: [own[0], own[0]] }, 'label-twice', 'PROOFS_MALFORMED', 'A label stands twice to make up the number.'),
  written(text.replace('{', '{"labels":[],'), 'key-twice', 'A key stands twice, so that two readers could see two lists.'),
  written(`${text}{}`, 'trailing-bytes', 'Something follows the end of the document.'),
  attackOn({ ...input(proven), proofs: fileOf(provenDeletion({ tombstones: [] }).file) }, 'of-another-certificate', 'PROOFS_DIGEST_MISMATCH', 'The file of proofs is that of another certificate about the same records.'),
  attackOn({ ...input(proven), proofs: fileOf(proven.file.slice(0, -1)) }, 'file-cut-short', 'PROOFS_DIGEST_MISMATCH', 'The file of proofs is cut short.'),
  happened({ burial: { put: own.slice(1).map(tombstoneOf), ask: own.slice(0, 1) } }, 'tombstone-missing', 'TOMBSTONES_LABEL_MISSING', 'A deleted label did not come into the map of deleted labels.'),
  happened({ burial: { put: [...own, newcomer.key].map(tombstoneOf) } }, 'tombstone-of-nobody', 'TOMBSTONES_LABEL_FOREIGN', 'A label that nobody asked to delete came into the map of deleted labels.'),
  happened({ burial: { put: [tombstoneOf(own[0]), { key: own[1], valueHash: newcomer.valueHash }] } }, 'tombstone-of-another-value', 'TOMBSTONES_LABEL_FOREIGN', 'A deleted label came into the map with another value than its own.'),
  happened({ burial: { put: own.map(tombstoneOf), remove: [deletedLabel(9)] } }, 'tombstone-removed', 'TOMBSTONES_NOT_APPEND_ONLY', 'An earlier label left the map of deleted labels.'),
  stated(buried('before', { root: elsewhere }), 'tombstones-from-another-root', 'TOMBSTONES_BEFORE_ROOT_MISMATCH', 'The map of deleted labels was another one before.'),
  stated(buried('after', { root: elsewhere }), 'tombstones-to-another-root', 'TOMBSTONES_AFTER_ROOT_MISMATCH', 'The map of deleted labels is another one afterwards.'),
  stated(buried('after', { count: 9 }), 'tombstones-miscounted', 'TOMBSTONES_COUNT_MISMATCH', 'The map of deleted labels grew by another number than is stated.'),
  filed({ tombstones: tombstones.slice(1) }, 'tombstones-truncated', 'TOMBSTONES_PROOF_MALFORMED', 'The proof about the map of deleted labels lacks its beginning.'),
];

export default {
  honest: [{ name: 'deletion', claim: 'deletion', input: input(proven) }],
  attacks,
} satisfies VectorSet;
