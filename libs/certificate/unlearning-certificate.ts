import {
  canonicalJson,
  compareBytes,
  fromBase64Url,
  fromHex,
  sha256,
  toBase64Url,
  toHex,
  utf8,
  type JsonValue,
} from '#libs/essentials';
import { sparseMapRoot, type HashedEntry } from '#libs/merkle';
import {
  array,
  count,
  either,
  invalid,
  literal,
  name,
  nullable,
  object,
  text,
  time,
  type Read,
  type Reader,
} from './shape.js';
import type { StatementSubject } from './statement.js';

/** SHA-256 as base64url, which leaves a third of hexadecimal's length; read as hexadecimal, like every digest. */
const digest: Reader<string> = (value, field) => {
  const encoded = text(/^[A-Za-z0-9_-]{43}$/)(value, field);
  try {
    return toHex(fromBase64Url(encoded));
  } catch {
    throw invalid(field, 'is not base64url in canonical form');
  }
};

/** A code of NOT_PROVEN or another one; what it means is not in the certificate. */
const open: Reader<{ readonly code: string; readonly meaning: string }> = (value, field) => {
  const code = text(/^[A-Z][A-Z0-9_]{2,63}$/)(value, field);
  const known = [...NOT_PROVEN, DELETION_PROOF_LOST].find((one) => one.code === code);
  return { code, meaning: known?.meaning ?? UNKNOWN_MEANING };
};

const shardFields = {
  /** Root of the shard's dataset map, hex. */
  datasetRoot: digest,
  /** Records in the dataset. */
  count,
  /** SHA-256 of the sub-model's file, hex. */
  digest,
};
const version = object({ version: count, digest });
/** A map: its root, hex, and how many keys it has. */
const mapSummary = object({ root: digest, count });

/** What happened to the model line; null in a certificate of a request that came before anything was published. */
const model = object({
  line: name,
  genesisDigest: digest,
  affectedShards: array(
    object({
      shard: count,
      before: object(shardFields),
      after: object(shardFields),
      /**
       * How many entries of the dataset map went and came, proven in the file of proofs; a record whose value was replaced counts as both.
       * null where the maps were lost: then `notProven` says so.
       */
      delta: nullable(object({ deleted: count, added: count })),
    }),
    { max: 4096 },
  ),
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
    kind: literal('withdrawal', 'erasure', 'objection'),
    legalGround: literal(
      'art-7-3-withdrawal-of-consent',
      'art-17-1-erasure',
      'art-21-objection',
      'ccpa-105-delete',
      'ccpa-120-opt-out',
    ),
  }),
  times: object({ received: time, due: time, accepted: time, completed: time }),
  deleted: object({
    count,
    /** deletedMapRoot of the labels, hex. */
    mapRoot: digest,
  }),
  model: nullable(model),
  /** The map of every label ever deleted, before this request's were added to it and after. */
  tombstones: object({ before: mapSummary, after: mapSummary }),
  /** The file of proofs that is handed out beside the certificate (UnlearningProofs): name, SHA-256, length. */
  proofs: object({ file: name, digest, bytes: count }),
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
  notProven: array(open, { min: 1, max: 64 }),
});

/** Predicate of `urn:lacuna:unlearning-certificate:v1` (DESIGN §6). */
export type UnlearningCertificate = Read<typeof predicate>;
export type CertifiedModel = NonNullable<UnlearningCertificate['model']>;
/** What a certificate says of one shard at one time. */
export type CertifiedShard = CertifiedModel['affectedShards'][number]['before'];

/**
 * Reads the predicate of an unlearning certificate. Beyond the form of each field it requires that every shard of the partition is
 * accounted for exactly once, and that what went and came explains how its records changed in number.
 *
 * @throws CertificateError FIELD_MISSING, FIELD_UNKNOWN, FIELD_INVALID
 */
export function parseUnlearningCertificate(value: JsonValue): UnlearningCertificate {
  const certificate = predicate(value, 'predicate');
  if (certificate.model !== null) {
    checkShardsAccountedFor(certificate.model);
    checkDeltas(certificate.model);
  }
  return certificate;
}

/** Fields that hold a digest wherever they hold text. */
const DIGEST_FIELDS = new Set([
  'after',
  'before',
  'catalogueRoot',
  'commitment',
  'datasetRoot',
  'digest',
  'genesisDigest',
  'manifestDigest',
  'mapRoot',
  'root',
]);

/**
 * The predicate as it stands in the certificate, which parseUnlearningCertificate reads back: digests in base64url, of what is not proven the
 * codes, so that a certificate of eight shards stays within 10 KB.
 */
export function writtenCertificate(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(writtenCertificate);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, one]: [string, unknown]) => [field, writtenField(field, one)]),
  );
}

function writtenField(field: string, value: unknown): unknown {
  if (field === 'notProven' && Array.isArray(value)) return value.map(({ code }: { code: unknown }) => code);
  if (typeof value !== 'string') return writtenCertificate(value);
  return DIGEST_FIELDS.has(field) && /^[0-9a-f]{64}$/.test(value) ? toBase64Url(fromHex(value)) : value;
}

function checkShardsAccountedFor({ affectedShards, unaffectedShards, partition }: CertifiedModel): void {
  const shards = [...affectedShards, ...unaffectedShards].map(({ shard }) => shard);
  const expected = partition.shards;
  if (shards.length !== expected || new Set(shards).size !== expected || shards.some((s) => s >= expected))
    throw invalid('predicate.model.partition.shards', 'does not match the shards that are accounted for');
}

function checkDeltas({ affectedShards }: CertifiedModel): void {
  affectedShards.forEach(({ before, after, delta }, index) => {
    if (delta !== null && before.count - after.count !== delta.deleted - delta.added)
      throw invalid(`predicate.model.affectedShards[${index}].delta`, 'does not explain the counts');
  });
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

/** Entry of a label in the tombstone map: as in deletedMapRoot, key = label, value = SHA-256(label). */
export function tombstoneOf(label: Uint8Array): HashedEntry {
  return { key: label, valueHash: sha256(sha256(label)) };
}

/** Name of the file of proofs beside the certificate of a request. */
export function proofsFileName(requestId: string): string {
  return `${requestId}.proofs.json`;
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

const UNKNOWN_MEANING = 'This release knows no more of it than its name; a later one does.';

/** What no unlearning certificate can show. Codes are promises and stand in certificates; meanings may be reworded. */
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

/** Stands in a certificate besides the others where a dataset map was lost before its proof was made. */
export const DELETION_PROOF_LOST = {
  code: 'DELETION_PROOF_LOST',
  meaning:
    'The dataset maps of a shard were lost: which records left it is stated by roots and counts and shown by a replay only.',
} as const;
