import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * A word that stands nowhere by chance, in every form in which bytes are usually written down: plain, UTF-16, hexadecimal, and base64 or
 * base64url at each of the three places where it can begin within a group.
 */
export class Mark {
  private readonly forms: readonly Buffer[];

  /** @param word ASCII letters and digits, at least ten of them */
  constructor(readonly word: string) {
    const bytes = Buffer.from(word);
    const hex = bytes.toString('hex');
    this.forms = [
      bytes,
      Buffer.from(word, 'utf16le'),
      ...[hex, hex.toUpperCase(), ...base64Forms(bytes)].map((text) => Buffer.from(text)),
    ];
  }

  isIn(content: string | Uint8Array): boolean {
    const bytes = Buffer.from(content as Uint8Array);
    return this.forms.some((form) => bytes.includes(form)) || bytes.includes(this.word.toUpperCase());
  }

  /** Files below a folder, relative to it, that hold the mark in some form, or have it in their name. */
  filesIn(folder: string): string[] {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
      .filter((file) => this.isIn(file) || this.isIn(readFileSync(file)))
      .map((file) => path.relative(folder, file))
      .sort();
  }
}

/** What of the encoding follows from the word alone, whatever stands before and behind it (RFC 4648 §4, §5). */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((before) => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes]);
    const first = Math.ceil((before * 8) / 6); // the character that begins within the word
    const whole = Math.floor((padded.length * 8) / 6); // and the last that ends within it
    return [padded.toString('base64'), padded.toString('base64url')].map((text) => text.slice(first, whole));
  });
}
