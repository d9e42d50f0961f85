import { EncodingError, fromBase64, fromUtf8, parseStrictJson, type JsonValue } from '#libs/essentials';
import { CertificateError, type CertificateErrorCode } from './certificate-error.js';

/** Reads one part of an untrusted document; `field` is where it stands, for the error. */
export type Reader<T> = (value: JsonValue | undefined, field: string) => T;
export type Read<R> = R extends Reader<infer T> ? T : never;

/** Parses an untrusted JSON document of bounded size and reads it. */
export function readDocument<T>(bytes: Uint8Array, maxBytes: number, reader: Reader<T>): T {
  if (bytes.length > maxBytes)
    throw new CertificateError('DOCUMENT_TOO_LARGE', `the document has more than ${maxBytes} bytes`, {
      facts: { length: bytes.length },
    });
  return reader(parseDocument(bytes, maxBytes), '');
}

function parseDocument(bytes: Uint8Array, maxLength: number): JsonValue {
  try {
    return parseStrictJson(fromUtf8(bytes), { maxDepth: 16, maxLength });
  } catch (cause) {
    if (!(cause instanceof EncodingError)) throw cause;
    throw new CertificateError('DOCUMENT_NOT_JSON', `the document is not strict JSON: ${cause.message}`, {
      facts: { reason: cause.code, at: cause.facts.at },
      cause,
    });
  }
}

/** An object with exactly these fields. */
export function object<Fields extends Record<string, Reader<unknown>>>(
  fields: Fields,
): Reader<{ readonly [K in keyof Fields]: Read<Fields[K]> }> {
  return (value, field) => {
    const members = asObject(value, field);
    const unknown = Object.keys(members).find((name) => !Object.hasOwn(fields, name));
    if (unknown !== undefined)
      throw refuse('FIELD_UNKNOWN', `${field}.${printable(unknown)}`, 'is not expected here');
    const read = Object.entries(fields).map(([name, reader]) => [
      name,
      reader(Object.hasOwn(members, name) ? members[name] : undefined, `${field}.${name}`),
    ]);
    return Object.fromEntries(read) as { [K in keyof Fields]: Read<Fields[K]> };
  };
}

/** At most `max` members. */
export function array<T>(member: Reader<T>, { min = 0, max = 65_536 } = {}): Reader<readonly T[]> {
  return (value, field) => {
    if (value === undefined) throw missing(field);
    if (!Array.isArray(value)) throw invalid(field, 'is not an array');
    if (value.length < min || value.length > max)
      throw invalid(field, `does not have ${min} to ${max} members`);
    return (value as readonly JsonValue[]).map((one, index) => member(one, `${field}[${index}]`));
  };
}

/** Text that the pattern, anchored by its author, matches. */
export function text(pattern: RegExp, maxLength = 256): Reader<string> {
  return (value, field) => {
    if (value === undefined) throw missing(field);
    if (typeof value !== 'string' || value.length > maxLength || !pattern.test(value))
      throw invalid(field, 'is not text of the expected form');
    return value;
  };
}

export function literal<const T extends JsonValue>(...allowed: readonly T[]): Reader<T> {
  return (value, field) => {
    if (value === undefined) throw missing(field);
    if (!allowed.includes(value as T)) throw invalid(field, 'is not one of the values allowed here');
    return value as T;
  };
}

/** An integer from 0 to 2^53 − 1. */
export const count: Reader<number> = (value, field) => {
  if (value === undefined) throw missing(field);
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw invalid(field, 'is not a whole number');
  return value;
};

/** An int64 as protobuf's JSON mapping writes it: decimal text. Values beyond 2^53 − 1 are refused. */
export const int64: Reader<number> = (value, field) => {
  const decimal = text(/^(?:0|[1-9][0-9]{0,15})$/)(value, field);
  if (!Number.isSafeInteger(Number(decimal))) throw invalid(field, 'is too large');
  return Number(decimal);
};

/** Canonical base64 of `length` bytes, or of at most `max`. */
export function bytes(length?: number, max = 2 ** 20): Reader<Uint8Array> {
  return (value, field) => {
    const encoded = text(/^[A-Za-z0-9+/=]*$/, Math.ceil(max / 3) * 4)(value, field);
    let decoded: Uint8Array;
    try {
      decoded = fromBase64(encoded);
    } catch {
      throw invalid(field, 'is not canonical base64');
    }
    if (length !== undefined && decoded.length !== length)
      throw invalid(field, `is not ${length} bytes long`);
    return decoded;
  };
}

/** A field that may be absent. */
export function optional<T>(reader: Reader<T>): Reader<T | undefined> {
  return (value, field) => (value === undefined ? undefined : reader(value, field));
}

export function nullable<T>(reader: Reader<T>): Reader<T | null> {
  return (value, field) => (value === null ? null : reader(value, field));
}

/** One fixed word, or what the reader reads. */
export function either<const W extends string, T>(word: W, reader: Reader<T>): Reader<W | T> {
  return (value, field) => (value === word ? word : reader(value, field));
}

/** Any JSON; only for parts that another reader takes on. */
export const anything: Reader<JsonValue> = (value, field) => {
  if (value === undefined) throw missing(field);
  return value;
};

/** SHA-256 in lower-case hexadecimal. */
export const digest = text(/^[0-9a-f]{64}$/);

/** ISO 8601 in UTC. */
export const time = text(/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z$/);

/** Pseudonyms, names of lines and files: no spaces, nothing that a terminal or path could mistake. */
export const name = text(/^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/);

export function invalid(field: string, what: string): CertificateError {
  return refuse('FIELD_INVALID', field, what);
}

export function missing(field: string): CertificateError {
  return refuse('FIELD_MISSING', field, 'is missing');
}

function refuse(code: CertificateErrorCode, field: string, what: string): CertificateError {
  const where = field.replace(/^\./, '') || 'document';
  return new CertificateError(code, `${where} ${what}`, { facts: { field: where } });
}

/** The name of an unknown field is chosen by the author of the document; it must not reach a terminal as it is. */
function printable(fieldName: string): string {
  return /^[A-Za-z0-9_$-]{1,64}$/.test(fieldName) ? fieldName : '(unprintable)';
}

function asObject(value: JsonValue | undefined, field: string): Readonly<Record<string, JsonValue>> {
  if (value === undefined) throw missing(field);
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw invalid(field, 'is not an object');
  return value as Readonly<Record<string, JsonValue>>;
}
