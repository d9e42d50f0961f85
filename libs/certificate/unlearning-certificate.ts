import {
  canonicalJson,
  compareBytes,
  sha256,
  toBase64Url,
  toHex,
  utf8,
  type JsonValue,
} from '#libs/essentials';
import { sparseMapRoot } from '#libs/merkle';
import {
  array,
  count,
  digest,
  either,
  invalid,
  literal,
  name,
  nullable,
  object,
  text,
  time,
  type Read,
} from './shape.js';
import type { StatementSubject } from './statement.js';

const shardFields = {
  /** Root of the shard's dataset map, hex. */
  datasetRoot: digest,
  /** Records in the dataset. */
  count,
  /** SHA-256 of the sub-model's file, hex. */
  digest,
};
const version = object({ version: count, digest });

/** What happened to the model line; null in a certificate of a request that came before anything was published. */
const model = object({
  line: name,
  genesisDigest: digest,
  affectedShards: array(object({ shard: count, before: object(shardFields), after: object(shardFields) }), {
    max: 4096,
  }),
  unaffectedShards: array(object({ shard: count, ...shardFields }), { max: 4096 }),
  aggregator: object({ before: digest, after: digest }),
  /** Equal when no shard held any of the records. */
  manifest: object({ before: version, after: version }),
  catalogueRoot: digest,
  partition: object({ kind: literal('by-subject', 'by-record', 'data-dependent'), shards: count }),
  serving: object({
    servesFrom: time,
    revoked: array(object({ version: count, manifestDigest: digest }), { max: 4096 }),
  }),
});

const predicate = object({
  request: object({
    /** Random pseudonym of the request. */
    id: name,
    kind: literal('withdrawal', 'erasure'),
    legalGround: literal('art-7-3-withdrawal-of-consent', 'art-17-1-erasure'),
  }),
  times: object({ received: time, due: time, accepted: time, completed: time }),
  deleted: object({
    count,
    /** deletedMapRoot of the labels, hex. */
    mapRoot: digest,
  }),
  model: nullable(model),
  erasure: object({
    /** `commitment` is commitToNames of the names. */
    keysDestroyed: object({ count, commitment: digest, destroyedAt: time }),
    streamsTombstoned: object({ count, commitment: digest }),
    /** Records that were kept and re-written under a new key. */
    carriedForward: count,
  }),
  backups: object({ expiry: either('none-kept', time) }),
  /** Names of recipient groups told about the erasure (GDPR Art. 19). */
  recipientsNotified: array(name, { max: 256 }),
  notProven: array(object({ code: text(/^[A-Z][A-Z0-9_]{2,63}$/), meaning: text(/^[^\p{Cc}]+$/u, 512) }), {
    min: 1,
    max: 64,
  }),
});

/** Predicate of `urn:lacuna:unlearning-certificate:v1` (DESIGN §6). */
export type UnlearningCertificate = Read<typeof predicate>;
export type CertifiedModel = NonNullable<UnlearningCertificate['model']>;
/** What a certificate says of one shard at one time. */
export type CertifiedShard = CertifiedModel['affectedShards'][number]['before'];

/**
 * Reads the predicate of an unlearning certificate. Beyond the form of each field it requires that every shard of the partition is
 * accounted for exactly once.
 *
 * @throws CertificateError FIELD_MISSING, FIELD_UNKNOWN, FIELD_INVALID
 */
export function parseUnlearningCertificate(value: JsonValue): UnlearningCertificate {
  const certificate = predicate(value, 'predicate');
  if (certificate.model !== null) checkShardsAccountedFor(certificate.model);
  return certificate;
}

function checkShardsAccountedFor({ affectedShards, unaffectedShards, partition }: CertifiedModel): void {
  const shards = [...affectedShards, ...unaffectedShards].map(({ shard }) => shard);
  const expected = partition.shards;
  if (shards.length !== expected || new Set(shards).size !== expected || shards.some((s) => s >= expected))
    throw invalid('predicate.model.partition.shards', 'does not match the shards that are accounted for');
}

/**
 * Root of the map of deleted labels: key = label, value = SHA-256(label). Whoever has the frozen list of labels can compute it
 * again and prove that a label is, or is not, among them.
 *
 * @param labels 32 bytes each, distinct
 */
export function deletedMapRoot(labels: readonly Uint8Array[]): Uint8Array {
  return sparseMapRoot(labels.map((label) => ({ key: label, value: sha256(label) })));
}

/**
 * Subject of a certificate that has no model files to name: the canonical JSON array of the deleted labels, base64url, in byte
 * order.
 */
export function deletedLabelsFile(labels: readonly Uint8Array[]): StatementSubject {
  return { name: 'deleted-labels.json', digest: { sha256: commitToNames(labels.map(toBase64Url)) } };
}

/** SHA-256, hex, of the canonical JSON array of the names in byte order: commits to keys or streams without listing them. */
export function commitToNames(names: readonly string[]): string {
  const sorted = [...names].sort((a, b) => compareBytes(utf8(a), utf8(b)));
  return toHex(sha256(utf8(canonicalJson(sorted))));
}

/** What no unlearning certificate can show. Codes are promises; meanings may be reworded. */
export const NOT_PROVEN = [
  {
    code: 'COPIES_OUTSIDE_THE_SYSTEM',
    meaning: 'No proof can show that nobody kept a copy of the records outside the systems described here.',
  },
  {
    code: 'COMPLETE_INGEST',
    meaning:
      'The certificate covers the records that were ingested; what never entered the event log is not covered.',
  },
  {
    code: 'KEY_DESTRUCTION_IS_ATTESTED',
    meaning:
      'Destruction of keys is attested by the operator; a copied key would leave no trace in this certificate.',
  },
  {
    code: 'PAST_OUTPUTS',
    meaning: 'Recommendations that earlier model versions already gave cannot be taken back.',
  },
  {
    code: 'RETURN_AFTER_ERASURE',
    meaning:
      'An erased person’s label key is destroyed: should the same records come in again under a new enrolment, nobody could recognise them.',
  },
  {
    code: 'BIT_EXACT_ON_REPLAY',
    meaning:
      'That the model bytes follow from the remaining records is shown by a replay, not by this certificate alone.',
  },
] as const;
