import { keyNames, type InteractionEvent } from '#libs/contracts';
import { fromBase64Url, type Sha256 } from '#libs/essentials';
import {
  EventStoreError,
  generationOfStream,
  interactionEventId,
  sealingContext,
  streamNames,
  type EventStore,
  type NewEvent,
  type RecordedEvent,
  type Vault,
} from '#libs/messaging';

export interface RemovedRecords {
  /** Records that live on in the next generation. */
  readonly kept: number;
  /** Generation that holds them; null when the subject is gone. */
  readonly generation: number | null;
  readonly tombstonedStreams: readonly string[];
}

const GONE: RemovedRecords = { kept: 0, generation: null, tombstonedStreams: [] };
const BATCH = 500;

/**
 * Destroys what was asked to be destroyed, and nothing else. Each method may be repeated after a crash at any point and ends in
 * the same state. Order matters: kept records are durable under the new key before an old stream or key goes.
 */
export class Shredder {
  constructor(
    private readonly store: EventStore,
    private readonly vault: Vault,
    private readonly hash: Sha256,
  ) {}

  /**
   * Re-writes the kept records of every generation that holds a deleted one into the next generation under a new key, then
   * tombstones the old streams. Their keys are left for destroyKeys.
   * @param labels record labels to drop, base64url
   */
  async removeRecords(subject: string, labels: ReadonlySet<string>): Promise<RemovedRecords> {
    const generations = this.liveGenerations(subject);
    if (generations.length === 0) return GONE; // the person was erased since the records were asked for
    const sources: number[] = [];
    for (const generation of generations)
      if (await this.mustGo(subject, generation, labels)) sources.push(generation);
    const current = Math.max(...generations);
    if (sources.length === 0)
      return { kept: await this.carriedInto(subject, current), generation: current, tombstonedStreams: [] };

    const target = sources.includes(current) ? current + 1 : current;
    this.vault.ensureKey(keyNames.interactions(subject, target));
    for (const source of sources) await this.replace(subject, source, target, labels);
    const tombstonedStreams = sources.map((generation) => streamNames.interactions(subject, generation));
    return { kept: await this.carriedInto(subject, target), generation: target, tombstonedStreams };
  }

  /** Tombstones everything recorded about a person and takes the person out of the directory. */
  async removeSubject(subject: string): Promise<RemovedRecords> {
    const streams = [
      ...this.allGenerations(subject).map((g) => streamNames.interactions(subject, g)),
      streamNames.subject(subject),
    ];
    for (const stream of streams) await this.store.tombstone(stream);
    this.vault.forgetSubject(subject);
    return { kept: 0, generation: null, tombstonedStreams: streams };
  }

  /** Keys that sealed the tombstoned streams; for a removed person all of that person's keys. */
  keysOf(subject: string, removed: RemovedRecords): string[] {
    if (removed.generation !== null)
      return removed.tombstonedStreams.map((stream) =>
        keyNames.interactions(subject, generationOfStream(stream)),
      );
    const everyKey = keyPrefix(subject);
    return [
      ...this.vault.liveKeys(everyKey),
      ...this.vault.destroyedKeys(everyKey).map(({ name }) => name),
    ].sort();
  }

  destroyKeys(keys: readonly string[], destroyedAt: string): void {
    this.vault.destroyKeys(keys, destroyedAt);
  }

  private liveGenerations(subject: string): number[] {
    return this.vault.liveKeys(interactionPrefix(subject)).map(generationOfStream);
  }

  private allGenerations(subject: string): number[] {
    const destroyed = this.vault
      .destroyedKeys(interactionPrefix(subject))
      .map(({ name }) => generationOfStream(name));
    return [...new Set([...this.liveGenerations(subject), ...destroyed])].sort((a, b) => a - b);
  }

  private async mustGo(subject: string, generation: number, labels: ReadonlySet<string>): Promise<boolean> {
    const stream = streamNames.interactions(subject, generation);
    if ((await this.store.streamState(stream)) === 'tombstoned') return true; // an interrupted run had come this far
    for await (const event of this.store.readStream(stream))
      if (labels.has(interactionOf(event).label)) return true;
    return false;
  }

  /** Carries forward and tombstones at the revision that was read, again when a record slipped in between. */
  private async replace(
    subject: string,
    source: number,
    target: number,
    labels: ReadonlySet<string>,
  ): Promise<void> {
    const stream = streamNames.interactions(subject, source);
    while ((await this.store.streamState(stream)) === 'live') {
      const expectedRevision = await this.carryForward(subject, source, target, labels);
      try {
        await this.store.tombstone(stream, { expectedRevision });
      } catch (error) {
        if (!(error instanceof EventStoreError && error.code === 'WRONG_EXPECTED_REVISION')) throw error;
      }
    }
  }

  /** @returns the revision up to which the source was read */
  private async carryForward(
    subject: string,
    source: number,
    target: number,
    labels: ReadonlySet<string>,
  ): Promise<number> {
    const destination = streamNames.interactions(subject, target);
    let batch: NewEvent[] = [];
    let revision = 0;
    for await (const event of this.store.readStream(streamNames.interactions(subject, source))) {
      revision = event.revision;
      if (labels.has(interactionOf(event).label)) continue;
      batch.push(this.resealed(event, subject, source, target));
      if (batch.length < BATCH) continue;
      await this.store.append(destination, batch);
      batch = [];
    }
    if (batch.length > 0) await this.store.append(destination, batch);
    return revision;
  }

  private resealed(event: RecordedEvent, subject: string, source: number, target: number): NewEvent {
    const { label, sealed } = interactionOf(event);
    const plaintext = this.vault.open(
      keyNames.interactions(subject, source),
      sealed,
      sealingContext(event.stream, event.id, event.type),
    );
    const id = interactionEventId(fromBase64Url(label), target, this.hash);
    const stream = streamNames.interactions(subject, target);
    const type = 'InteractionRecorded' satisfies InteractionEvent['type'];
    return {
      id,
      type,
      data: {
        label,
        sealed: this.vault.seal(
          keyNames.interactions(subject, target),
          plaintext,
          sealingContext(stream, id, type),
        ),
      },
      metadata: { ...event.metadata, carriedFrom: event.metadata.carriedFrom ?? event.position.toString() },
    };
  }

  private async carriedInto(subject: string, generation: number): Promise<number> {
    let carried = 0;
    for await (const event of this.store.readStream(streamNames.interactions(subject, generation)))
      if (event.metadata.carriedFrom !== undefined) carried++;
    return carried;
  }
}

function keyPrefix(subject: string): string {
  return `${subject}/`;
}

function interactionPrefix(subject: string): string {
  return `${keyPrefix(subject)}interactions~`;
}

function interactionOf(event: RecordedEvent): InteractionEvent['data'] {
  return event.data as InteractionEvent['data'];
}
