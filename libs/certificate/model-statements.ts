import type { JsonValue } from '#libs/essentials';
import type { Genesis } from '#libs/contracts';
import { array, count, digest, invalid, literal, name, nullable, object, time, type Read } from './shape.js';
import { PREDICATE_TYPES, statementOf, type Statement, type StatementSubject } from './statement.js';

const publication = object({
  line: name,
  version: count,
  manifestDigest: digest,
  /** Manifest digest of the version before; null for the first. */
  parent: nullable(digest),
  genesisDigest: digest,
  publishedAt: time,
  /** The dataset map of every shard, in their order. */
  datasets: array(object({ shard: count, root: digest, count }), { min: 1, max: 4096 }),
  /** The map of every label that had been deleted when the version was planned. */
  tombstones: object({ root: digest, count }),
});
/** Predicate of `urn:lacuna:model-publication:v1`. */
export type ModelPublication = Read<typeof publication>;

const revocation = object({
  line: name,
  version: count,
  manifestDigest: digest,
  reason: literal('unlearning', 'superseded'),
  revokedAt: time,
});
/** Predicate of `urn:lacuna:model-revocation:v1`. */
export type ModelRevocation = Read<typeof revocation>;

/**
 * The statement that opens a model line; logged before the first record is used (DESIGN §4.8).
 *
 * @param genesisDigest SHA-256 of the genesis in canonical JSON, hex
 */
export function genesisStatement(genesis: Genesis, genesisDigest: string): Statement<Genesis> {
  return statementOf(PREDICATE_TYPES.genesis, [file('genesis.json', genesisDigest)], genesis);
}

/** @param files the files of the version, the manifest among them */
export function publicationStatement(
  files: readonly StatementSubject[],
  predicate: ModelPublication,
): Statement<ModelPublication> {
  return statementOf(PREDICATE_TYPES.publication, files, predicate);
}

export function revocationStatement(predicate: ModelRevocation): Statement<ModelRevocation> {
  return statementOf(
    PREDICATE_TYPES.revocation,
    [file('manifest.json', predicate.manifestDigest)],
    predicate,
  );
}

/** @throws CertificateError FIELD_MISSING, FIELD_UNKNOWN, FIELD_INVALID */
export function parseModelPublication(value: JsonValue): ModelPublication {
  const read = publication(value, 'predicate');
  const wrong = read.datasets.findIndex(({ shard }, index) => shard !== index);
  if (wrong >= 0) throw invalid(`predicate.datasets[${wrong}].shard`, 'is out of order');
  return read;
}

/** @throws CertificateError FIELD_MISSING, FIELD_UNKNOWN, FIELD_INVALID */
export function parseModelRevocation(value: JsonValue): ModelRevocation {
  return revocation(value, 'predicate');
}

function file(fileName: string, sha256Hex: string): StatementSubject {
  return { name: fileName, digest: { sha256: sha256Hex } };
}
