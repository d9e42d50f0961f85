import type { PublishedVersion } from '#libs/erasure';
import { toHex } from '#libs/essentials';
import { datasetOf } from './deletion-proofs.js';
import { affectedShards, type CertifiedVersion } from './model-change.js';
import type { DatasetProofs } from './ports.js';

/** What the search for the version to compare with goes by. */
export interface HolderSearch {
  readonly labels: readonly Uint8Array[];
  /** ISO 8601: what was published earlier may have known the records and ends the search. */
  readonly acceptedAt: string;
  /** Versions before the one that is certified, oldest first; at least one. */
  readonly earlier: readonly PublishedVersion[];
  readonly after: CertifiedVersion;
}

/**
 * The newest earlier version that knew some of the records. A version that was trained, or rebuilt for others, after the records were out of use
 * does not: compared with that one, a certificate would show no change at all.
 */
export async function lastHolder(
  { labels, acceptedAt, earlier, after }: HolderSearch,
  proofs: DatasetProofs,
  load: (version: PublishedVersion) => Promise<CertifiedVersion>,
): Promise<CertifiedVersion> {
  const wanted = new Set(labels.map(toHex));
  for (const version of [...earlier].reverse()) {
    const candidate = await load(version);
    if (version.publishedAt < acceptedAt || mayHold(candidate, after, wanted, proofs)) return candidate;
  }
  return load(earlier[0]);
}

/** Also true where the maps that would tell were lost. */
function mayHold(
  before: CertifiedVersion,
  after: CertifiedVersion,
  labels: ReadonlySet<string>,
  proofs: DatasetProofs,
): boolean {
  return affectedShards({ before, after }).some((pair) => {
    const delta = proofs.delta(datasetOf(before, pair.before), datasetOf(after, pair.after), []);
    return delta === undefined || delta.gone.some((label) => labels.has(toHex(label)));
  });
}
