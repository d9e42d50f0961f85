import {
  catalogueLists,
  keyNames,
  packRecords,
  recordLabel,
  usableEntries,
  type CatalogueItem,
  type DataOf,
  type LacunaEvent,
  type ModelConfig,
  type SealedInteraction,
  type StoredRecord,
  type UsableEntries,
} from '#libs/contracts';
import { compareBytes, equalBytes, fromBase64Url, fromUtf8, type HmacSha256 } from '#libs/essentials';
import {
  generationOfStream,
  sealingContext,
  subjectOfStream,
  type PayloadSealer,
  type RecordedEvent,
} from '#libs/messaging';
import type { Partition } from '#libs/sharding';
import { ReplayScope, type ReplayWanted } from './replay-scope.js';
import { EVERYBODY, isInShare } from './replay-share.js';
import type { ReplayedRecords, SubjectRecords } from './replayed-records.js';
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

interface Quarantine {
  readonly requestId: string;
  readonly from: bigint;
  /** Where the request was taken back, or what it restricted was released. */
  until?: bigint;
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
  'RecordsReleased',
  'RecordsErased',
] as const satisfies readonly LacunaEvent['type'][];

/**
 * Folds the log into the datasets that the wanted shards had, each as of its own position. Written for auditors: it shares no
 * state with the operator's projections and recomputes every label from its record.
 *
 * A record belongs to a dataset when, up to the dataset's position, it was recorded, consent for its purpose had been given before
 * it and not been withdrawn since, and no request had put it out of use and not released it again.
 *
 * A share folds the records and consents of its own people only, and everything else; mergeReplayed makes the whole of all shares.
 */
export class ReplayDataset {
  /** Changes of the catalogue, oldest first; a withdrawal has no description. */
  private readonly catalogue: { position: bigint; item: string; description?: CatalogueItem }[] = [];
  private readonly subjects = new Map<string, ReplayedSubject>();
  /** By label: from where to where in the log a request had put it out of use. */
  private readonly quarantines = new Map<string, Quarantine[]>();
  /** The same of people of whom nothing was used: they had asked for erasure or restriction. */
  private readonly withheld = new Map<string, Quarantine[]>();
  private readonly scope: ReplayScope;
  /** Labels, base64url, that erasures after a shard's position name, and that were in use until then. */
  private readonly erased = new Map<number, Set<string>>();
  private aggregatorLost = false;

  constructor(
    wanted: ReplayWanted,
    private readonly purposes: Pick<ModelConfig, 'purpose' | 'profilePurpose'>,
    private readonly partition: Partition,
    private readonly keys: ReplayKeys,
    private readonly hmac: HmacSha256,
    private readonly share = EVERYBODY,
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
        if (this.isMine(recorded))
          this.changeConsent(recorded, event.data.sealed, event.type === 'ConsentGranted');
        break;
      case 'InteractionRecorded':
        if (this.isMine(recorded)) this.addRecord(recorded, event.data);
        break;
      case 'RecordsQuarantined':
        this.quarantine(event.data, recorded.position);
        break;
      case 'RecordsReleased':
        this.release(event.data, recorded.position);
        break;
      case 'RecordsErased':
        this.noteErasure(event.data);
        break;
      default:
        break; // requests, rebuilds, publications: they name datasets, they do not change them
    }
  }

  /**
   * What the wanted datasets were, as far as the events that were folded tell.
   * @param cataloguePosition up to where the version took in its catalogue
   */
  records(cataloguePosition: bigint): ReplayedRecords {
    const catalogue = this.catalogueAt(cataloguePosition);
    const usable = usableEntries(this.purposes, catalogueLists(catalogue));
    const { wanted, aggregatorAt } = this.scope;
    return {
      catalogue,
      shards: wanted.map(({ shard, position }) => ({
        shard,
        subjects: this.recordsAt(position, shard, usable),
        erasedLater: this.erased.get(shard)?.size ?? 0,
      })),
      aggregator:
        aggregatorAt === undefined
          ? []
          : Array.from({ length: this.partition.shards }, (_, shard) => ({
              shard,
              subjects: this.recordsAt(aggregatorAt, shard, usable),
            })),
      hasAggregatorLostRecords: this.aggregatorLost,
    };
  }

  private catalogueAt(position: bigint): CatalogueItem[] {
    const changes = this.catalogue.filter((change) => change.position <= position);
    const last = new Map(changes.map(({ item, description }) => [item, description]));
    return [...last.values()].filter((description) => description !== undefined);
  }

  /** Whether the event is about a person of this share, by the name of its stream. */
  private isMine({ stream }: RecordedEvent): boolean {
    return isInShare(subjectOfStream(stream), this.share);
  }

  private recordsAt(position: bigint, shard: number, usable: UsableEntries): SubjectRecords[] {
    return [...this.subjects]
      .map(([subject, { records, consents }]) => {
        const isConsented = consentedAt(consents, usable.keys(), position);
        const present = [...(records.get(shard) ?? [])].filter(
          ([label, record]) =>
            record.position <= position &&
            isConsented(record) &&
            !isWithin(this.withheld.get(subject), position) &&
            usable.get(record.purpose)?.has(record.item) === true &&
            !this.isQuarantined(label, position),
        );
        return {
          subject,
          records: present.map(([, record]) => record).sort((a, b) => compareBytes(a.label, b.label)),
        };
      })
      .filter(({ records }) => records.length > 0)
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

  private quarantine({ requestId, subject, kind, labels }: DataOf<'RecordsQuarantined'>, from: bigint): void {
    for (const label of labels) begin(this.quarantines, label, { requestId, from });
    if (kind === 'erasure' || kind === 'restriction') begin(this.withheld, subject, { requestId, from });
  }

  private release({ requestId, subject, labels }: DataOf<'RecordsReleased'>, until: bigint): void {
    for (const label of labels) end(this.quarantines.get(label), requestId, until);
    end(this.withheld.get(subject), requestId, until);
  }

  private isQuarantined(label: string, position: bigint): boolean {
    return isWithin(this.quarantines.get(label), position);
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

function begin(quarantines: Map<string, Quarantine[]>, of: string, quarantine: Quarantine): void {
  const known = quarantines.get(of);
  if (known === undefined) quarantines.set(of, [quarantine]);
  else known.push(quarantine);
}

function end(quarantines: readonly Quarantine[] = [], requestId: string, until: bigint): void {
  for (const quarantine of quarantines) if (quarantine.requestId === requestId) quarantine.until ??= until;
}

function isWithin(quarantines: readonly Quarantine[] = [], position: bigint): boolean {
  return quarantines.some(({ from, until }) => from <= position && (until === undefined || position < until));
}

/** Whether a record came under a consent for one of the purposes that has held up to `position`. */
function consentedAt(
  consents: ReplayedSubject['consents'],
  purposes: Iterable<string>,
  position: bigint,
): (record: StoredRecord) => boolean {
  const since = new Map(
    Array.from(purposes, (purpose) => [purpose, consentSince(consents.get(purpose) ?? [], position)]),
  );
  return (record) => {
    const from = since.get(record.purpose);
    return from !== undefined && from < record.position;
  };
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
