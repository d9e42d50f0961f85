import {
  keyNames,
  packRecords,
  recordLabel,
  type CatalogueItem,
  type DataOf,
  type LacunaEvent,
  type SealedInteraction,
  type StoredRecord,
} from '#libs/contracts';
import { compareBytes, equalBytes, fromBase64Url, fromUtf8, utf8, type HmacSha256 } from '#libs/essentials';
import {
  generationOfStream,
  sealingContext,
  subjectOfStream,
  type PayloadSealer,
  type RecordedEvent,
} from '#libs/messaging';
import type { Partition } from '#libs/sharding';
import { ReplayScope, type ReplayWanted } from './replay-scope.js';
import { VerificationError } from './verification-error.js';

/** Opens sealed payloads with the keys that the auditor was given. */
export interface ReplayKeys extends Pick<PayloadSealer, 'open'> {
  /** Label key of a subject, 32 bytes; undefined when it was not handed over or is destroyed. */
  labelKey(subject: string): Uint8Array | undefined;
}

interface ConsentChange {
  readonly position: bigint;
  readonly given: boolean;
}

/** One person's records, packed, by label. */
export interface SubjectRecords {
  readonly subject: string;
  readonly records: Uint8Array;
}

interface ReplayedSubject {
  /** By shard, then by label, base64url: a re-written record stands twice in the log while both generations exist. */
  readonly records: Map<number, Map<string, StoredRecord>>;
  /** Changes of consent by purpose, oldest first. */
  readonly consents: Map<string, ConsentChange[]>;
}

/** Event types that a replay reads; the others change nothing about datasets. */
export const REPLAYED_EVENTS = [
  'ItemCatalogued',
  'ItemWithdrawn',
  'ConsentGranted',
  'ConsentWithdrawn',
  'InteractionRecorded',
  'RecordsQuarantined',
  'RecordsErased',
] as const satisfies readonly LacunaEvent['type'][];

/**
 * Folds the log into the datasets that the wanted shards had, each as of its own position. Written for auditors: it shares no
 * state with the operator's projections and recomputes every label from its record.
 *
 * A record belongs to a dataset when, up to the dataset's position, it was recorded, consent for its purpose had been given before
 * it and not been withdrawn since, and nobody had quarantined it.
 */
export class ReplayDataset {
  /** Changes of the catalogue, oldest first; a withdrawal has no description. */
  private readonly catalogue: { position: bigint; item: string; description?: CatalogueItem }[] = [];
  private readonly subjects = new Map<string, ReplayedSubject>();
  private readonly quarantinedAt = new Map<string, bigint>();
  private readonly scope: ReplayScope;
  /** Labels, base64url, that erasures after a shard's position name, and that were in use until then. */
  private readonly erased = new Map<number, Set<string>>();
  private aggregatorLost = false;

  constructor(
    wanted: ReplayWanted,
    private readonly purpose: string,
    partition: Partition,
    private readonly keys: ReplayKeys,
    private readonly hmac: HmacSha256,
  ) {
    this.scope = new ReplayScope(wanted, partition);
  }

  /**
   * The event's data was chosen by whoever made the copy of the log.
   * @throws VerificationError REPLAY_LABEL_MISMATCH, REPLAY_KEY_MISSING, REPLAY_PAYLOAD_DAMAGED, REPLAY_EVENT_MALFORMED
   */
  apply(recorded: RecordedEvent): void {
    try {
      this.fold(recorded);
    } catch (cause) {
      if (cause instanceof VerificationError) throw cause;
      throw new VerificationError('REPLAY_EVENT_MALFORMED', 'an event does not have the form of its type', {
        facts: { position: recorded.position.toString(), type: recorded.type },
        nextStep: 'Ask the operator for another copy of the log.',
        cause,
      });
    }
  }

  private fold(recorded: RecordedEvent): void {
    const event = recorded as unknown as LacunaEvent;
    switch (event.type) {
      case 'ItemCatalogued':
        this.catalogue.push({ position: recorded.position, item: event.data.item, description: event.data });
        break;
      case 'ItemWithdrawn':
        this.catalogue.push({ position: recorded.position, item: event.data.item });
        break;
      case 'ConsentGranted':
      case 'ConsentWithdrawn':
        this.changeConsent(recorded, event.data.sealed, event.type === 'ConsentGranted');
        break;
      case 'InteractionRecorded':
        this.addRecord(recorded, event.data);
        break;
      case 'RecordsQuarantined':
        for (const label of event.data.labels)
          if (!this.quarantinedAt.has(label)) this.quarantinedAt.set(label, recorded.position);
        break;
      case 'RecordsErased':
        this.noteErasure(event.data);
        break;
      default:
        break; // requests, rebuilds, publications: they name datasets, they do not change them
    }
  }

  /** Items on offer at a position, as they were described then. */
  catalogueAt(position: bigint): CatalogueItem[] {
    const changes = this.catalogue.filter((change) => change.position <= position);
    const last = new Map(changes.map(({ item, description }) => [item, description]));
    return [...last.values()].filter((description) => description !== undefined);
  }

  /**
   * How many labels of the shard erasures name that came after its dataset was made. Not all of them need have been in it: the log tells no
   * more of a record that is gone than its label.
   */
  erasedLater(shard: number): number {
    return this.erased.get(shard)?.size ?? 0;
  }

  /** True when records that the aggregator read were erased after it was made. */
  hasAggregatorLostRecords(): boolean {
    return this.aggregatorLost;
  }

  /** What a shard trained on, packed, subjects by id and records by label. */
  shardRecords(shard: number, catalogue: ReadonlySet<string>): SubjectRecords[] {
    const position = this.scope.positionOf(shard);
    if (position === undefined) throw new RangeError(`shard ${shard} was not asked for`);
    return this.recordsAt(position, shard, catalogue);
  }

  /** What the aggregator read of a shard. */
  aggregatorRecords(shard: number, catalogue: ReadonlySet<string>): SubjectRecords[] {
    const { aggregatorAt } = this.scope;
    if (aggregatorAt === undefined) throw new RangeError("the aggregator's records were not asked for");
    return this.recordsAt(aggregatorAt, shard, catalogue);
  }

  private recordsAt(position: bigint, shard: number, catalogue: ReadonlySet<string>): SubjectRecords[] {
    return [...this.subjects]
      .map(([subject, { records, consents }]) => {
        const since = consentSince(consents.get(this.purpose) ?? [], position);
        const present = [...(records.get(shard) ?? [])].filter(
          ([label, record]) =>
            record.purpose === this.purpose &&
            record.position <= position &&
            since !== undefined &&
            since < record.position &&
            catalogue.has(record.item) &&
            !this.isQuarantined(label, position),
        );
        return {
          subject,
          records: present.map(([, record]) => record).sort((a, b) => compareBytes(a.label, b.label)),
        };
      })
      .filter(({ records }) => records.length > 0)
      .sort((a, b) => compareBytes(utf8(a.subject), utf8(b.subject)))
      .map(({ subject, records }) => ({ subject, records: packRecords(records) }));
  }

  private addRecord(recorded: RecordedEvent, data: DataOf<'InteractionRecorded'>): void {
    const placed = this.scope.place(recorded, data);
    if (placed === undefined) return;
    const { subject, label, shard, position } = placed;
    const {
      i: item,
      t: type,
      s: time,
      v: value,
      p: purpose,
      o,
    } = this.open(recorded, data.sealed) as SealedInteraction;
    const labelKey = this.keys.labelKey(subject);
    if (labelKey === undefined)
      throw new VerificationError('REPLAY_KEY_MISSING', 'the replay keys lack a label key', {
        facts: { subject },
      });
    if (!equalBytes(recordLabel(labelKey, { item, type, time }, this.hmac), label))
      throw new VerificationError('REPLAY_LABEL_MISMATCH', 'a record is not the one that its label names', {
        facts: { position: recorded.position.toString() },
      });
    const record: StoredRecord = {
      item,
      type,
      time,
      value,
      purpose,
      label,
      opening: fromBase64Url(o),
      position,
    };
    const { records } = this.subject(subject);
    const ofShard = records.get(shard);
    if (ofShard === undefined) records.set(shard, new Map([[data.label, record]]));
    else if (!ofShard.has(data.label)) ofShard.set(data.label, record);
  }

  private changeConsent(recorded: RecordedEvent, sealed: string, given: boolean): void {
    if (recorded.position > this.scope.last) return;
    const subject = subjectOfStream(recorded.stream);
    const { purpose } = this.open(recorded, sealed) as { purpose: string };
    const { consents } = this.subject(subject);
    consents.set(purpose, [...(consents.get(purpose) ?? []), { position: recorded.position, given }]);
  }

  private noteErasure({ subject, labels }: DataOf<'RecordsErased'>): void {
    const { aggregatorAt } = this.scope;
    for (const label of labels) {
      const shard = this.scope.shardOf(subject, label);
      const position = this.scope.positionOf(shard);
      if (position !== undefined && !this.isQuarantined(label, position))
        this.erased.set(shard, (this.erased.get(shard) ?? new Set()).add(label));
      if (aggregatorAt !== undefined && !this.isQuarantined(label, aggregatorAt)) this.aggregatorLost = true;
    }
  }

  private isQuarantined(label: string, position: bigint): boolean {
    const since = this.quarantinedAt.get(label);
    return since !== undefined && since <= position;
  }

  private open({ stream, id, type, position }: RecordedEvent, sealed: string): unknown {
    const subject = subjectOfStream(stream);
    const keyName =
      type === 'InteractionRecorded'
        ? keyNames.interactions(subject, generationOfStream(stream))
        : keyNames.profile(subject);
    try {
      return JSON.parse(fromUtf8(this.keys.open(keyName, sealed, sealingContext(stream, id, type))));
    } catch (cause) {
      if (cause instanceof VerificationError) throw cause;
      throw new VerificationError('REPLAY_PAYLOAD_DAMAGED', 'an event does not open under its key', {
        facts: { position: position.toString() },
        cause,
      });
    }
  }

  private subject(subject: string): ReplayedSubject {
    let known = this.subjects.get(subject);
    if (known === undefined)
      this.subjects.set(subject, (known = { records: new Map(), consents: new Map() }));
    return known;
  }
}

/** Position of the grant that has held up to `position`; undefined when none does. */
function consentSince(changes: readonly ConsentChange[], position: bigint): bigint | undefined {
  let since: bigint | undefined;
  for (const change of changes) {
    if (change.position > position) break;
    since = change.given ? (since ?? change.position) : undefined;
  }
  return since;
}
