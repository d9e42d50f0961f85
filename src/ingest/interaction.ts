import type { Rejection, RejectionCode } from './ingest-error.js';

/** One interaction as it arrives: outside ids, nothing checked yet except the types. */
export interface InteractionEntry {
  /** External id of the person. */
  readonly subject: string;
  readonly item: string;
  /** Of the catalogue's entry; absent: an item. A feature's value is 1: the person has stated it. */
  readonly kind?: 'feature';
  /** `rating`, `play`, `purchase`, … */
  readonly type: string;
  /** Whole seconds since 1970-01-01T00:00:00Z. */
  readonly time: number;
  readonly value: number;
  /** Purpose under which it may be used. */
  readonly purpose: string;
}

/** `label`: record label, base64url. `withheld`: in order itself, but another entry of an all-or-nothing batch was not. */
export type EntryResult =
  | { readonly status: 'recorded' | 'duplicate'; readonly label: string }
  | { readonly status: 'withheld' }
  | ({ readonly status: 'rejected' } & Rejection);

export interface InteractionRules {
  /** Inclusive. */
  readonly minValue: number;
  readonly maxValue: number;
}

/** Every finite value; products with a rating scale narrow it. */
export const DEFAULT_RULES: InteractionRules = {
  minValue: -Number.MAX_VALUE,
  maxValue: Number.MAX_VALUE,
};

const STATED: InteractionRules = { minValue: 1, maxValue: 1 };

const EARLIEST = Date.UTC(1990, 0, 1) / 1000;
const CLOCK_SKEW = 300; // seconds: what a source's clock may be ahead of ours
const MAX_BYTES = 255; // libs/contracts packs item, type and purpose with one length byte

const reject = (code: RejectionCode, field: string): Rejection => ({ code, field });

/**
 * Checks what can be checked without knowing anybody: presence, length, time, value.
 *
 * @param now seconds since 1970
 * @returns the first thing that is wrong, or undefined
 */
export function checkEntry(
  entry: InteractionEntry,
  rules: InteractionRules,
  now: number,
): Rejection | undefined {
  return checkContent(entry, rules) ?? checkTime(entry.time, now);
}

/** The part of `checkEntry` that asks no clock. */
export function checkContent(entry: InteractionEntry, rules: InteractionRules): Rejection | undefined {
  if (entry.subject === '') return reject('FIELD_MISSING', 'subject');
  return (
    checkText(entry.item, entryField(entry)) ??
    checkText(entry.type, 'type') ??
    checkText(entry.purpose, 'purpose') ??
    checkValue(entry.value, entry.kind === 'feature' ? STATED : rules)
  );
}

/** What the sender calls the entry of the catalogue. */
export function entryField({ kind }: Pick<InteractionEntry, 'kind'>): 'item' | 'feature' {
  return kind ?? 'item';
}

function checkText(value: string, field: string): Rejection | undefined {
  if (value === '') return reject('FIELD_MISSING', field);
  if (value.length * 3 <= MAX_BYTES) return undefined; // no UTF-16 code unit takes more than 3 bytes
  return Buffer.byteLength(value) > MAX_BYTES ? reject('FIELD_TOO_LONG', field) : undefined;
}

function checkTime(time: number, now: number): Rejection | undefined {
  if (!Number.isSafeInteger(time)) return reject('TIME_MALFORMED', 'time');
  if (time < EARLIEST) return reject('TIME_ABSURD', 'time');
  if (time > now + CLOCK_SKEW) return reject('TIME_IN_FUTURE', 'time');
  return undefined;
}

function checkValue(value: number, rules: InteractionRules): Rejection | undefined {
  if (Number.isNaN(value)) return reject('VALUE_MALFORMED', 'value');
  const inRange = Number.isFinite(value) && value >= rules.minValue && value <= rules.maxValue;
  return inRange ? undefined : reject('VALUE_OUT_OF_RANGE', 'value');
}
