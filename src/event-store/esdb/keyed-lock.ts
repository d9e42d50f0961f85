/** Lets one at a time at each key, in the order of asking. Whoever asks for several gets all of them at once, so nobody waits in a circle. */
export class KeyedLock {
  private readonly tails = new Map<string, Promise<void>>();

  async with<T>(keys: Iterable<string>, run: () => Promise<T>): Promise<T> {
    const mine = [...new Set(keys)];
    const before = mine.map((key) => this.tails.get(key) ?? Promise.resolve());
    let release!: () => void;
    const tail = new Promise<void>((resolve) => (release = resolve));
    for (const key of mine) this.tails.set(key, tail);
    try {
      await Promise.all(before);
      return await run();
    } finally {
      for (const key of mine) if (this.tails.get(key) === tail) this.tails.delete(key);
      release();
    }
  }
}
