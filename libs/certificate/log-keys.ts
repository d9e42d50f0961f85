import { fromUtf8 } from '#libs/essentials';
import { formatVkey, parseVkey, type LogKey, type NoteKey } from '#libs/merkle';
import { array, count, invalid, nullable, object, readDocument, text } from './shape.js';

/** Keys that a log has had, at most; one a year lasts longer than anybody keeps certificates. */
export const MAX_LOG_KEYS = 64;
const MAX_FILE_BYTES = 64 * 1024;

/** The file `log-keys.json`: each key of a log with the sizes of the checkpoints that it may sign, oldest first. */
export function formatLogKeys(keys: readonly LogKey[]): string {
  const rows = keys.map(({ key, from, until }) => ({ vkey: formatVkey(key), from, until }));
  return `${JSON.stringify(rows, undefined, 2)}\n`;
}

const file = array(object({ vkey: text(/^[^\s]+$/, 1024), from: count, until: nullable(count) }), {
  min: 1,
  max: MAX_LOG_KEYS,
});

/**
 * Reads `log-keys.json`: at every size some key is in force, and the last one has no end.
 *
 * @throws CertificateError DOCUMENT_TOO_LARGE, DOCUMENT_NOT_JSON, FIELD_MISSING, FIELD_UNKNOWN, FIELD_INVALID; MerkleError those of
 *   parseVkey
 */
export function parseLogKeys(bytes: Uint8Array): LogKey[] {
  const rows = readDocument(bytes, MAX_FILE_BYTES, file);
  rows.forEach(({ from, until }, at) => {
    if (from > (at === 0 ? 0 : (rows[at - 1].until ?? 0)))
      throw invalid(`[${at}].from`, 'leaves sizes that no key may sign');
    if ((until === null) !== (at === rows.length - 1))
      throw invalid(`[${at}].until`, 'belongs to all keys but the last');
    if (until !== null && until <= from) throw invalid(`[${at}].until`, 'is not larger than from');
  });
  return rows.map(({ vkey, from, until }) => ({ key: parseVkey(vkey), from, until }));
}

/** The file `log.vkey`: one key a line, oldest first. @throws MerkleError those of parseVkey; EncodingError UTF8_MALFORMED */
export function parseVkeyLines(bytes: Uint8Array): NoteKey[] {
  const lines = fromUtf8(bytes).replace(/\n$/, '').split('\n');
  return lines.slice(0, MAX_LOG_KEYS + 1).map((line) => parseVkey(line));
}
