import { describe, expect, it } from '@jest/globals';
import {
  deletedMapRoot,
  unlearningProofsFile,
  type ShardProof,
  type UnlearningCertificate,
} from '#libs/certificate';
import { sha256, toHex, utf8 } from '#libs/essentials';
import { MemoryPages, PagedSparseMap, type HashedEntry } from '#libs/merkle';
import {
  deletedLabel,
  exampleDataset,
  exampleStatement,
  provenDeletion,
  withDatasetRoots,
  type DeletionChoices,
  type ProvenDeletion,
} from '#libs/testkit';
import { CLAIM_STEPS, verifyDeletion } from './index.js';

const own = [deletedLabel(3), deletedLabel(4)];
const others = exampleDataset()
  .map(({ key }) => key)
  .filter((key) => !own.map(toHex).includes(toHex(key)));
const newcomer: HashedEntry = { key: deletedLabel(7), valueHash: sha256(utf8('new')) };
const absentLabel = deletedLabel(5);

interface Case {
  readonly certificate: UnlearningCertificate;
  readonly proofs: Uint8Array;
}

function caseOf(
  proven: ProvenDeletion,
  change: (certificate: UnlearningCertificate) => UnlearningCertificate = (c) => c,
): Case {
  return { certificate: change(exampleStatement('req-1', proven).predicate), proofs: proven.file };
}

const honest = (choices: DeletionChoices = {}) => caseOf(provenDeletion(choices));

/** A file that says something else than was proven, under a certificate that names it. */
function withFile(
  proven: ProvenDeletion,
  file: Uint8Array,
  change?: (certificate: UnlearningCertificate) => UnlearningCertificate,
): Case {
  return caseOf({ ...proven, file }, change);
}

function fileOf(
  { labels, proofs }: ProvenDeletion,
  changes: Partial<{
    labels: readonly Uint8Array[];
    shards: readonly ShardProof[];
    tombstones: Uint8Array;
  }> = {},
) {
  return unlearningProofsFile({
    labels,
    shards: [{ shard: 1, delta: proofs.delta }],
    tombstones: proofs.tombstones,
    ...changes,
  });
}

/** The unaffected shards of the example, with datasets of their own. */
function withDatasets({ certificate, proofs }: Case, roots: Readonly<Record<number, Uint8Array>>): Case {
  return { certificate: withDatasetRoots(certificate, roots), proofs };
}

const refused = ({ certificate, proofs }: Case, code: string) =>
  expect(() => verifyDeletion({ certificate, proofs })).toThrow(
    expect.objectContaining({ name: 'VerificationError', code }),
  );

describe('the proofs of a deletion', () => {
  it('show that the records left their dataset and nothing else changed', () => {
    const { certificate, proofs } = honest();
    const report = verifyDeletion({ certificate, proofs });
    expect(report).toMatchObject({ left: 2, neverThere: 0, changes: { deleted: 2, added: 0 } });
    expect(report.steps.map(({ step }) => step)).toEqual(Object.keys(CLAIM_STEPS.deletion));
  });

  it('show what else changed where several requests share a rebuild and new records came in', () => {
    const changes = {
      remove: [...own, others[0]],
      put: [newcomer, { key: others[1], valueHash: sha256(utf8('again')) }],
    };
    const proven = provenDeletion({ changes });
    const delta = { deleted: 4, added: 2 }; // the replaced one is both
    const { certificate, proofs } = caseOf({ ...proven, shard: { ...proven.shard, delta } });
    expect(verifyDeletion({ certificate, proofs })).toMatchObject({ left: 2, changes: delta });
  });

  it('tell records that no dataset had from those that left, and look for them in every shard', () => {
    const pages = new MemoryPages();
    const map = new PagedSparseMap(pages);
    const { root } = map.build(newcomer.key, newcomer.valueHash);
    const absence = map.prove([absentLabel]).proof;
    const choices = { labels: [...own, absentLabel], changes: { remove: own } };
    const both = [
      { shard: 0, absence },
      { shard: 2, absence },
    ];
    const complete = withDatasets(honest({ ...choices, otherShards: both }), { 0: root, 2: root });
    expect(verifyDeletion(complete)).toMatchObject({ left: 2, neverThere: 1 });
    refused(
      withDatasets(honest({ ...choices, otherShards: both.slice(1) }), { 0: root, 2: root }),
      'DELETION_SHARD_MISSING',
    );
    refused(
      withDatasets(honest({ ...choices, otherShards: both }), { 0: root, 2: sha256(root) }),
      'DELETION_AFTER_ROOT_MISMATCH',
    );
    const held = map.prove([newcomer.key]).proof;
    const hidden = { ...choices, labels: [...own, newcomer.key] };
    const holding = [
      { shard: 0, absence: held },
      { shard: 2, absence: held },
    ];
    refused(
      withDatasets(honest({ ...hidden, otherShards: holding }), { 0: root, 2: root }),
      'DELETION_LABEL_STILL_PRESENT',
    );
  });

  it('show the tombstones where no model had been published', () => {
    const proven = provenDeletion({});
    const file = fileOf(proven, { shards: [] });
    const { certificate, proofs } = withFile(proven, file, (c) => ({ ...c, model: null }));
    expect(verifyDeletion({ certificate, proofs })).toMatchObject({ left: 0, neverThere: 2 });
  });

  it('hold where a label was a tombstone before', () => {
    expect(verifyDeletion(honest({ tombstones: [own[0], deletedLabel(9)] }))).toMatchObject({ left: 2 });
  });
});

describe('proofs of a deletion are refused', () => {
  const proven = provenDeletion({});
  const model = (certificate: UnlearningCertificate) => certificate.model!;
  const affected = (certificate: UnlearningCertificate, changes: object): UnlearningCertificate => ({
    ...certificate,
    model: {
      ...model(certificate),
      affectedShards: [{ ...model(certificate).affectedShards[0], ...changes }],
    },
  });

  it('when the file is another than the certificate names', () => {
    refused({ ...honest(), proofs: honest({ tombstones: [] }).proofs }, 'PROOFS_DIGEST_MISMATCH');
    const { certificate, proofs } = honest();
    refused({ certificate, proofs: proofs.slice(0, -1) }, 'PROOFS_DIGEST_MISMATCH');
  });

  it.each<[string, Uint8Array]>([
    ['no JSON', utf8('proofs')],
    ['a duplicate key', utf8('{"labels":[],"labels":[]}')],
    ['labels out of order', fileOf(proven, { labels: [own[1], own[0]] })],
    ['a label twice', fileOf(proven, { labels: [own[0], own[0]] })],
    [
      'a shard with two kinds of proof',
      utf8(
        '{"schema":"urn:lacuna:unlearning-proofs:v1","labels":[],"shards":[{"shard":1,"delta":"AA==","absence":"AA=="}],"tombstones":"AA=="}',
      ),
    ],
  ])('when it is %s', (_, file) => refused(withFile(proven, file), 'PROOFS_MALFORMED'));

  it('when a label of the certificate is left out, or exchanged for one that was deleted for somebody else', () => {
    refused(withFile(proven, fileOf(proven, { labels: own.slice(1) })), 'DELETION_LABEL_COUNT_MISMATCH');
    refused(
      withFile(proven, fileOf(proven, { labels: [own[0], others[0]].sort((a, b) => a[0] - b[0]) })),
      'DELETION_LABELS_MISMATCH',
    );
  });

  it('when only some of the records left the dataset', () => {
    refused(honest({ changes: { remove: own.slice(1) } }), 'DELETION_LABEL_STILL_PRESENT');
  });

  it('when a record came in that the certificate hides', () => {
    const hiding = provenDeletion({ changes: { remove: own, put: [newcomer] } });
    refused(
      caseOf({ ...hiding, shard: { ...hiding.shard, delta: { deleted: 2, added: 0 } } }),
      'DELETION_COUNT_MISMATCH',
    );
  });

  it('when the proof leads from or to another dataset', () => {
    const root = toHex(sha256(utf8('another root')));
    const before = { ...proven.shard.before, digest: root };
    const after = { ...proven.shard.after, digest: root };
    refused(
      caseOf(proven, (c) => affected(c, { before: { ...before, datasetRoot: root } })),
      'DELETION_BEFORE_ROOT_MISMATCH',
    );
    refused(
      caseOf(proven, (c) => affected(c, { after: { ...after, datasetRoot: root } })),
      'DELETION_AFTER_ROOT_MISMATCH',
    );
  });

  it('when the proof is cut short, too long, or about other keys', () => {
    const { delta } = proven.proofs;
    const shards = (bytes: Uint8Array) => ({ shards: [{ shard: 1, delta: bytes }] });
    refused(withFile(proven, fileOf(proven, shards(delta.slice(0, -1)))), 'DELETION_PROOF_MALFORMED');
    refused(
      withFile(proven, fileOf(proven, shards(Uint8Array.from([...delta, 0])))),
      'DELETION_PROOF_MALFORMED',
    );
    const foreign = provenDeletion({ labels: [others[0]] }).proofs.delta;
    refused(withFile(proven, fileOf(proven, shards(foreign))), 'DELETION_LABEL_NOT_COVERED');
  });

  it('when an affected shard has no proof, two, or one of absence, or another shard has one', () => {
    const { delta } = proven.proofs;
    const one = { shard: 1, delta };
    refused(withFile(proven, fileOf(proven, { shards: [] })), 'DELETION_SHARD_MISSING');
    refused(withFile(proven, fileOf(proven, { shards: [one, one] })), 'DELETION_SHARD_UNEXPECTED');
    refused(
      withFile(proven, fileOf(proven, { shards: [{ shard: 1, absence: delta }] })),
      'DELETION_SHARD_UNEXPECTED',
    );
    refused(
      withFile(proven, fileOf(proven, { shards: [one, { shard: 2, delta }] })),
      'DELETION_SHARD_UNEXPECTED',
    );
  });

  it('when the operator lost the maps', () => {
    refused(
      caseOf(proven, (c) => affected(c, { delta: null })),
      'DELETION_PROOF_LOST',
    );
  });

  it('when tombstones are missing, foreign, taken away, miscounted or from another map', () => {
    const withTombstones = (changes: object) => (c: UnlearningCertificate) => ({
      ...c,
      tombstones: { ...c.tombstones, ...changes },
    });
    const { before, after } = proven.tombstones;
    const root = toHex(sha256(utf8('another root')));
    refused(
      caseOf(proven, withTombstones({ before: { ...before, root } })),
      'TOMBSTONES_BEFORE_ROOT_MISMATCH',
    );
    refused(caseOf(proven, withTombstones({ after: { ...after, root } })), 'TOMBSTONES_AFTER_ROOT_MISMATCH');
    refused(caseOf(proven, withTombstones({ after: { ...after, count: 9 } })), 'TOMBSTONES_COUNT_MISMATCH');
    const tampered = fileOf(proven, { tombstones: proven.proofs.tombstones.slice(1) });
    refused(withFile(proven, tampered), 'TOMBSTONES_PROOF_MALFORMED');
  });

  it.each<
    [
      string,
      (label: Uint8Array[]) => { put?: HashedEntry[]; remove?: Uint8Array[]; ask?: Uint8Array[] },
      string,
    ]
  >([
    [
      'a label is left out',
      ([first, second]) => ({ put: [tombstone(first)], ask: [second] }),
      'TOMBSTONES_LABEL_MISSING',
    ],
    [
      'a label of nobody comes in',
      (labels) => ({ put: [...labels, absentLabel].map(tombstone) }),
      'TOMBSTONES_LABEL_FOREIGN',
    ],
    [
      'an earlier label goes',
      (labels) => ({ put: labels.map(tombstone), remove: [deletedLabel(9)] }),
      'TOMBSTONES_NOT_APPEND_ONLY',
    ],
  ])('when of the tombstones %s', (_, changesOf, code) => {
    const pages = new MemoryPages();
    const earlier = tombstone(deletedLabel(9));
    const before = new PagedSparseMap(pages).build(earlier.key, earlier.valueHash);
    const { proof, ...after } = new PagedSparseMap(new MemoryPages(pages)).change(changesOf([...own]));
    const summary = ({ root, count }: { root: Uint8Array; count: number }) => ({ root: toHex(root), count });
    const tombstones = { before: summary(before), after: summary(after) };
    refused(withFile({ ...proven, tombstones }, fileOf(proven, { tombstones: proof })), code);
  });

  it('with any bit of the file flipped, under a certificate that names the flipped file', () => {
    const file = fileOf(proven);
    for (let bit = 0; bit < file.length * 8; bit += 17) {
      const { certificate, proofs } = withFile(proven, flipped(file, bit));
      expect(() => verifyDeletion({ certificate, proofs })).toThrow(
        expect.objectContaining({ name: 'VerificationError' }),
      );
    }
  });

  it('when the root of the labels is of a list nobody shows', () => {
    const { certificate, proofs } = caseOf(proven, (c) => ({
      ...c,
      deleted: { count: 2, mapRoot: toHex(deletedMapRoot(others.slice(0, 2))) },
    }));
    refused({ certificate, proofs }, 'DELETION_LABELS_MISMATCH');
  });
});

function tombstone(label: Uint8Array): HashedEntry {
  return { key: label, valueHash: sha256(sha256(label)) };
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[bit >> 3] ^= 1 << (bit & 7);
  return copy;
}
