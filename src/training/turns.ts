/** Lets a number of pieces of work run at a time; the others wait, first come, first served, and have begun nothing. */
export class Turns {
  private readonly waiting: (() => void)[] = [];

  /** @param free how many may run at a time */
  constructor(private free: number) {}

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.done(work);
  }

  /** The same where a turn is free now and nobody waits; undefined where not. */
  takeIfFree<T>(work: () => Promise<T>): Promise<T> | undefined {
    if (this.free === 0) return undefined;
    this.free--;
    return this.done(work);
  }

  private async done<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free++;
      else next(); // the turn is handed on
    }
  }
}
