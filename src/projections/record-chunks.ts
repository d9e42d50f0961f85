import { keyNames, packRecords, type SealedInteraction, type StoredRecord } from '#libs/contracts';
import { generationOfStream, subjectOfStream, type PayloadSealer, type RecordedEvent } from '#libs/messaging';
import { LastOfEachLabel } from './last-of-each-label.js';
import { openUnlessDestroyed } from './open-payload.js';

/** Records of one subject out of one run of events: packed, sorted by label, each label once. */
export interface RecordChunk {
  readonly subject: string;
  /** Position of the last event that the chunk has taken in. */
  readonly position: bigint;
  readonly records: Uint8Array;
}

interface Gathered {
  readonly records: LastOfEachLabel;
  position: bigint;
}

/** Opens InteractionRecorded events and packs them by subject. Everything that folds records does it with this. */
export class RecordChunks {
  private subjects = new Map<string, Gathered>();
  private streams = new Map<string, { readonly key: string; readonly of: Gathered }>();

  constructor(private readonly sealer: Pick<PayloadSealer, 'open'>) {}

  /**
   * Takes the next event of the log; one whose key was destroyed leaves nothing.
   * @throws VaultError KEY_UNKNOWN, PAYLOAD_DAMAGED
   */
  add(event: RecordedEvent): void {
    const { key, of } = this.streams.get(event.stream) ?? this.begin(event.stream);
    const record = openRecord(this.sealer, key, event);
    if (record === undefined) return;
    of.records.add(packRecords([record]));
    of.position = event.position;
  }

  /** What was gathered since the last time, one chunk a subject. */
  take(): RecordChunk[] {
    const chunks: RecordChunk[] = [];
    for (const [subject, { records, position }] of this.subjects)
      if (records.count > 0) chunks.push({ subject, position, records: records.sorted() });
    this.clear();
    return chunks;
  }

  clear(): void {
    this.subjects = new Map();
    this.streams = new Map();
  }

  private begin(stream: string): { readonly key: string; readonly of: Gathered } {
    const subject = subjectOfStream(stream);
    const of = this.subjects.get(subject) ?? { records: new LastOfEachLabel(), position: 0n };
    const known = { key: keyNames.interactions(subject, generationOfStream(stream)), of };
    this.subjects.set(subject, of);
    this.streams.set(stream, known);
    return known;
  }
}

function openRecord(
  sealer: Pick<PayloadSealer, 'open'>,
  key: string,
  event: RecordedEvent,
): StoredRecord | undefined {
  const { label, sealed } = event.data as { readonly label: string; readonly sealed: string };
  const opened = openUnlessDestroyed(sealer, key, sealed, event);
  if (opened === undefined) return undefined;
  const { i, t, s, v, p, o } = opened as SealedInteraction;
  const { carriedFrom } = event.metadata;
  return {
    label: Buffer.from(label, 'base64url'),
    opening: Buffer.from(o, 'base64url'),
    position: typeof carriedFrom === 'string' ? BigInt(carriedFrom) : event.position,
    item: i,
    type: t,
    time: s,
    value: v,
    purpose: p,
  };
}
