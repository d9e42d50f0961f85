import { tombstoneOf } from '#libs/certificate';
import type { DataOf } from '#libs/contracts';
import { fromBase64Url, toHex } from '#libs/essentials';
import { sha256Many } from '#libs/kernels';
import { PagedSparseMap } from '#libs/merkle';
import type { EventStore } from '#libs/messaging';
import { DatasetsError, guarded } from './datasets-error.js';
import type { MapStore, StoredVersion } from './map-store.js';

const NAME = 'tombstones';
const EMPTY_ROOT = new Uint8Array(32);

export interface TombstoneSummary {
  /** Hex. */
  readonly root: string;
  readonly count: number;
}

/** How the labels of one request came into the map; the proof is a pruned map that is also about all of them. */
export interface TombstoneDelta {
  readonly before: TombstoneSummary;
  readonly after: TombstoneSummary;
  readonly proof: Uint8Array;
}

/**
 * The map of every label that was ever deleted (DESIGN §6): a projection of RecordsErased, one version a request, in the order of the
 * log. It is made again from the events when its database is lost.
 */
export class Tombstones {
  constructor(
    private readonly store: MapStore,
    private readonly events: Pick<EventStore, 'readAll'>,
  ) {}

  /** The map as it was when the log had come to this position. */
  async asOf(position: bigint): Promise<TombstoneSummary> {
    await this.catchUp();
    return guarded(() => this.summary(this.store.lastTombstoneStep(position)?.number ?? 0));
  }

  /** @throws DatasetsError TOMBSTONES_NOT_CAUGHT_UP where the log has no RecordsErased of the request */
  async deltaOf(requestId: string, labels: readonly Uint8Array[]): Promise<TombstoneDelta> {
    await this.catchUp();
    return guarded(() => {
      const step = this.store.tombstoneStepOf(requestId);
      if (step === undefined)
        throw new DatasetsError('TOMBSTONES_NOT_CAUGHT_UP', 'the records of the request are not erased yet', {
          facts: { requestId },
          nextStep: 'Finish the request with `lacuna resume`.',
        });
      const before = step.number - 1;
      const map = new PagedSparseMap(this.store.pages(NAME, before), sha256Many);
      const { proof } = map.change({ put: labels.map(tombstoneOf) });
      return { before: this.summary(before), after: this.summary(step.number), proof };
    });
  }

  private async catchUp(): Promise<void> {
    const from = this.store.lastTombstoneStep()?.position;
    for await (const { data, position } of this.events.readAll({
      from,
      filter: { types: ['RecordsErased'] },
    }))
      this.add(data as DataOf<'RecordsErased'>, position);
  }

  private add({ requestId, labels }: DataOf<'RecordsErased'>, position: bigint): void {
    this.store.transaction(() => {
      if (this.store.tombstoneStepOf(requestId) !== undefined) return; // appended twice to the log
      const last = this.store.lastTombstoneStep()?.number ?? 0;
      const number = last + 1;
      const map = new PagedSparseMap(this.store.pages(NAME, last, number), sha256Many);
      const { root, count } = map.change({ put: labels.map((label) => tombstoneOf(fromBase64Url(label))) });
      this.store.addVersion(NAME, { number, root, count });
      this.store.addTombstoneStep({ number, request: requestId, position });
    });
  }

  private summary(number: number): TombstoneSummary {
    const empty: StoredVersion = { number: 0, root: EMPTY_ROOT, count: 0 };
    const { root, count } = this.store.versionUpTo(NAME, number) ?? empty;
    return { root: toHex(root), count };
  }
}
