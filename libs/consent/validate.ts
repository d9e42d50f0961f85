import { ConsentError } from './consent-error.js';
import {
  CONSENT_SCHEMA_VERSION,
  CONSENT_STATES,
  LAWFUL_BASES,
  type ConsentEvent,
  type ConsentRecord,
} from './consent-record.js';

const MAX_TEXT = 255; // UTF-16 code units; a purpose must also fit one length byte of a packed record
const MAX_CATEGORIES = 64;
const UTC_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Takes a consent record from outside (a request, a payload that was opened) and returns it with every field checked and no
 * field more.
 *
 * @throws ConsentError with the field in `facts.field`
 */
export function parseConsentRecord(value: unknown): ConsentRecord {
  const fields = objectOf(value, 'record');
  if (fields.schemaVersion !== CONSENT_SCHEMA_VERSION)
    throw new ConsentError(
      'CONSENT_SCHEMA_UNKNOWN',
      'The consent record has a layout that is not known here',
      {
        nextStep: `Write records of ${CONSENT_SCHEMA_VERSION}.`,
      },
    );
  return {
    schemaVersion: CONSENT_SCHEMA_VERSION,
    recordId: matching(fields, 'recordId', UUID, 'a UUID in lower case'),
    piiPrincipal: text(fields, 'piiPrincipal'),
    purpose: text(fields, 'purpose'),
    lawfulBasis: oneOf(fields, 'lawfulBasis', LAWFUL_BASES, 'CONSENT_LAWFUL_BASIS_UNKNOWN'),
    personalDataCategories: texts(fields, 'personalDataCategories'),
    controller: text(fields, 'controller'),
    noticeReference: text(fields, 'noticeReference'),
    event: parseEvent(fields.event),
  };
}

function parseEvent(value: unknown): ConsentEvent {
  const fields = objectOf(value, 'event');
  const time = matching(fields, 'time', UTC_TIME, 'a time in UTC such as 2026-01-31T08:00:00Z');
  if (Number.isNaN(Date.parse(time))) throw malformed('time', 'a time that exists in the calendar');
  return {
    state: oneOf(fields, 'state', CONSENT_STATES, 'CONSENT_STATE_UNKNOWN'),
    time,
    method: text(fields, 'method'),
    evidenceReference: text(fields, 'evidenceReference'),
  };
}

function objectOf(value: unknown, field: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed(field, 'an object');
  return value as Fields;
}

function text(fields: Fields, field: string): string {
  const value = fields[field];
  if (value === undefined || value === null || value === '')
    throw new ConsentError('CONSENT_FIELD_MISSING', `The consent record has no ${field}`, {
      facts: { field },
      nextStep: `Fill in ${field}.`,
    });
  if (typeof value !== 'string' || !value.isWellFormed()) throw malformed(field, 'a text');
  if (value.length > MAX_TEXT)
    throw new ConsentError('CONSENT_FIELD_TOO_LONG', `${field} is longer than ${MAX_TEXT} characters`, {
      facts: { field, length: value.length },
    });
  return value;
}

function texts(fields: Fields, field: string): readonly string[] {
  const value = fields[field];
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_CATEGORIES)
    throw malformed(field, `a list of 1 to ${MAX_CATEGORIES} texts`);
  return value.map((_, index) => text({ [field]: value[index] as unknown }, field));
}

function matching(fields: Fields, field: string, pattern: RegExp, expected: string): string {
  const value = text(fields, field);
  if (!pattern.test(value)) throw malformed(field, expected);
  return value;
}

function oneOf<T extends string>(
  fields: Fields,
  field: string,
  allowed: readonly T[],
  code: 'CONSENT_STATE_UNKNOWN' | 'CONSENT_LAWFUL_BASIS_UNKNOWN',
): T {
  const value = text(fields, field);
  const found = allowed.find((one) => one === value);
  if (found === undefined)
    throw new ConsentError(code, `${field} is none of ${allowed.join(', ')}`, { facts: { field } });
  return found;
}

function malformed(field: string, expected: string): ConsentError {
  return new ConsentError('CONSENT_FIELD_MALFORMED', `${field} is not ${expected}`, {
    facts: { field },
    nextStep: `Give ${field} as ${expected}.`,
  });
}
