import { OPENING_LENGTH, type InteractionRecord } from '#libs/contracts';
import {
  canonicalJson,
  compareBytes,
  EncodingError,
  fromBase64Url,
  toBase64Url,
  utf8,
  type JsonValue,
} from '#libs/essentials';
import {
  anything,
  array,
  count,
  invalid,
  literal,
  missing,
  name,
  object,
  readDocument,
  text,
  type Read,
  type Reader,
} from './shape.js';

export const RECEIPT_SCHEMA = 'urn:lacuna:receipt:v1';
export const OPENINGS_SCHEMA = 'urn:lacuna:receipt-openings:v1';

/** Room for some 400,000 records of one person. */
export const MAX_RECEIPT_BYTES = 64 * 1024 * 1024;
const MAX_RECORDS = 500_000;
const KEY_LENGTH = 32;

/** A deleted record as its person keeps it. */
export interface ReceiptRecord extends InteractionRecord {
  /** 32 bytes. */
  readonly label: Uint8Array;
  /** 16 bytes; with it the record makes the commitment that stood in the dataset map. */
  readonly opening: Uint8Array;
}

/** What only the person can open: made before the keys are destroyed, and meaningless without the certificate of the same request. */
export interface ReceiptOpenings {
  /** Pseudonym of the request. */
  readonly request: string;
  /** Key of the person's record labels, 32 bytes. */
  readonly labelKey: Uint8Array;
  /** In order of their labels, each once. */
  readonly records: readonly ReceiptRecord[];
}

/** The file that a person keeps: it is checked with the trust files and nothing else, for ever. */
export interface Receipt extends ReceiptOpenings {
  /** A Sigstore bundle, canonical JSON, as `parseBundle` reads it. */
  readonly certificate: Uint8Array;
}

/** The openings as a file, canonical JSON. */
export function openingsDocument(openings: ReceiptOpenings): string {
  return canonicalJson({ schema: OPENINGS_SCHEMA, ...encoded(openings) });
}

/**
 * Openings and certificate as one file, canonical JSON.
 *
 * @param certificate the Sigstore bundle of the same request, parsed
 */
export function receiptDocument(openings: ReceiptOpenings, certificate: JsonValue): string {
  return canonicalJson({ schema: RECEIPT_SCHEMA, certificate, ...encoded(openings) });
}

function encoded({ request, labelKey, records }: ReceiptOpenings): object {
  const sorted = [...records].sort((a, b) => compareBytes(a.label, b.label));
  return {
    request,
    labelKey: toBase64Url(labelKey),
    records: sorted.map(({ label, opening, item, type, time, value }) => ({
      label: toBase64Url(label),
      opening: toBase64Url(opening),
      item,
      type,
      time,
      value,
    })),
  };
}

const record = object({
  label: urlBytes(KEY_LENGTH),
  opening: urlBytes(OPENING_LENGTH),
  item: text(/^[^]+$/),
  type: text(/^[^]+$/),
  time: count,
  value: finite,
});
const openingFields = {
  request: name,
  labelKey: urlBytes(KEY_LENGTH),
  records: array(record, { max: MAX_RECORDS }),
};
const openingsShape = object({ schema: literal(OPENINGS_SCHEMA), ...openingFields });
const receiptShape = object({ schema: literal(RECEIPT_SCHEMA), certificate: anything, ...openingFields });

/**
 * Reads decrypted openings.
 *
 * @throws CertificateError DOCUMENT_TOO_LARGE, DOCUMENT_NOT_JSON, FIELD_MISSING, FIELD_UNKNOWN, FIELD_INVALID
 */
export function parseOpenings(file: Uint8Array): ReceiptOpenings {
  return openingsOf(readDocument(file, MAX_RECEIPT_BYTES, openingsShape));
}

/**
 * Reads a receipt. Everything in it is chosen by whoever hands it over, and nothing of it is verified here.
 *
 * @throws CertificateError DOCUMENT_TOO_LARGE, DOCUMENT_NOT_JSON, FIELD_MISSING, FIELD_UNKNOWN, FIELD_INVALID
 */
export function parseReceipt(file: Uint8Array): Receipt {
  const read = readDocument(file, MAX_RECEIPT_BYTES, receiptShape);
  return { certificate: utf8(canonicalJson(read.certificate)), ...openingsOf(read) };
}

function openingsOf({
  request,
  labelKey,
  records,
}: Omit<Read<typeof openingsShape>, 'schema'>): ReceiptOpenings {
  records.forEach(({ label }, at) => {
    if (at > 0 && compareBytes(records[at - 1].label, label) >= 0)
      throw invalid(`records[${at}].label`, 'does not come after the label before it');
  });
  return { request, labelKey, records };
}

/** Canonical base64url of so many bytes. */
function urlBytes(length: number): Reader<Uint8Array> {
  const form = text(new RegExp(`^[A-Za-z0-9_-]{${Math.ceil((length * 4) / 3)}}$`));
  return (value, field) => {
    try {
      return fromBase64Url(form(value, field));
    } catch (error) {
      if (error instanceof EncodingError) throw invalid(field, 'is not canonical base64url');
      throw error;
    }
  };
}

function finite(value: JsonValue | undefined, field: string): number {
  if (value === undefined) throw missing(field);
  if (typeof value !== 'number') throw invalid(field, 'is not a number');
  return value;
}
