import { receiptDocument, type Receipt, type ReceiptRecord, type ShardProof } from '#libs/certificate';
import { OPENING_LENGTH, recordCommitment, recordLabel } from '#libs/contracts';
import { fromUtf8, parseStrictJson, sha256, utf8 } from '#libs/essentials';
import { MemoryPages, PagedSparseMap, sortKeys } from '#libs/merkle';
import { exampleStatement, honestCertificate } from './honest-certificate.js';
import { exampleDataset, provenDeletion, withDatasetRoots } from './proven-deletion.js';

const NOON = Date.UTC(2026, 0, 1, 12) / 1000;

/** Three records of one person, whose label key is made of one byte. */
export function exampleRecords(labelKey: Uint8Array): ReceiptRecord[] {
  return ['i1', 'i2', 'i3'].map((item, at) => {
    const identity = { item, type: 'rating', time: NOON + at * 60 };
    const opening = new Uint8Array(OPENING_LENGTH).fill(at + 1);
    return { ...identity, value: at + 3, opening, label: recordLabel(labelKey, identity) };
  });
}

/** A receipt, and the file of proofs that its certificate names. */
export interface HonestReceipt extends Receipt {
  readonly proofs: Uint8Array;
}

/**
 * What a person has after an erasure: a certificate about exactly these records, their openings, and the proofs that they left their
 * dataset; every value is fixed.
 *
 * @param count records, the first `trained` of which were in a dataset
 */
export function honestReceipt(request = 'req-1', keyByte = 9, count = 3, trained = count): HonestReceipt {
  const labelKey = new Uint8Array(32).fill(keyByte);
  const records = exampleRecords(labelKey).slice(0, count);
  const entries = records.slice(0, trained).map((record) => ({
    key: record.label,
    valueHash: sha256(recordCommitment(record.opening, record)),
  }));
  const others = absenceOf(records.slice(trained).map(({ label }) => label));
  const proven = provenDeletion({
    labels: sortKeys(records.map(({ label }) => label)),
    before: [...exampleDataset(), ...entries],
    changes: { remove: entries.map(({ key }) => key) },
    otherShards: others.proofs,
  });
  const { predicate, ...statement } = exampleStatement(request, proven);
  const certified = withDatasetRoots(predicate, others.roots);
  const { bundle } = honestCertificate({ statement: { ...statement, predicate: certified } });
  return { request, labelKey, records, certificate: utf8(bundle), proofs: proven.file };
}

/** That labels are in neither of the shards that the example leaves alone; nothing where there are none to look for. */
function absenceOf(labels: readonly Uint8Array[]): {
  readonly proofs: readonly ShardProof[];
  readonly roots: Readonly<Record<number, Uint8Array>>;
} {
  if (labels.length === 0) return { proofs: [], roots: {} };
  const [{ key, valueHash }] = exampleDataset();
  const map = new PagedSparseMap(new MemoryPages());
  const { root } = map.build(key, valueHash);
  const { proof: absence } = map.prove(labels);
  return { proofs: [0, 2].map((shard) => ({ shard, absence })), roots: { 0: root, 2: root } };
}

/** The file of a receipt. */
export function receiptFile({ certificate, ...openings }: Receipt): Uint8Array {
  return utf8(receiptDocument(openings, parseStrictJson(fromUtf8(certificate))));
}
