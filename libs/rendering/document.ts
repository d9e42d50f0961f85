/** A document that people read, before it has a form: the same content becomes HTML and PDF. */
export interface ReadableDocument {
  readonly title: string;
  readonly subtitle: string;
  /** ISO 8601: when what it tells of happened, so that the same content gives the same bytes. */
  readonly dated: string;
  /** SHA-256 of the file it was made from, hexadecimal. */
  readonly source: string;
  readonly blocks: readonly Block[];
}

export type Tone = 'good' | 'caution' | 'bad';

export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'notice'; readonly tone: Tone; readonly title: string; readonly text: string }
  /** What is said of one thing, line by line. */
  | { readonly kind: 'facts'; readonly rows: readonly (readonly [string, Value])[] }
  | {
      readonly kind: 'table';
      readonly caption: string;
      readonly columns: readonly string[];
      readonly rows: readonly (readonly Value[])[];
    }
  | { readonly kind: 'list'; readonly tone: Tone; readonly items: readonly ListItem[] }
  | { readonly kind: 'commands'; readonly lines: readonly string[] };

export interface ListItem {
  readonly term: string;
  readonly text: string;
}

/** Text, or a digest in hexadecimal, which is shown in a type in which digits line up. */
export type Value = string | { readonly digest: string; readonly short?: boolean };

const SHOWN_DIGITS = 12;

export function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  return value.short ? `${value.digest.slice(0, SHOWN_DIGITS)}…` : value.digest;
}

/**
 * Text chosen by somebody else, with what a reader would not see made visible: characters that reorder, join or hide others
 * (Unicode categories Cc, Cf, Co, Cs, Zl, Zp).
 *
 * @example plainText('un\u202Eod') // 'un[U+202E]od'
 */
export function plainText(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `[U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`,
  );
}

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);

/**
 * A time as people write it; one that the calendar does not have stays as it is.
 *
 * @example timeInWords('2026-01-02T03:04:05Z') // '2 January 2026, 03:04:05 UTC'
 */
export function timeInWords(iso: string): string {
  const [, year, month, day, clock] = /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)/.exec(iso) ?? [];
  const name = MONTHS[Number(month) - 1];
  return name === undefined ? plainText(iso) : `${Number(day)} ${name} ${year}, ${clock} UTC`;
}
