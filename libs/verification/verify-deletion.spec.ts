import { describe, expect, it } from '@jest/globals';
import type { UnlearningCertificate } from '#libs/certificate';
import { sha256, toHex, utf8 } from '#libs/essentials';
import { MemoryPages, PagedSparseMap, type HashedEntry } from '#libs/merkle';
import {
  deletedLabel,
  exampleDataset,
  exampleStatement,
  provenDeletion,
  withDatasetRoots,
  withProofs,
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
    const delta = { deleted: 4, added: 2 }; // the replaced one is both
    const { certificate, proofs } = honest({ changes, stated: delta });
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
    const proven = withProofs(provenDeletion({}), { shards: [] });
    const { certificate, proofs } = caseOf(proven, (c) => ({ ...c, model: null }));
    expect(verifyDeletion({ certificate, proofs })).toMatchObject({ left: 0, neverThere: 2 });
  });

  it('hold where a label was a tombstone before', () => {
    expect(verifyDeletion(honest({ tombstones: [own[0], deletedLabel(9)] }))).toMatchObject({ left: 2 });
  });
});

/* Attacks are files of test/vectors/adversarial; here is what is no file of proofs at all. */
describe('proofs of a deletion are refused', () => {
  const written = (file: Uint8Array) => caseOf({ ...provenDeletion({}), file });

  it.each<[string, Uint8Array]>([
    ['no JSON', utf8('proofs')],
    [
      'a shard with two kinds of proof',
      utf8(
        '{"schema":"urn:lacuna:unlearning-proofs:v1","labels":[],"shards":[{"shard":1,"delta":"AA==","absence":"AA=="}],"tombstones":"AA=="}',
      ),
    ],
  ])('when it is %s', (_, file) => refused(written(file), 'PROOFS_MALFORMED'));

  it('with any bit of the file flipped, under a certificate that names the flipped file', () => {
    const { proofs: file } = honest();
    for (let bit = 0; bit < file.length * 8; bit += 17) {
      const { certificate, proofs } = written(flipped(file, bit));
      expect(() => verifyDeletion({ certificate, proofs })).toThrow(
        expect.objectContaining({ name: 'VerificationError' }),
      );
    }
  });
});

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[bit >> 3] ^= 1 << (bit & 7);
  return copy;
}
