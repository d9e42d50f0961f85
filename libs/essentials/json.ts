import canonicalize from 'canonicalize';
import { EncodingError, type EncodingErrorCode } from './encoding-error.js';

export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export interface JsonLimits {
  /** UTF-16 code units. */
  readonly maxLength?: number;
  readonly maxDepth?: number;
}

const DEFAULT_LIMITS = { maxLength: 16 * 1024 * 1024, maxDepth: 64 };

/** Canonical JSON (JCS, RFC 8785): what is hashed and signed. */
export function canonicalJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = canonicalize(value);
  } catch (cause) {
    throw new EncodingError('JSON_NOT_CANONICALIZABLE', 'the value has no canonical JSON form', { cause });
  }
  if (text === undefined || hasUnpairedSurrogate(text))
    throw new EncodingError('JSON_NOT_CANONICALIZABLE', 'the value has no canonical JSON form');
  return text;
}

/** Escapes of this form are all that serialization leaves of an unpaired surrogate, which RFC 8785 §3.2.2.2 forbids. */
function hasUnpairedSurrogate(text: string): boolean {
  return text.includes('\\ud') && /(?<!\\)(?:\\\\)*\\ud[89a-f]/.test(text);
}

/**
 * Parses JSON that somebody else wrote and signed. Unlike JSON.parse it refuses duplicate keys (two readers could see two
 * documents), numbers that a double cannot hold exactly as integers, unpaired surrogates, and input beyond the limits.
 * RFC 8259 with the restrictions of RFC 7493 (I-JSON).
 *
 * @example
 * const statement = parseStrictJson('{"a":1}'); // { a: 1 }
 * @throws EncodingError with one code a cause
 */
export function parseStrictJson(text: string, limits: JsonLimits = {}): JsonValue {
  const { maxLength, maxDepth } = { ...DEFAULT_LIMITS, ...limits };
  if (text.length > maxLength)
    throw new EncodingError('JSON_TOO_LARGE', `more than ${maxLength} characters`, {
      facts: { length: text.length },
    });
  return flatObject(text, maxDepth) ?? new StrictParser(text, maxDepth).document();
}

const NOT_FLAT = /[[\\]|[^]\{|\d{16}/; // an array, an escape, a second object, or an integer that may be too large

/**
 * What most lines of a stream are, an object without objects in it, read by JSON.parse, which takes a third of the time: where writing it
 * again gives the very text, nothing was lost on the way, no key that stands twice, no digit. Undefined for anything else.
 */
function flatObject(text: string, maxDepth: number): JsonValue | undefined {
  if (maxDepth < 1 || text[0] !== '{' || NOT_FLAT.test(text)) return undefined;
  try {
    const value = JSON.parse(text) as JsonValue;
    return JSON.stringify(value) === text ? value : undefined;
  } catch {
    return undefined; // the other parser says why
  }
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y; // eslint-disable-line no-control-regex
const SPACE = /[ \t\n\r]*/y;

class StrictParser {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly maxDepth: number,
  ) {}

  document(): JsonValue {
    const value = this.value(0);
    this.space();
    if (this.at !== this.text.length) this.fail('JSON_TRAILING_DATA', 'data after the end of the document');
    return value;
  }

  private value(depth: number): JsonValue {
    if (depth > this.maxDepth) this.fail('JSON_TOO_DEEP', `nested deeper than ${this.maxDepth}`);
    this.space();
    switch (this.text[this.at]) {
      case '{':
        return this.object(depth);
      case '[':
        return this.array(depth);
      case '"':
        return this.string();
      case 't':
        return this.literal('true', true);
      case 'f':
        return this.literal('false', false);
      case 'n':
        return this.literal('null', null);
      default:
        return this.number();
    }
  }

  private object(depth: number): JsonValue {
    // Without a prototype "__proto__" is an ordinary key.
    const result = Object.create(null) as Record<string, JsonValue>;
    this.at++;
    if (this.next('}')) return { ...result };
    do {
      this.space();
      const key = this.string();
      if (Object.hasOwn(result, key)) this.fail('JSON_DUPLICATE_KEY', 'a key stands twice in one object');
      this.expect(':');
      result[key] = this.value(depth + 1);
    } while (this.next(','));
    this.expect('}');
    return { ...result };
  }

  private array(depth: number): JsonValue {
    const result: JsonValue[] = [];
    this.at++;
    if (this.next(']')) return result;
    do result.push(this.value(depth + 1));
    while (this.next(','));
    this.expect(']');
    return result;
  }

  private string(): string {
    const raw = this.match(STRING);
    if (raw === undefined) this.fail('JSON_MALFORMED', 'expected a string');
    const value = JSON.parse(raw) as string;
    if (!value.isWellFormed()) this.fail('JSON_MALFORMED', 'a string holds an unpaired surrogate');
    return value;
  }

  private number(): number {
    const raw = this.match(NUMBER);
    if (raw === undefined) this.fail('JSON_MALFORMED', 'expected a value');
    const value = Number(raw);
    const isInteger = /^-?[0-9]+$/.test(raw);
    if (!Number.isFinite(value) || (isInteger && !Number.isSafeInteger(value)))
      this.fail('JSON_NUMBER_NOT_EXACT', 'a number does not fit a double exactly');
    return value;
  }

  private literal<T extends JsonValue>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) this.fail('JSON_MALFORMED', 'expected a value');
    this.at += word.length;
    return value;
  }

  private next(character: string): boolean {
    this.space();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private expect(character: string): void {
    if (!this.next(character)) this.fail('JSON_MALFORMED', `expected ${character}`);
  }

  private space(): void {
    this.match(SPACE);
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private fail(code: EncodingErrorCode, message: string): never {
    throw new EncodingError(code, message, { facts: { at: this.at } });
  }
}
