import type { JsonValue } from '#libs/essentials';
import { anything, array, digest, literal, name, object, readDocument } from './shape.js';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';

export const PREDICATE_TYPES = {
  unlearning: 'urn:lacuna:unlearning-certificate:v1',
  genesis: 'urn:lacuna:model-genesis:v1',
  publication: 'urn:lacuna:model-publication:v1',
  revocation: 'urn:lacuna:model-revocation:v1',
  logKeyRotation: 'urn:lacuna:log-key-rotation:v1',
  signerKeyRotation: 'urn:lacuna:signer-key-rotation:v1',
} as const;
export type PredicateType = (typeof PREDICATE_TYPES)[keyof typeof PREDICATE_TYPES];

/** A file that a statement is about. */
export interface StatementSubject {
  readonly name: string;
  readonly digest: { readonly sha256: string };
}

/** in-toto Statement v1: what `predicate` says about the files in `subject`. */
export interface Statement<Predicate = JsonValue> {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly StatementSubject[];
  readonly predicateType: PredicateType;
  readonly predicate: Predicate;
}

/**
 * @param subject at least one file; names without spaces or slashes, digests in hexadecimal
 * @example
 * statementOf(PREDICATE_TYPES.genesis, [{ name: 'genesis.json', digest: { sha256 } }], genesis);
 */
export function statementOf<Predicate>(
  predicateType: PredicateType,
  subject: readonly StatementSubject[],
  predicate: Predicate,
): Statement<Predicate> {
  return { _type: STATEMENT_TYPE, subject, predicateType, predicate };
}

const MAX_STATEMENT_BYTES = 1024 * 1024;

const statement = object({
  _type: literal(STATEMENT_TYPE),
  subject: array(object({ name, digest: object({ sha256: digest }) }), { min: 1 }),
  predicateType: literal(...Object.values(PREDICATE_TYPES)),
  predicate: anything,
});

/**
 * Reads the payload of an envelope; the predicate is left for the reader of its type.
 *
 * @throws CertificateError DOCUMENT_TOO_LARGE, DOCUMENT_NOT_JSON, FIELD_MISSING, FIELD_UNKNOWN, FIELD_INVALID
 */
export function parseStatement(payload: Uint8Array): Statement {
  return readDocument(payload, MAX_STATEMENT_BYTES, statement);
}
