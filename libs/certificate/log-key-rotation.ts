import { sha256, toHex, utf8, type JsonValue } from '#libs/essentials';
import { count, object, text, time, type Read } from './shape.js';
import { PREDICATE_TYPES, statementOf, type Statement } from './statement.js';

const rotation = object({
  /** The log's name, which does not change. */
  origin: text(/^[^\s+]+$/),
  /** The new key. */
  vkey: text(/^[^\s]+$/, 1024),
  /** Size from which a checkpoint that only the key before has signed is refused. */
  retiresAt: count,
  announcedAt: time,
});
/** Predicate of `urn:lacuna:log-key-rotation:v1`: the log will be signed with another key. */
export type LogKeyRotation = Read<typeof rotation>;

/** The statement by which a log announces its next key, in itself and under the key before. */
export function logKeyRotationStatement(predicate: LogKeyRotation): Statement<LogKeyRotation> {
  const file = { name: 'log.vkey', digest: { sha256: toHex(sha256(utf8(`${predicate.vkey}\n`))) } };
  return statementOf(PREDICATE_TYPES.logKeyRotation, [file], predicate);
}

/** @throws CertificateError FIELD_MISSING, FIELD_UNKNOWN, FIELD_INVALID */
export function parseLogKeyRotation(value: JsonValue): LogKeyRotation {
  return rotation(value, 'predicate');
}
