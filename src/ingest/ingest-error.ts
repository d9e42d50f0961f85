import { CodedError } from '#libs/essentials';

/** Why one interaction was not recorded. */
export type RejectionCode =
  | 'FIELD_MISSING'
  | 'FIELD_MALFORMED'
  | 'FIELD_TOO_LONG'
  | 'FIELD_UNKNOWN'
  | 'TIME_MALFORMED'
  | 'TIME_IN_FUTURE'
  | 'TIME_ABSURD'
  | 'VALUE_MALFORMED'
  | 'VALUE_OUT_OF_RANGE'
  | 'ITEM_UNKNOWN'
  | 'ITEM_WITHDRAWN'
  | 'ITEM_IS_FEATURE'
  | 'FEATURE_UNKNOWN'
  | 'SUBJECT_UNKNOWN'
  | 'SUBJECT_UNDER_ERASURE'
  | 'SUBJECT_RESTRICTED'
  | 'CONSENT_MISSING'
  | 'RECORD_ERASED'
  | 'RECORD_RESEMBLES_ERASED'
  | 'LINE_MALFORMED'
  | 'LINE_TOO_LONG';

/** Why a whole file, batch or request was not taken. */
export type IngestErrorCode =
  | RejectionCode
  | 'FILE_NOT_FOUND'
  | 'FILE_UNREADABLE'
  | 'FILE_EMPTY'
  | 'FILE_TRUNCATED'
  | 'FILE_DAMAGED'
  | 'FILE_NOT_UTF8'
  | 'FORMAT_UNKNOWN'
  | 'CATALOGUE_KIND_FIXED'
  | 'COLUMN_MISSING'
  | 'COLUMNS_MALFORMED'
  | 'EVIDENCE_MISSING'
  | 'IMPORT_CANCELLED'
  | 'STREAMS_KEEP_MOVING';

/** What ingest answers when it cannot take what it was given. Facts name line and field, never a person or a value. */
export class IngestError extends CodedError<IngestErrorCode> {}

const NEXT_STEPS: Readonly<Record<RejectionCode, string>> = {
  FIELD_MISSING: 'Fill the field in and send the entry again.',
  FIELD_MALFORMED: 'Give the field in the form that the documentation names.',
  FIELD_TOO_LONG: 'Shorten the field to at most 255 bytes of UTF-8.',
  FIELD_UNKNOWN:
    'Leave out everything but subject, item, type, time, value and purpose; of a profile, everything but subject, feature, time and purpose.',
  TIME_MALFORMED:
    'Give seconds or milliseconds since 1970, or ISO 8601 with a zone such as 2026-01-31T08:00:00Z.',
  TIME_IN_FUTURE: 'Check the clock and the unit (seconds or milliseconds) of the source.',
  TIME_ABSURD: 'Check the unit of the times, or name a time with --time-default when the data has none.',
  VALUE_MALFORMED: 'Give the value as a decimal number.',
  VALUE_OUT_OF_RANGE: 'Correct the value, or widen the configured range.',
  ITEM_UNKNOWN: 'Catalogue the item first (POST /v1/items, or --items FILE), then send the entry again.',
  ITEM_WITHDRAWN: 'Leave the entry out, or catalogue the item again.',
  ITEM_IS_FEATURE: 'Record what people state of themselves with POST /v1/profiles, or --profiles FILE.',
  FEATURE_UNKNOWN:
    'Catalogue the feature first (POST /v1/items with "kind": "feature", or --features FILE), then send the entry again.',
  SUBJECT_UNKNOWN: 'Record the person’s consent first (POST /v1/consents, or --grant-consent PURPOSE).',
  SUBJECT_UNDER_ERASURE: 'Leave the entry out: this person has asked for erasure.',
  SUBJECT_RESTRICTED: 'Leave the entry out until the restriction is lifted.',
  CONSENT_MISSING:
    'Record consent for this purpose first: POST /v1/consents, or, for people who are not enrolled yet, --grant-consent PURPOSE.',
  RECORD_ERASED: 'Leave the entry out: this record was withdrawn and must not come back.',
  RECORD_RESEMBLES_ERASED:
    'Leave the entry out. What happened after the deletion, with consent given anew, is taken: check the time of the source if this did.',
  LINE_MALFORMED: 'Correct the line, or leave such lines out with --on-bad-line skip.',
  LINE_TOO_LONG: 'Check that the file has line ends; no line may be longer than 64 KiB.',
};

const REASONS: Readonly<Record<RejectionCode, string>> = {
  FIELD_MISSING: 'A required field is missing',
  FIELD_MALFORMED: 'A field has the wrong form',
  FIELD_TOO_LONG: 'A field is longer than 255 bytes of UTF-8',
  FIELD_UNKNOWN: 'There is a field that is not known',
  TIME_MALFORMED: 'The time cannot be read',
  TIME_IN_FUTURE: 'The time is more than 5 minutes in the future',
  TIME_ABSURD: 'The time is before 1990',
  VALUE_MALFORMED: 'The value is not a number',
  VALUE_OUT_OF_RANGE: 'The value is outside the configured range',
  ITEM_UNKNOWN: 'The item is not in the catalogue',
  ITEM_WITHDRAWN: 'The item was withdrawn from the catalogue',
  ITEM_IS_FEATURE: 'The entry of the catalogue is a feature of people, no item',
  FEATURE_UNKNOWN: 'The catalogue has no such feature of people',
  SUBJECT_UNKNOWN: 'Nobody is enrolled under this id',
  SUBJECT_UNDER_ERASURE: 'The person has asked for erasure',
  SUBJECT_RESTRICTED: 'Processing of the person’s data is restricted',
  CONSENT_MISSING: 'The person has not consented to this purpose',
  RECORD_ERASED: 'The record was withdrawn or erased before',
  RECORD_RESEMBLES_ERASED:
    'A record of the same item, type and day was withdrawn, and this one is said to be from before that',
  LINE_MALFORMED: 'The line does not have the form of its file format',
  LINE_TOO_LONG: 'The line is longer than 64 KiB',
};

/** The reason for refusing one interaction; `field` names which part of it. */
export interface Rejection {
  readonly code: RejectionCode;
  readonly field?: string;
}

export const reasonOf = (code: RejectionCode): string => REASONS[code];
export const nextStepOf = (code: RejectionCode): string => NEXT_STEPS[code];

/**
 * Whether an entry is refused because it was deleted before. Such an entry is no fault of its source, which may hold it for ever, so it never
 * holds up its neighbours.
 */
export const comesBack = (code: RejectionCode): boolean =>
  code === 'RECORD_ERASED' || code === 'RECORD_RESEMBLES_ERASED';

/** A rejection as an error, when it ends more than its own entry. */
export function rejectionError({ code, field }: Rejection, facts: { line?: number } = {}): IngestError {
  return new IngestError(code, REASONS[code], { facts: { ...facts, field }, nextStep: NEXT_STEPS[code] });
}
