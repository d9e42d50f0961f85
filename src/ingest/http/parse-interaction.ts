import type { Rejection } from '../ingest-error.js';
import { PROFILE_TYPE } from '../import/profiles-file.js';
import type { InteractionEntry } from '../interaction.js';
import { parseTime } from '../parse-time.js';

const TEXTS = ['subject', 'item', 'type', 'purpose'] as const;
const FIELDS: ReadonlySet<string> = new Set([...TEXTS, 'time', 'value']);
const PROFILE_TEXTS = ['subject', 'feature', 'purpose'] as const;
const PROFILE_FIELDS: ReadonlySet<string> = new Set([...PROFILE_TEXTS, 'time']);

/**
 * Reads an interaction from parsed JSON that a client wrote. `value` may be absent and is 1 then. A field that is not known is refused
 * and not named: its name is the client's text.
 */
export function parseInteraction(json: unknown): InteractionEntry | Rejection {
  const read = textsOf(json, TEXTS, FIELDS);
  if ('code' in read) return read;
  const { fields } = read;
  const { subject, item, type, purpose, value = 1 } = fields;
  if (typeof value !== 'number') return { code: 'VALUE_MALFORMED', field: 'value' };
  const time = readTime(fields.time);
  return typeof time === 'number' ? { subject, item, type, time, value, purpose } : time;
}

/** Reads what a person has stated of themselves, in the same way. */
export function parseProfile(json: unknown): InteractionEntry | Rejection {
  const read = textsOf(json, PROFILE_TEXTS, PROFILE_FIELDS);
  if ('code' in read) return read;
  const { subject, feature, purpose } = read.fields;
  const time = readTime(read.fields.time);
  if (typeof time !== 'number') return time;
  return { subject, item: feature, kind: 'feature', type: PROFILE_TYPE, time, value: 1, purpose };
}

type Fields<Text extends string> = Readonly<Record<string, unknown>> & Readonly<Record<Text, string>>;

/** The fields of an object that has no others, those called texts being such. */
function textsOf<Text extends string>(
  json: unknown,
  texts: readonly Text[],
  known: ReadonlySet<string>,
): { readonly fields: Fields<Text> } | Rejection {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return { code: 'LINE_MALFORMED' };
  const fields = json as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(fields)) if (!known.has(name)) return { code: 'FIELD_UNKNOWN' };
  for (const field of texts) {
    if (fields[field] === undefined || fields[field] === null) return { code: 'FIELD_MISSING', field };
    if (typeof fields[field] !== 'string') return { code: 'FIELD_MALFORMED', field };
  }
  return { fields: fields as Fields<Text> };
}

function readTime(time: unknown): number | Rejection {
  if (time === undefined || time === null || time === '') return { code: 'FIELD_MISSING', field: 'time' };
  const text = typeof time === 'number' ? String(time) : time;
  const seconds = typeof text === 'string' ? parseTime(text) : undefined;
  return seconds ?? { code: 'TIME_MALFORMED', field: 'time' };
}
