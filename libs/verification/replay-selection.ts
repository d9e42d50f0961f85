import { keyNames, type LacunaEvent } from '#libs/contracts';
import { generationOfStream, streamNames, subjectOfStream, type RecordedEvent } from '#libs/messaging';
import type { ReplayScope } from './replay-scope.js';

/** The line whose version is replayed, and up to where its catalogue was taken in. */
export interface SelectedVersion {
  readonly line: string;
  readonly cataloguePosition: bigint;
}

/**
 * Chooses the events and keys that one replay reads, so that an auditor is given no others: of people, those whose records are in the wanted
 * datasets; of requests, what they put out of use there. A consent comes before the records that it lets in, so the log is gone through
 * twice: `gather` hears of the records, `wants` then decides about each event.
 */
export class ReplaySelection {
  private readonly keys = new Set<string>();
  private readonly people = new Set<string>();

  constructor(
    private readonly scope: ReplayScope,
    private readonly version: SelectedVersion,
  ) {
    this.keys.add(keyNames.partition(version.line));
  }

  /** Takes note of an InteractionRecorded event. */
  gather(recorded: RecordedEvent): void {
    const event = recorded as unknown as LacunaEvent;
    if (event.type !== 'InteractionRecorded') return;
    const placed = this.scope.place(recorded, event.data);
    if (placed === undefined) return;
    const { subject } = placed;
    this.keys.add(keyNames.interactions(subject, generationOfStream(recorded.stream)));
    if (this.people.has(subject)) return;
    this.people.add(subject);
    this.keys.add(keyNames.profile(subject)).add(keyNames.label(subject));
  }

  /** Names of the keys that the chosen events need, as `keyNames` makes them. */
  keyNames(): readonly string[] {
    return [...this.keys];
  }

  wants(recorded: RecordedEvent): boolean {
    const event = recorded as unknown as LacunaEvent;
    const isWithin = recorded.position <= this.scope.last;
    switch (event.type) {
      case 'ModelGenesis':
        return recorded.stream === streamNames.model(this.version.line);
      case 'ItemCatalogued':
      case 'ItemWithdrawn':
        return recorded.position <= this.version.cataloguePosition;
      case 'ConsentGranted':
      case 'ConsentWithdrawn':
        return isWithin && this.people.has(subjectOfStream(recorded.stream));
      case 'InteractionRecorded':
        return this.scope.place(recorded, event.data) !== undefined;
      case 'RecordsQuarantined':
      case 'RecordsReleased':
        return isWithin && this.concerns(event.data);
      case 'RecordsErased':
        return this.concerns(event.data);
      default:
        return false;
    }
  }

  private concerns({
    subject,
    labels,
  }: {
    readonly subject: string;
    readonly labels: readonly string[];
  }): boolean {
    return (
      this.people.has(subject) ||
      labels.some((label) => this.scope.isWanted(this.scope.shardOf(subject, label)))
    );
  }
}
