import { describe, expect, it } from '@jest/globals';
import { inOrder } from './in-order.js';

const MOST = 3;

async function* upTo(count: number): AsyncGenerator<number> {
  for (let n = 1; n <= count; n++) yield n;
}

/** Work that ends when the test says so. */
class Workshop {
  readonly begun: number[] = [];
  private readonly ends = new Map<number, (failure?: Error) => void>();

  readonly work = (value: number): Promise<number> => {
    this.begun.push(value);
    return new Promise((resolve, reject) =>
      this.ends.set(value, (failure) => (failure === undefined ? resolve(value) : reject(failure))),
    );
  };

  end(value: number, failure?: Error): void {
    this.ends.get(value)!(failure);
  }

  /** Resolves when nothing more begins by itself. */
  async settled(): Promise<void> {
    for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('work on what a source gives, several at a time', () => {
  it('gives results in the order of the source, and never has more under way than it may', async () => {
    const workshop = new Workshop();
    const results = inOrder(upTo(5), MOST, workshop.work);
    const first = results.next();
    await workshop.settled();
    expect(workshop.begun).toEqual([1, 2, 3]);
    workshop.end(2);
    await workshop.settled();
    expect(workshop.begun).toEqual([1, 2, 3]);
    workshop.end(1);
    expect(await first).toEqual({ done: false, value: 1 });
    expect(await results.next()).toEqual({ done: false, value: 2 });
    const third = results.next();
    await workshop.settled();
    for (const value of [5, 4, 3]) workshop.end(value);
    expect(await third).toEqual({ done: false, value: 3 });
    expect([(await results.next()).value, (await results.next()).value]).toEqual([4, 5]);
    expect((await results.next()).done).toBe(true);
  });

  it('gives what is done while the source has nothing more yet', async () => {
    let goOn = (): void => undefined;
    const pause = new Promise<void>((resolve) => (goOn = resolve));
    async function* slow(): AsyncGenerator<number> {
      yield 1;
      await pause;
      yield 2;
    }
    const results = inOrder(slow(), MOST, async (value) => value);
    expect((await results.next()).value).toBe(1);
    goOn();
    expect((await results.next()).value).toBe(2);
  });

  it('begins nothing after a failure, and tells it when nothing is under way any more', async () => {
    const workshop = new Workshop();
    const failure = new Error('the disk is full');
    const results = inOrder(upTo(5), MOST, workshop.work);
    let told: unknown;
    const first = results.next().catch((error: unknown) => (told = error));
    await workshop.settled();
    workshop.end(1, failure);
    await workshop.settled();
    expect(told).toBeUndefined();
    workshop.end(2);
    workshop.end(3, new Error('the same'));
    await first;
    expect(told).toBe(failure);
    expect(workshop.begun).toEqual([1, 2, 3]);
  });

  it('gives what came before the source failed, and then says so', async () => {
    const failure = new Error('the line is too long');
    async function* broken(): AsyncGenerator<number> {
      yield 1;
      throw failure;
    }
    const results = inOrder(broken(), MOST, async (value) => value);
    expect((await results.next()).value).toBe(1);
    await expect(results.next()).rejects.toBe(failure);
  });
});
