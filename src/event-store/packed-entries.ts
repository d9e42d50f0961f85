import type { ExpectedRevision } from '#libs/messaging';
import type { Entry } from './appender.js';
import type { EncodedAppend, EncodedEvent } from './event-codec.js';

/**
 * Entries on their way to another thread. Cloning four strings an event would take the sender several times as long as one text and the lengths
 * of its parts.
 */
export interface PackedEntries {
  /** Stream by stream: its name; of each event id, type, data and metadata. */
  readonly text: string;
  /** In the order of the text, what `packEntries` writes. */
  readonly numbers: Int32Array;
  /** Milliseconds since 1970, of each entry. */
  readonly recordedAt: readonly number[];
  /** Of the appends that expect one. */
  readonly expected: readonly ExpectedRevision[];
}

const ABSENT = -1;

export function packEntries(entries: readonly Entry[]): PackedEntries {
  const texts: string[] = [];
  const numbers: number[] = [];
  const expected: ExpectedRevision[] = [];
  const add = (text: string): void => {
    texts.push(text);
    numbers.push(text.length);
  };
  for (const { appends } of entries) {
    numbers.push(appends.length);
    for (const { stream, events, expectedRevision } of appends) {
      add(stream);
      numbers.push(events.length, expectedRevision === undefined ? 0 : 1);
      if (expectedRevision !== undefined) expected.push(expectedRevision);
      for (const { id, type, data, metadata } of events) {
        add(id);
        add(type);
        add(data);
        if (metadata === null) numbers.push(ABSENT);
        else add(metadata);
      }
    }
  }
  const recordedAt = entries.map((entry) => entry.recordedAt);
  return { text: texts.join(''), numbers: Int32Array.from(numbers), recordedAt, expected };
}

export function unpackEntries(packed: PackedEntries): Entry[] {
  const cursor = new Cursor(packed);
  return packed.recordedAt.map((recordedAt) => ({
    recordedAt,
    appends: Array.from({ length: cursor.number() }, () => cursor.append()),
  }));
}

class Cursor {
  private numberAt = 0;
  private textAt = 0;
  private expectedAt = 0;

  constructor(private readonly packed: PackedEntries) {}

  number(): number {
    return this.packed.numbers[this.numberAt++];
  }

  append(): EncodedAppend {
    const stream = this.text(this.number());
    const count = this.number();
    const expects = this.number() === 1 && { expectedRevision: this.packed.expected[this.expectedAt++] };
    return { stream, ...expects, events: Array.from({ length: count }, () => this.event()) };
  }

  private event(): EncodedEvent {
    const id = this.text(this.number());
    const type = this.text(this.number());
    const data = this.text(this.number());
    const length = this.number();
    return { id, type, data, metadata: length === ABSENT ? null : this.text(length) };
  }

  private text(length: number): string {
    return this.packed.text.slice(this.textAt, (this.textAt += length));
  }
}
