import { keyNames, type RequestKind, type SealedInteraction } from '#libs/contracts';
import { fromBase64Url, toBase64Url, utf8 } from '#libs/essentials';
import {
  interactionEventId,
  sealingContext,
  streamNames,
  type EventStore,
  type NewEvent,
  type Vault,
} from '#libs/messaging';
import { nodeSha256 } from '#platform/crypto';

export const PURPOSE = 'recommendations';
const AT = '2026-01-02T03:04:05.678Z';

/** Writes the events that the stages write, the way they write them; for the specs of the projections. */
export class SpecLog {
  private requests = 0;
  private eventNumber = 0;

  constructor(
    readonly store: EventStore,
    readonly vault: Vault,
  ) {}

  /** The label of a person's record of that number. */
  static label(subject: string, number: number): string {
    return toBase64Url(nodeSha256(utf8(`label ${subject} ${number}`)));
  }

  async item(item: string, title = item): Promise<bigint> {
    return this.append(streamNames.catalogue(item), 'ItemCatalogued', { item, title, categories: ['any'] });
  }

  async feature(item: string): Promise<bigint> {
    const data = { item, title: item, categories: [], kind: 'feature' };
    return this.append(streamNames.catalogue(item), 'ItemCatalogued', data);
  }

  async withdrawItem(item: string): Promise<bigint> {
    return this.append(streamNames.catalogue(item), 'ItemWithdrawn', { item });
  }

  async enrol(name: string, consents = true): Promise<string> {
    const [{ subject }] = this.vault.enrolSubjects([name]);
    await this.append(streamNames.subject(subject), 'SubjectEnrolled', { subject });
    if (consents) await this.consent(subject);
    return subject;
  }

  async consent(
    subject: string,
    purpose = PURPOSE,
    type: 'ConsentGranted' | 'ConsentWithdrawn' = 'ConsentGranted',
  ) {
    const stream = streamNames.subject(subject);
    return this.append(stream, type, (id) => ({
      sealed: this.seal(keyNames.profile(subject), { purpose }, stream, id, type),
    }));
  }

  async record(
    subject: string,
    number: number,
    item = `item-${number % 5}`,
    purpose = PURPOSE,
  ): Promise<string> {
    const label = SpecLog.label(subject, number);
    const opening = toBase64Url(nodeSha256(utf8(`opening ${number} ${this.eventNumber++}`)).subarray(0, 16));
    const content: SealedInteraction = {
      i: item,
      t: 'rating',
      s: 978300000 + number,
      v: 4,
      p: purpose,
      o: opening,
    };
    await this.write(subject, this.vault.currentGeneration(subject), label, content);
    return label;
  }

  async quarantine(subject: string, labels: readonly string[], kind: RequestKind): Promise<string> {
    const requestId = `r${++this.requests}`;
    await this.append(streamNames.request(requestId), 'RecordsQuarantined', {
      requestId,
      subject,
      kind,
      labels,
    });
    return requestId;
  }

  /** Carries what is kept into the next generation, tombstones the old stream, destroys its key, and says so. */
  async eraseRecords(requestId: string, subject: string, labels: readonly string[]): Promise<void> {
    const generation = this.vault.currentGeneration(subject);
    const from = streamNames.interactions(subject, generation);
    this.vault.ensureKey(keyNames.interactions(subject, generation + 1));
    let kept = 0;
    for await (const event of this.store.readStream(from)) {
      const { label, sealed } = event.data as { label: string; sealed: string };
      if (labels.includes(label)) continue;
      const context = sealingContext(from, event.id, event.type);
      const plaintext = this.vault.open(keyNames.interactions(subject, generation), sealed, context);
      const carriedFrom = event.metadata.carriedFrom ?? event.position.toString();
      const content = JSON.parse(Buffer.from(plaintext).toString()) as SealedInteraction;
      await this.write(subject, generation + 1, label, content, { carriedFrom });
      kept++;
    }
    await this.store.tombstone(from);
    this.vault.destroyKeys([keyNames.interactions(subject, generation)], AT);
    await this.erased(requestId, subject, labels, kept, generation + 1, [from]);
  }

  /** Tombstones everything of a person, destroys the keys, and says so. */
  async eraseSubject(requestId: string, subject: string, labels: readonly string[]): Promise<void> {
    const streams = [streamNames.subject(subject)];
    for (let g = 0; g <= this.vault.currentGeneration(subject); g++)
      streams.push(streamNames.interactions(subject, g));
    for (const stream of streams) await this.store.tombstone(stream);
    this.vault.forgetSubject(subject);
    this.vault.destroyKeys(this.vault.liveKeys(`${subject}/`), AT);
    await this.erased(requestId, subject, labels, 0, null, streams);
  }

  private erased(
    requestId: string,
    subject: string,
    labels: readonly string[],
    kept: number,
    generation: number | null,
    tombstonedStreams: readonly string[],
  ): Promise<bigint> {
    const coarseLabels = labels.map((label) => toBase64Url(nodeSha256(utf8(`day of ${label}`))));
    const data = {
      requestId,
      subject,
      labels,
      coarseLabels,
      kept,
      generation,
      tombstonedStreams,
      erasedAt: AT,
    };
    return this.append(streamNames.request(requestId), 'RecordsErased', data);
  }

  private async write(
    subject: string,
    generation: number,
    label: string,
    content: SealedInteraction,
    metadata?: NewEvent['metadata'],
  ): Promise<void> {
    const stream = streamNames.interactions(subject, generation);
    const id = interactionEventId(fromBase64Url(label), generation, nodeSha256);
    const type = 'InteractionRecorded';
    const sealed = this.seal(keyNames.interactions(subject, generation), content, stream, id, type);
    await this.store.append(stream, [{ id, type, data: { label, sealed }, metadata }]);
  }

  private seal(key: string, content: unknown, stream: string, id: string, type: string): string {
    return this.vault.seal(key, utf8(JSON.stringify(content)), sealingContext(stream, id, type));
  }

  private async append(
    stream: string,
    type: string,
    data: object | ((id: string) => object),
  ): Promise<bigint> {
    const id = `00000000-0000-4000-8000-${(++this.eventNumber).toString(16).padStart(12, '0')}`;
    const value = typeof data === 'function' ? (data as (id: string) => object)(id) : data;
    return (await this.store.append(stream, [{ id, type, data: value }])).position;
  }
}
