import { fromUtf8 } from '#libs/essentials';
import { formatVkey, parseVkey, type LogKey, type NoteKey } from '#libs/merkle';
import { checkPeriods, MAX_KEYS, MAX_PERIODS_BYTES } from './key-periods.js';
import { array, count, nullable, object, readDocument, text } from './shape.js';

/** The file `log-keys.json`: each key of a log with the sizes of the checkpoints that it may sign, oldest first. */
export function formatLogKeys(keys: readonly LogKey[]): string {
  const rows = keys.map(({ key, from, until }) => ({ vkey: formatVkey(key), from, until }));
  return `${JSON.stringify(rows, undefined, 2)}\n`;
}

const file = array(object({ vkey: text(/^[^\s]+$/, 1024), from: count, until: nullable(count) }), {
  min: 1,
  max: MAX_KEYS,
});

/**
 * Reads `log-keys.json`: at every size some key is in force, and the last one has no end.
 *
 * @throws CertificateError DOCUMENT_TOO_LARGE, DOCUMENT_NOT_JSON, FIELD_MISSING, FIELD_UNKNOWN, FIELD_INVALID; MerkleError those of
 *   parseVkey
 */
export function parseLogKeys(bytes: Uint8Array): LogKey[] {
  const rows = readDocument(bytes, MAX_PERIODS_BYTES, file);
  checkPeriods(rows);
  return rows.map(({ vkey, from, until }) => ({ key: parseVkey(vkey), from, until }));
}

/** The file `log.vkey`: one key a line, oldest first. @throws MerkleError those of parseVkey; EncodingError UTF8_MALFORMED */
export function parseVkeyLines(bytes: Uint8Array): NoteKey[] {
  const lines = fromUtf8(bytes).replace(/\n$/, '').split('\n');
  return lines.slice(0, MAX_KEYS + 1).map((line) => parseVkey(line));
}
