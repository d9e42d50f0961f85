import type { Rejection } from '../ingest-error.js';
import type { InteractionEntry } from '../interaction.js';
import { parseTime } from '../parse-time.js';

const TEXTS = ['subject', 'item', 'type', 'purpose'] as const;
const FIELDS: ReadonlySet<string> = new Set([...TEXTS, 'time', 'value']);

/**
 * Reads an interaction from parsed JSON that a client wrote. `value` may be absent and is 1 then. A field that is not known is refused
 * and not named: its name is the client's text.
 */
export function parseInteraction(json: unknown): InteractionEntry | Rejection {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return { code: 'LINE_MALFORMED' };
  const fields = json as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(fields)) if (!FIELDS.has(name)) return { code: 'FIELD_UNKNOWN' };
  for (const field of TEXTS) {
    if (fields[field] === undefined || fields[field] === null) return { code: 'FIELD_MISSING', field };
    if (typeof fields[field] !== 'string') return { code: 'FIELD_MALFORMED', field };
  }
  const { subject, item, type, purpose } = fields as Readonly<Record<(typeof TEXTS)[number], string>>;
  const { value = 1 } = fields;
  if (typeof value !== 'number') return { code: 'VALUE_MALFORMED', field: 'value' };
  const time = readTime(fields.time);
  return typeof time === 'number' ? { subject, item, type, time, value, purpose } : time;
}

function readTime(time: unknown): number | Rejection {
  if (time === undefined || time === null || time === '') return { code: 'FIELD_MISSING', field: 'time' };
  const text = typeof time === 'number' ? String(time) : time;
  const seconds = typeof text === 'string' ? parseTime(text) : undefined;
  return seconds ?? { code: 'TIME_MALFORMED', field: 'time' };
}
