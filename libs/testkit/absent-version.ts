import {
  absenceProofsFile,
  publicationStatement,
  type AbsenceProofs,
  type ModelPublication,
} from '#libs/certificate';
import { toHex } from '#libs/essentials';
import { MemoryPages, PagedSparseMap, type HashedEntry } from '#libs/merkle';
import { honestCertificate } from './honest-certificate.js';
import { exampleDeletion } from './proven-deletion.js';

/** A published version of the example line with these datasets, and what they prove about labels that need not be absent. */
export function absentIn(
  version: number,
  shards: readonly (readonly HashedEntry[])[],
  asked: readonly Uint8Array[] = exampleDeletion().labels,
): AbsenceProofs['versions'][number] {
  const maps = shards.map((entries) => {
    const map = new PagedSparseMap(new MemoryPages());
    for (const entry of entries) map.change({ put: [entry] });
    return map.prove(asked);
  });
  const predicate: ModelPublication = {
    line: 'main',
    version,
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

/** The file that says so of the labels of the example certificate. */
export function absenceFile(...versions: AbsenceProofs['versions'][number][]): Uint8Array {
  return absenceProofsFile({ labels: exampleDeletion().labels, versions });
}
