import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  absenceProofsFile,
  publicationStatement,
  type AbsenceProofs,
  type ModelPublication,
} from '#libs/certificate';
import { sha256, toHex, utf8 } from '#libs/essentials';
import { MemoryPages, PagedSparseMap, type HashedEntry } from '#libs/merkle';
import { deletedLabel, exampleStatement, honestCertificate, honestTrustFiles } from '#libs/testkit';
import { loadTrust, verifyAbsence, type TrustPolicy } from './index.js';

const labels = [deletedLabel(3), deletedLabel(4)]; // of the example certificate
const stranger: HashedEntry = { key: deletedLabel(7), valueHash: sha256(utf8('7')) };
const readded: HashedEntry = { key: labels[0], valueHash: sha256(utf8('again')) };
const certificate = exampleStatement().predicate;

let trust: TrustPolicy;
beforeAll(() => {
  const files = honestTrustFiles();
  trust = loadTrust({
    logVkey: utf8(files['log.vkey']),
    trustedRoot: utf8(files['trusted-root.json']),
    signerPem: utf8(files['certificate-signer.pem']),
  });
});

function version(
  number: number,
  shards: readonly (readonly HashedEntry[])[],
  asked = labels,
): AbsenceProofs['versions'][number] {
  const maps = shards.map((entries) => {
    const map = new PagedSparseMap(new MemoryPages());
    for (const entry of entries) map.change({ put: [entry] });
    return map.prove(asked);
  });
  const predicate: ModelPublication = {
    line: 'main',
    version: number,
    manifestDigest: 'ab'.repeat(32),
    parent: null,
    genesisDigest: 'cd'.repeat(32),
    publishedAt: '2026-01-02T03:04:05Z',
    datasets: maps.map(({ root, count }, shard) => ({ shard, root: toHex(root), count })),
    tombstones: { root: '34'.repeat(32), count: 2 },
  };
  const file = { name: 'manifest.json', digest: { sha256: predicate.manifestDigest } };
  const { bundle } = honestCertificate({ statement: publicationStatement([file], predicate) });
  return { publication: bundle, shards: maps.map(({ proof }) => proof) };
}

const fileOf = (...versions: AbsenceProofs['versions'][number][]) => absenceProofsFile({ labels, versions });
const check = (proofs: Uint8Array) => verifyAbsence({ proofs, trust, certificate });
const refused = (proofs: Uint8Array, code: string) =>
  expect(() => check(proofs)).toThrow(expect.objectContaining({ name: 'VerificationError', code }));

describe('proofs of absence', () => {
  it('show that the records of a certificate are in no shard of later versions', () => {
    const report = check(fileOf(version(2, [[stranger], []]), version(3, [[], [stranger]])));
    expect(report).toMatchObject({
      request: 'req-1',
      labels: 2,
      versions: [
        { version: 2, records: 1 },
        { version: 3, records: 1 },
      ],
      notProven: [{ code: 'OTHER_VERSIONS' }],
    });
  });

  it('say that nobody knows whose labels they are where no certificate is given', () => {
    const report = verifyAbsence({ proofs: fileOf(version(2, [[stranger]])), trust });
    expect(report.notProven.map(({ code }) => code)).toEqual(['OTHER_VERSIONS', 'WHOSE_LABELS']);
  });

  it('find a record that was added again', () => {
    refused(fileOf(version(2, [[stranger]]), version(3, [[stranger, readded]])), 'ABSENCE_LABEL_PRESENT');
  });

  it('are refused when they are about another key, another map, or too short', () => {
    const honest = version(2, [[stranger, { key: deletedLabel(0x83), valueHash: stranger.valueHash }]]);
    const ofAnotherKey = version(
      2,
      [
        [
          stranger,
          { key: deletedLabel(5), valueHash: stranger.valueHash },
          { key: deletedLabel(0x83), valueHash: stranger.valueHash },
        ],
      ],
      [deletedLabel(0x84)],
    );
    const [otherMap] = version(2, [[stranger]]).shards;
    refused(fileOf(ofAnotherKey), 'ABSENCE_LABEL_NOT_COVERED');
    refused(fileOf({ ...honest, shards: [otherMap] }), 'ABSENCE_ROOT_MISMATCH');
    refused(fileOf({ ...honest, shards: [honest.shards[0].slice(1)] }), 'ABSENCE_PROOF_MALFORMED');
    refused(fileOf({ ...honest, shards: [] }), 'ABSENCE_SHARDS_MISMATCH');
  });

  it('are refused for other labels, for the same version twice, and for one before the certificate', () => {
    const two = version(2, [[stranger]]);
    refused(absenceProofsFile({ labels: labels.slice(1), versions: [two] }), 'ABSENCE_LABELS_MISMATCH');
    refused(fileOf(two, two), 'ABSENCE_VERSION_TWICE');
    refused(fileOf(version(1, [[stranger]])), 'ABSENCE_VERSION_EARLIER');
  });

  it('are refused when a statement is no publication, is not logged, or the file is damaged', () => {
    const two = version(2, [[stranger]]);
    refused(fileOf({ ...two, publication: honestCertificate().bundle }), 'PREDICATE_TYPE_UNEXPECTED');
    const unlogged = two.publication.replace('"treeSize":"7"', '"treeSize":"8"');
    refused(fileOf({ ...two, publication: unlogged }), 'CHECKPOINT_SIZE_MISMATCH');
    refused(fileOf(two).slice(1), 'ABSENCE_FILE_MALFORMED');
  });
});
