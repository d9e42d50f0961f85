import { describe, expect, it } from '@jest/globals';
import { refusalOfAsync } from '#libs/testkit';
import { TrainingError } from './training-error.js';
import { Turns } from './turns.js';

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  it('let so many run at a time, in the order in which they came', async () => {
    const turns = new Turns(2);
    const begun: number[] = [];
    let running = 0;
    let most = 0;
    const work = (name: number) =>
      turns.take(async () => {
        begun.push(name);
        most = Math.max(most, ++running);
        await pause();
        running--;
        return name;
      });
    expect(await Promise.all([0, 1, 2, 3, 4].map(work))).toEqual([0, 1, 2, 3, 4]);
    expect([begun, most]).toEqual([[0, 1, 2, 3, 4], 2]);
  });

  it('go on to the next when a piece of work fails', async () => {
    const turns = new Turns(1);
    const failing = turns.take(() => Promise.reject(new TrainingError('TRAINING_CLOSED', 'failed')));
    const next = turns.take(() => Promise.resolve('done'));
    expect(await refusalOfAsync(() => failing)).toBe('TRAINING_CLOSED');
    expect(await next).toBe('done');
  });

  it('are given at once or not at all to work that need not be done', async () => {
    const turns = new Turns(1);
    let end = (): void => {};
    const running = turns.take(() => new Promise<void>((resolve) => (end = resolve)));
    expect(turns.takeIfFree(() => Promise.resolve('done'))).toBeUndefined();
    end();
    await running;
    expect(await turns.takeIfFree(() => Promise.resolve('done'))).toBe('done');
    expect(await turns.take(() => Promise.resolve('next'))).toBe('next');
  });
});
