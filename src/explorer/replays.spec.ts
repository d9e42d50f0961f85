import { beforeEach, describe, expect, it } from '@jest/globals';
import { refusalOf } from '#libs/testkit';
import type { ReplayView } from '#libs/portal-contract';
import { ExplorerError } from './explorer-error.js';
import type { ReplayRunner } from './ports.js';
import type { ReplayNews } from './replay-view.js';
import { Replays } from './replays.js';

const NOW = '2026-01-31T10:00:00.000Z';
const problem = { code: 'REPLAY_RECORDS_MISSING', title: 'the events hold fewer records' };

/** A run that the test drives. */
interface Run {
  readonly requestId: string;
  readonly tell: (news: ReplayNews) => void;
  readonly end: () => Promise<void>;
  isCancelled: boolean;
}

let runs: Run[];
let replays: Replays;
beforeEach(() => {
  runs = [];
  const runner: ReplayRunner = {
    run: (requestId, tell) => {
      let over = (): void => {};
      const ended = new Promise<void>((resolve) => (over = resolve));
      const run: Run = {
        requestId,
        tell,
        end: async () => {
          over();
          await ended;
        },
        isCancelled: false,
      };
      runs.push(run);
      return {
        ended,
        cancel: () => {
          run.isCancelled = true;
          over();
        },
      };
    },
  };
  let ids = 0;
  replays = new Replays({
    runner,
    statements: {
      requireRequest: (requestId) => {
        if (requestId === 'unknown')
          throw new ExplorerError('ENTRY_UNKNOWN', 'stands for an unknown request');
      },
      certificate: async () => ({}),
    },
    newId: () => `replay-${ids++}`,
    now: () => NOW,
  });
});

const start = (requestId: string): Promise<ReplayView> => replays.start(requestId);
const states = (): string[] => replays.list().map(({ state }) => state);

describe('the queue of replays', () => {
  it('runs one at a time, in the order in which they were asked for', async () => {
    expect(await start('a')).toMatchObject({ state: 'running', stage: 'verifying', startedAt: NOW });
    expect(await start('b')).toMatchObject({ state: 'queued', shards: [] });
    expect(runs.map(({ requestId }) => requestId)).toEqual(['a']);
    runs[0].tell({ kind: 'verified', report: { verified: true } });
    await runs[0].end();
    expect(runs.map(({ requestId }) => requestId)).toEqual(['a', 'b']);
    expect(states()).toEqual(['running', 'matched']);
  });

  it('takes a request once while its replay is not over', async () => {
    const { replayId } = await start('a');
    expect((await start('a')).replayId).toBe(replayId);
    await start('b');
    expect((await start('b')).state).toBe('queued');
    expect(replays.list()).toHaveLength(2);
    runs[0].tell({ kind: 'verified', report: {} });
    expect((await start('a')).replayId).not.toBe(replayId);
  });

  it('refuses more than can reasonably wait, and requests that are not there', async () => {
    for (let request = 0; request <= 20; request++) await start(`request-${request}`);
    await expect(start('one more')).rejects.toMatchObject({ code: 'REPLAYS_TOO_MANY' });
    await expect(start('unknown')).rejects.toMatchObject({ code: 'ENTRY_UNKNOWN' });
  });

  it('cancels what waits and what runs, and nothing that is over', async () => {
    const first = await start('a');
    const second = await start('b');
    expect(replays.cancel(second.replayId)).toMatchObject({ state: 'cancelled', finishedAt: NOW });
    expect(replays.cancel(first.replayId)).toMatchObject({ state: 'cancelled' });
    expect(runs[0].isCancelled).toBe(true);
    runs[0].tell({ kind: 'verified', report: {} }); // was on its way
    expect(states()).toEqual(['cancelled', 'cancelled']);
    expect(refusalOf(() => replays.cancel(first.replayId))).toBe('REPLAY_ENDED');
    expect(refusalOf(() => replays.cancel('replay-99'))).toBe('REPLAY_UNKNOWN');
    await runs[0].end();
    expect(runs).toHaveLength(1);
  });

  it('ends with the server', async () => {
    await start('a');
    await start('b');
    await replays.close();
    expect(runs.map(({ isCancelled }) => isCancelled)).toEqual([true]);
  });

  it('keeps the latest hundred', async () => {
    for (let request = 0; request < 103; request++) {
      await start(`request-${request}`);
      runs[request].tell({ kind: 'verified', report: {} });
      await runs[request].end();
    }
    expect(replays.list()).toHaveLength(100);
    expect(refusalOf(() => replays.get('replay-0'))).toBe('REPLAY_UNKNOWN');
  });
});

describe('a replay that runs', () => {
  it('tells whoever watches how far each shard is', async () => {
    const { replayId } = await start('a');
    const seen: ReplayView[] = [];
    const stop = replays.watch(replayId, (view) => seen.push(view));
    const [{ tell }] = runs;
    tell({ kind: 'planned', shards: [0, 1, 2].map((shard) => ({ shard, certifiedDigest: `c${shard}` })) });
    tell({ kind: 'stage', stage: 'reading' });
    tell({ kind: 'events', events: 250_000 });
    tell({ kind: 'stage', stage: 'training' });
    tell({ kind: 'shards-lost', shards: [2] });
    tell({ kind: 'shard-begins', shard: 0 });
    tell({ kind: 'shard-rebuilt', shard: 0, replayedDigest: 'c0' });
    const divergence = { code: 'REPLAY_SHARD_DIGEST_MISMATCH', round: 3 };
    tell({ kind: 'shard-rebuilt', shard: 1, replayedDigest: 'x', divergence });
    tell({ kind: 'refused', as: 'diverged', problem });
    expect(seen).toHaveLength(9);
    expect(seen[3]).toMatchObject({ stage: 'training', events: 250_000 });
    expect(seen[5].shards[0]).toEqual({ shard: 0, certifiedDigest: 'c0', state: 'running' });
    expect(seen[8]).toEqual({
      replayId,
      requestId: 'a',
      state: 'diverged',
      startedAt: NOW,
      finishedAt: NOW,
      events: 250_000,
      problem,
      shards: [
        { shard: 0, state: 'matched', certifiedDigest: 'c0', replayedDigest: 'c0' },
        {
          shard: 1,
          state: 'diverged',
          certifiedDigest: 'c1',
          replayedDigest: 'x',
          divergence: 'REPLAY_SHARD_DIGEST_MISMATCH',
          firstDivergence: 3,
        },
        { shard: 2, state: 'lost', certifiedDigest: 'c2' },
      ],
    });
    stop();
    await start('b');
    expect(seen).toHaveLength(9);
  });

  it.each([
    ['partial', { checked: [], notCheckable: [] }],
    ['failed', undefined],
  ] as const)('ends as %s with what is known', async (as, findings) => {
    const { replayId } = await start('a');
    runs[0].tell({ kind: 'refused', as, problem, findings });
    const view = replays.get(replayId);
    expect(view).toMatchObject({ state: as, problem, finishedAt: NOW });
    expect(view.report).toEqual(findings);
    expect(view.stage).toBeUndefined();
  });
});
