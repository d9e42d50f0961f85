import { describe, expect, it } from '@jest/globals';
import { bytesOf, shardsHit, simulateDay, type UnlearningCosts, type UnlearningDay } from './index.js';

const NOTHING: UnlearningCosts = {
  intake: 0,
  snapshotPerRecord: 0,
  trainPerRecord: 0,
  trainPerShard: 0,
  publish: 0,
  destroy: 0,
  certify: 0,
  certifyPerOther: 0,
};
const DAY: UnlearningDay = {
  records: 1_000_000,
  shards: 64,
  workers: 4,
  readers: 'keeper',
  arrivals: 0.2,
  window: 600,
  seconds: 400_000,
  seed: 1,
};
const near = (share: number, expected: number) => [expected * (1 - share), expected * (1 + share)] as const;
function expectWithin(value: number, [least, most]: readonly [number, number]): void {
  expect(value).toBeGreaterThan(least);
  expect(value).toBeLessThan(most);
}

describe('a simulated day of requests', () => {
  it('is the same for the same seed', () => {
    const costs = { ...NOTHING, trainPerShard: 3, certify: 1 };
    expect(simulateDay(DAY, costs)).toEqual(simulateDay(DAY, costs));
    expect(simulateDay(DAY, costs)).not.toEqual(simulateDay({ ...DAY, seed: 2 }, costs));
  });

  it('makes them wait half the window where work takes no time', () => {
    const { toCertificate, rebuilds, requests } = simulateDay(DAY, NOTHING);
    expectWithin(toCertificate.p50, near(0.03, DAY.window / 2));
    expect(toCertificate.max).toBeLessThanOrEqual(DAY.window + 1e-6);
    // A window begins with a request, so that a cycle takes the window and the time until the next one comes.
    expectWithin(rebuilds, near(0.02, DAY.seconds / (DAY.window + 1 / DAY.arrivals)));
    expectWithin(requests, near(0.02, DAY.arrivals * DAY.seconds));
  });

  it('rebuilds as many shards as requests have hit', () => {
    const { shardsARebuild } = simulateDay(DAY, NOTHING);
    expectWithin(shardsARebuild, near(0.02, shardsHit(DAY.shards, DAY.arrivals * DAY.window + 1)));
  });

  it('keeps workers busy for as long as the shards take', () => {
    const report = simulateDay(DAY, { ...NOTHING, trainPerShard: 5 });
    const work = report.rebuilds * report.shardsARebuild * 5;
    expectWithin(report.workersBusy, near(0.02, work / (DAY.workers * DAY.seconds)));
  });

  it('moves the reading of records to the workers where they share a store', () => {
    const costs = { ...NOTHING, snapshotPerRecord: 1e-5 };
    const [byKeeper, byWorkers] = (['keeper', 'workers'] as const).map((readers) =>
      simulateDay({ ...DAY, readers }, costs),
    );
    expect([byKeeper.workersBusy, byWorkers.keeperBusy]).toEqual([0, 0]);
    expectWithin(byKeeper.keeperBusy / (byWorkers.workersBusy * DAY.workers), near(0.05, 1));
  });

  it('is served one by one by the keeper: a queue of one where nothing is shared', () => {
    const report = simulateDay({ ...DAY, window: 0 }, { ...NOTHING, certify: 2 });
    expectWithin(report.keeperBusy, near(0.02, DAY.arrivals * 2));
    expect(report.toCertificate.p50).toBeGreaterThanOrEqual(2);
  });

  it('takes longer over each certificate the more requests share its rebuild', () => {
    const apart = simulateDay(DAY, { ...NOTHING, certify: 0.1 });
    const together = simulateDay(DAY, { ...NOTHING, certify: 0.1, certifyPerOther: 0.01 });
    const others = DAY.arrivals * DAY.window;
    expectWithin(apart.others, near(0.05, others));
    expectWithin(together.keeperBusy, near(0.2, DAY.arrivals * (0.1 + 0.01 * together.others)));
    expect(together.toCertificate.p50).toBeGreaterThan(apart.toCertificate.p50);
  });

  it('tells by its backlog when more comes than can be done', () => {
    const costs = { ...NOTHING, certify: 10 };
    expect(simulateDay({ ...DAY, seconds: 50_000 }, costs).backlog).toBeGreaterThan(40_000);
    expect(simulateDay({ ...DAY, seconds: 50_000 }, { ...NOTHING, certify: 1 }).backlog).toBeLessThan(2_000);
  });
});

describe('storage', () => {
  it('is the sum of what each thing takes', () => {
    const costs = {
      ...{ event: 400, readModelRecord: 100, vaultSubject: 1_000, mapRecord: 50, modelRecord: 4 },
      ...{ modelShard: 1e6, certificate: 10_000, certificatePerOther: 500, ledgerEntry: 2_000 },
    };
    const stored = { records: 1e6, subjects: 1e4, shards: 8, certificates: 100, others: 4, versions: 10 };
    expect(bytesOf(stored, costs)).toEqual({
      ...{
        events: 4e8,
        readModels: 1e8,
        vault: 1e7,
        maps: 5e7,
        models: 1.2e7,
        certificates: 1.2e6,
        ledger: 240_000,
      },
    });
  });
});
