import { canonicalJson, compareBytes, fromBase64Url, toBase64, toBase64Url, utf8 } from '#libs/essentials';
import {
  array,
  bytes,
  count,
  invalid,
  literal,
  object,
  optional,
  readDocument,
  text,
  type Read,
} from './shape.js';

const SCHEMA = 'urn:lacuna:unlearning-proofs:v1';
const ABSENCE_SCHEMA = 'urn:lacuna:absence-proofs:v1';
/** No file of proofs may be larger. */
export const MAX_PROOFS_BYTES = 64 * 1024 * 1024;
const MAX_PROOF_BYTES = 16 * 1024 * 1024;

/** A record label, base64url of 32 bytes. */
const label = text(/^[A-Za-z0-9_-]{43}$/);
const pruned = bytes(undefined, MAX_PROOF_BYTES);

const proofs = object({
  schema: literal(SCHEMA),
  labels: array(label, { max: 1_000_000 }),
  shards: array(object({ shard: count, delta: optional(pruned), absence: optional(pruned) }), { max: 4096 }),
  tombstones: pruned,
});

/** What the proof of one shard is: of the change between its two datasets, or that labels are in neither. */
export type ShardProof =
  | { readonly shard: number; readonly delta: Uint8Array }
  | { readonly shard: number; readonly absence: Uint8Array };

/** The file beside a certificate with which everybody can check what left the datasets. Proofs are pruned maps. */
export interface UnlearningProofs {
  /** Labels of the records that were unlearned, 32 bytes each, in byte order. */
  readonly labels: readonly Uint8Array[];
  /**
   * In the order of the shards: for each affected one the delta from the dataset before to the one after, also about `labels`; for each
   * other one, where some of the labels left none of the affected, that those are absent.
   */
  readonly shards: readonly ShardProof[];
  /** From the tombstone map before to the one after, also about `labels`. */
  readonly tombstones: Uint8Array;
}

/** Canonical JSON. */
export function unlearningProofsFile({ labels, shards, tombstones }: UnlearningProofs): Uint8Array {
  return utf8(
    canonicalJson({
      schema: SCHEMA,
      labels: labels.map(toBase64Url),
      shards: shards.map((proof) =>
        'delta' in proof
          ? { shard: proof.shard, delta: toBase64(proof.delta) }
          : { shard: proof.shard, absence: toBase64(proof.absence) },
      ),
      tombstones: toBase64(tombstones),
    }),
  );
}

/**
 * Reads the file; whoever hands it over chose it.
 *
 * @throws CertificateError DOCUMENT_TOO_LARGE, DOCUMENT_NOT_JSON, FIELD_MISSING, FIELD_UNKNOWN, FIELD_INVALID
 */
export function parseUnlearningProofs(file: Uint8Array): UnlearningProofs {
  const { labels, shards, tombstones } = readDocument(file, MAX_PROOFS_BYTES, proofs);
  return {
    labels: inOrder(labels),
    shards: shards.map((proof, index) => shardProof(proof, `shards[${index}]`)),
    tombstones,
  };
}

const absenceProofs = object({
  schema: literal(ABSENCE_SCHEMA),
  labels: array(label, { min: 1, max: 1_000_000 }),
  versions: array(object({ publication: text(/^/, 4_000_000), shards: array(pruned, { max: 4096 }) }), {
    min: 1,
    max: 65_536,
  }),
});

/** A file that shows that labels are in no shard of some published versions. */
export interface AbsenceProofs {
  /** 32 bytes each, in byte order. */
  readonly labels: readonly Uint8Array[];
  readonly versions: readonly {
    /** Sigstore bundle of the publication, which names the dataset root of every shard. */
    readonly publication: string;
    /** A pruned map for each shard, in their order. */
    readonly shards: readonly Uint8Array[];
  }[];
}

/** Canonical JSON. */
export function absenceProofsFile({ labels, versions }: AbsenceProofs): Uint8Array {
  return utf8(
    canonicalJson({
      schema: ABSENCE_SCHEMA,
      labels: labels.map(toBase64Url),
      versions: versions.map(({ publication, shards }) => ({ publication, shards: shards.map(toBase64) })),
    }),
  );
}

/** @throws CertificateError as parseUnlearningProofs does */
export function parseAbsenceProofs(file: Uint8Array): AbsenceProofs {
  const { labels, versions } = readDocument(file, MAX_PROOFS_BYTES, absenceProofs);
  return { labels: inOrder(labels), versions };
}

function shardProof(
  { shard, delta, absence }: Read<typeof proofs>['shards'][number],
  field: string,
): ShardProof {
  if (delta !== undefined && absence === undefined) return { shard, delta };
  if (absence !== undefined && delta === undefined) return { shard, absence };
  throw invalid(field, 'is not exactly one of a delta and an absence');
}

function inOrder(texts: readonly string[]): Uint8Array[] {
  const labels = texts.map((one, index) => {
    try {
      return fromBase64Url(one);
    } catch {
      throw invalid(`labels[${index}]`, 'is not base64url in canonical form');
    }
  });
  const wrong = labels.findIndex((one, index) => index > 0 && compareBytes(labels[index - 1], one) >= 0);
  if (wrong >= 0) throw invalid(`labels[${wrong}]`, 'does not come after the one before');
  return labels;
}
