import type { DataOf, LedgerEvent } from '#libs/contracts';
import { fromHex, toHex } from '#libs/essentials';
import type { Checkpoint } from '#libs/merkle';
import { namedEventId, streamNames, type EventStore } from '#libs/messaging';

type Published = DataOf<'CheckpointPublished'>;
const TYPE = 'CheckpointPublished' satisfies LedgerEvent['type'];

/**
 * What was published, as the event log tells it. It is written before a checkpoint leaves this process, so that a ledger which forgets
 * leaves together with its checkpoint is found out by the other store.
 */
export class CheckpointHistory {
  constructor(
    private readonly events: Pick<EventStore, 'append' | 'readStream'>,
    private readonly origin: string,
  ) {}

  /** The newest checkpoint on record; undefined when there is none. */
  async last(): Promise<Checkpoint | undefined> {
    const stream = streamNames.ledger(this.origin);
    for await (const { type, data } of this.events.readStream(stream, { direction: 'backwards' }))
      if (type === TYPE) return checkpointOf(data as Published);
    return undefined;
  }

  /** Durable when it resolves; the same checkpoint is recorded once. */
  async record({ origin, size, root }: Checkpoint): Promise<void> {
    const data: Published = { origin, size, rootHash: toHex(root) };
    const id = namedEventId(TYPE, origin, String(size), data.rootHash);
    await this.events.append(streamNames.ledger(this.origin), [{ id, type: TYPE, data }]);
  }
}

function checkpointOf({ origin, size, rootHash }: Published): Checkpoint {
  return { origin, size, root: fromHex(rootHash) };
}
