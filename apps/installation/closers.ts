/** What must be closed, last opened first. */
export class Closers {
  private readonly closers: (() => unknown)[] = [];

  add(close: () => unknown): void {
    this.closers.unshift(close);
  }

  /** Closes everything once; a second call finds nothing left. */
  async close(): Promise<void> {
    for (const close of this.closers.splice(0)) await close();
  }
}
