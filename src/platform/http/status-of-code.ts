/**
 * The HTTP status of every coded error that a caller can cause or act on; the one place that knows both. A code that is not listed is
 * our own fault and answers 500 without details.
 */
const STATUS: Readonly<Record<string, number>> = {
  // The request cannot be understood.
  REQUEST_MALFORMED: 400,
  BODY_NOT_JSON: 400,
  FIELD_MISSING: 400,
  FIELD_MALFORMED: 400,
  FIELD_TOO_LONG: 400,
  FIELD_UNKNOWN: 400,
  LINE_MALFORMED: 400,
  LINE_TOO_LONG: 413,
  TIME_MALFORMED: 400,
  VALUE_MALFORMED: 400,
  CONSENT_FIELD_MISSING: 400,
  CONSENT_FIELD_MALFORMED: 400,
  CONSENT_FIELD_TOO_LONG: 400,
  CONSENT_LAWFUL_BASIS_UNKNOWN: 400,
  SCOPE_EMPTY: 400,
  SCOPE_LABEL_MALFORMED: 400,
  SCOPE_PERIOD_REVERSED: 400,
  K_OUT_OF_RANGE: 400,
  TOKEN_MISSING: 401,
  TOKEN_UNKNOWN: 401,
  ROLE_NOT_GRANTED: 403,
  BODY_TOO_LARGE: 413,
  MEDIA_TYPE_UNSUPPORTED: 415,

  // It names something that is not there, or is gone for good.
  ROUTE_NOT_FOUND: 404,
  ITEM_UNKNOWN: 404,
  SUBJECT_UNKNOWN: 404,
  REQUEST_UNKNOWN: 404,
  LINE_UNKNOWN: 404,
  VERSION_UNKNOWN: 404,
  CERTIFICATE_NOT_ISSUED: 404,
  LEDGER_FILE_UNKNOWN: 404,
  SUBJECT_ALREADY_ERASED: 410,

  // It is understood, but does not fit the present state.
  SUBJECT_UNDER_ERASURE: 409,
  WRONG_EXPECTED_REVISION: 409,
  LINE_EXISTS: 409,
  REBUILD_IN_PROGRESS: 409,
  GENESIS_MISMATCH: 409,
  CATALOGUE_EMPTY: 409,
  CONSENT_NOT_GIVEN: 409,

  // It is understood, but breaks a rule.
  TIME_IN_FUTURE: 422,
  TIME_ABSURD: 422,
  VALUE_OUT_OF_RANGE: 422,
  ITEM_WITHDRAWN: 422,
  CONSENT_MISSING: 422,
  RECORD_ERASED: 422,
  NO_RECORD_IN_SCOPE: 422,

  // Not the caller's fault, but worth telling: come back later.
  MODEL_NOT_PUBLISHED: 503,
  MODEL_QUARANTINED: 503,
  STREAMS_KEEP_MOVING: 503,
  STORE_CLOSED: 503,
  SUBSCRIPTION_STOPPED: 503,
  VAULT_CLOSED: 503,
  STORE_READ_ONLY: 503,
  STORE_FULL: 507,
};

export const statusOfCode = (code: string): number => (Object.hasOwn(STATUS, code) ? STATUS[code] : 500);
