import { keyNames, type InteractionEvent } from '#libs/contracts';
import { EventStoreError, streamNames, type EventStore, type Vault } from '#libs/messaging';

/** A person of whom it matters what is stored. */
interface Person {
  readonly subject: string;
  /** The current one. */
  readonly generation: number;
}

/**
 * Labels of what is stored about the few people of a batch who send something that resembles a deleted record: a record that was kept
 * may be sent again, whatever else was deleted on that day. Questions are synchronous; who asks for a person not read yet reads and asks again.
 */
export class StoredLabels {
  private readonly known = new Map<string, ReadonlySet<string>>();
  private readonly missing = new Map<string, Person>();

  constructor(
    private readonly store: Pick<EventStore, 'readStream'>,
    private readonly vault: Pick<Vault, 'keyState'>,
  ) {}

  /** False for a person who has not been read yet, and who is then noted for `readMissing`. */
  has(person: Person, label: string): boolean {
    const labels = this.known.get(person.subject);
    if (labels === undefined) this.missing.set(person.subject, person);
    return labels?.has(label) ?? false;
  }

  /** Whether somebody was asked about who has not been read: then answers given before may be wrong. */
  get isMissing(): boolean {
    return this.missing.size > 0;
  }

  async readMissing(): Promise<void> {
    const people = [...this.missing.values()];
    this.missing.clear();
    for (const person of people) this.known.set(person.subject, await this.read(person));
  }

  private async read({ subject, generation }: Person): Promise<ReadonlySet<string>> {
    const labels = new Set<string>();
    for (let g = 0; g <= generation; g++)
      if (this.vault.keyState(keyNames.interactions(subject, g)) === 'live')
        await this.readStream(streamNames.interactions(subject, g), labels);
    return labels;
  }

  private async readStream(stream: string, labels: Set<string>): Promise<void> {
    try {
      for await (const { data } of this.store.readStream(stream))
        labels.add((data as InteractionEvent['data']).label);
    } catch (error) {
      // Re-written meanwhile: what was kept is in a later generation, and the append of the batch will be planned anew.
      if (!(error instanceof EventStoreError && error.code === 'STREAM_TOMBSTONED')) throw error;
    }
  }
}
