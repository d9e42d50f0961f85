/** Lets one thing at a time happen to each name; whoever comes waits for whoever was there. */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.last.get(name) ?? Promise.resolve()).then(work);
    const settled: Promise<unknown> = turn
      .catch(() => undefined) // whoever asked for it gets the error
      .then(() => {
        if (this.last.get(name) === settled) this.last.delete(name);
      });
    this.last.set(name, settled);
    return turn;
  }
}
