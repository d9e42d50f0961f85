import { setImmediate } from 'node:timers/promises';
import type { EventStore, PayloadSealer } from '#libs/messaging';
import { RecordChunks, type RecordChunk } from './record-chunks.js';

export interface FoldedInteractions {
  /** InteractionRecorded events that were read, opened or not. */
  readonly events: number;
  /** At most one a subject. */
  readonly chunks: readonly RecordChunk[];
}

/** Opens and packs the InteractionRecorded events of windows of the log, for whoever folds a long log. */
export interface InteractionFold {
  /** Windows that it works on at a time; more would only fill memory. */
  readonly windowsAhead: number;
  /**
   * All of them with after < position ≤ upTo; those whose key was destroyed are passed over.
   * @throws VaultError KEY_UNKNOWN, PAYLOAD_DAMAGED
   */
  fold(after: bigint, upTo: bigint): Promise<FoldedInteractions>;
  /** Gives back what it holds; called when no backlog is left or folding ends early. It may be asked again afterwards. */
  release(): Promise<void>;
}

const EVENTS_A_TURN = 2_000;

/** Folds on the thread of the caller. */
export class StoreInteractionFold implements InteractionFold {
  readonly windowsAhead = 1;

  constructor(
    private readonly store: Pick<EventStore, 'readAll'>,
    private readonly sealer: Pick<PayloadSealer, 'open'>,
  ) {}

  async fold(after: bigint, upTo: bigint): Promise<FoldedInteractions> {
    const chunks = new RecordChunks(this.sealer);
    const filter = { types: ['InteractionRecorded'] };
    let events = 0;
    for await (const event of this.store.readAll({ from: after, upTo, filter })) {
      chunks.add(event);
      if (++events % EVENTS_A_TURN === 0) await setImmediate(); // others of this process get their turn
    }
    return { events, chunks: chunks.take() };
  }

  async release(): Promise<void> {}
}
