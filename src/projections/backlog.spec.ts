import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { VaultError, type Vault } from '#libs/messaging';
import { readModelPlaces, refusalOfAsync, type ReadModelPlaces } from '#libs/testkit';
import { InMemoryEventStore } from '#stages/event-store';
import { FileVault } from '#stages/vault';
import {
  openProjections,
  StoreInteractionFold,
  type FoldedInteractions,
  type InteractionFold,
  type Projections,
  type ProjectionsOptions,
} from './index.js';
import { SpecLog } from './spec-log.js';

/** The fold of the product, watched, and stopped or failing when a window begins at or behind a position. */
class WatchedFold implements InteractionFold {
  readonly windows: [bigint, bigint][] = [];
  underWay = 0;
  mostUnderWay = 0;
  released = 0;

  constructor(
    private readonly inner: InteractionFold,
    readonly windowsAhead: number,
    private readonly onWindow: (after: bigint) => unknown = () => undefined,
  ) {}

  async fold(after: bigint, upTo: bigint): Promise<FoldedInteractions> {
    this.windows.push([after, upTo]);
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    await this.onWindow(after);
    const folded = await this.inner.fold(after, upTo);
    this.underWay--;
    return folded;
  }

  async release(): Promise<void> {
    this.released++;
  }
}

describe.each(await readModelPlaces('backlog'))('a long backlog on $dialect', ({ next, drop }) => {
  afterAll(drop);
  let log: SpecLog;
  let vault: Vault;
  let subject: string;
  let place: ReturnType<ReadModelPlaces['next']>;
  const opened: Projections[] = [];
  const open = async (options: Partial<ProjectionsOptions> = {}): Promise<Projections> => {
    const projections = await openProjections({ place, store: log.store, sealer: vault, ...options });
    opened.push(projections);
    return projections;
  };
  const watched = (windowsAhead: number, onWindow?: (after: bigint) => unknown): WatchedFold =>
    new WatchedFold(new StoreInteractionFold(log.store, vault), windowsAhead, onWindow);

  /** Enrolment and consent at positions 1 and 2, records from 3 to 20. */
  beforeEach(async () => {
    vault = FileVault.open({ file: ':memory:', kek: new Uint8Array(32).fill(3) });
    log = new SpecLog(new InMemoryEventStore(), vault);
    place = next();
    subject = await log.enrol('anna');
    for (let number = 1; number <= 18; number++) await log.record(subject, number);
  });
  afterEach(async () => {
    for (const projections of opened.splice(0)) await projections.close();
    await log.store.close();
    vault.close();
  });

  it('is folded in windows up to its end, a bounded number ahead, and what comes later is followed', async () => {
    const fold = watched(2);
    const progress: number[] = [];
    const { people, runner } = await open({
      fold,
      backlog: 19,
      windowSize: 8,
      onProgress: ({ events }) => progress.push(events),
    });
    expect(await people.records(subject)).toHaveLength(18);
    expect(fold.windows).toEqual([
      [0n, 8n],
      [8n, 16n],
      [16n, 20n],
    ]);
    expect([fold.mostUnderWay, fold.released]).toEqual([2, 1]);
    await log.record(subject, 30);
    expect(await people.records(subject)).toHaveLength(19);
    expect(fold.windows).toHaveLength(3);
    expect(progress).toEqual([8, 16, 20, 21]);
    expect(await runner.position()).toBe(21n);
  });

  it('is not one when the log is ahead by no more than the limit', async () => {
    const fold = watched(1);
    const { people } = await open({ fold, backlog: 20, windowSize: 8 });
    expect(await people.records(subject)).toHaveLength(18);
    expect(fold.windows).toEqual([]);
  });

  it('ends a window at every erasure, so that it takes what came before and nothing that came after', async () => {
    const labels = [SpecLog.label(subject, 1)];
    await log.eraseRecords(await log.quarantine(subject, labels, 'withdrawal'), subject, labels);
    const erasedAt = await log.store.head();
    await log.record(subject, 40);
    const fold = watched(1);
    const { people } = await open({ fold, backlog: 0, windowSize: 1_000 });
    expect(await people.records(subject)).toHaveLength(18);
    expect(fold.windows).toEqual([
      [0n, erasedAt],
      [erasedAt, erasedAt + 1n],
    ]);
  });

  it('tells whoever asks why it cannot be folded, keeps the windows before, and goes on from there', async () => {
    const refuse = (after: bigint) => {
      if (after >= 8n) throw new VaultError('KEY_UNKNOWN', 'no such key');
    };
    const fold = watched(2, refuse);
    const failing = await open({ fold, backlog: 0, windowSize: 4 });
    expect(await refusalOfAsync(() => failing.runner.caughtUp())).toBe('KEY_UNKNOWN');
    expect(await refusalOfAsync(() => failing.people.records(subject))).toBe('KEY_UNKNOWN');
    expect(await failing.runner.position()).toBe(8n);
    expect(fold.released).toBe(1);
    await opened.pop()?.close();

    const resumed = watched(1);
    const again = await open({ fold: resumed, backlog: 0, windowSize: 100 });
    expect(await again.people.records(subject)).toHaveLength(18);
    expect(resumed.windows).toEqual([[8n, 20n]]);
  });

  it('can be stopped between windows, and whoever waited hears of it', async () => {
    let third!: () => void;
    const reached = new Promise<void>((resolve) => (third = resolve));
    let go!: () => void;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const fold = watched(1, (after) => {
      if (after < 8n) return undefined;
      third();
      return gate;
    });
    const { runner, people } = await open({ fold, backlog: 0, windowSize: 4 });
    const waiting = refusalOfAsync(() => runner.caughtUp());
    await reached;
    const stopped = runner.stop();
    go();
    await stopped;
    expect(await waiting).toBe('SUBSCRIPTION_STOPPED');
    expect([await runner.position(), fold.released]).toEqual([8n, 1]);
    expect(await people.records(subject)).toHaveLength(18);
  });

  it('is folded before the content is digested', async () => {
    const first = await open();
    const digest = await first.digest();
    await first.runner.rebuild();
    expect(await first.digest()).toBe(digest);
    expect(await first.runner.position()).toBe(20n);
  });
});
