/** Seconds by stage, in the order in which the stages were measured. */
export class Stopwatch {
  readonly seconds: Record<string, number> = {};

  async time<T>(stage: string, work: () => Promise<T> | T): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.seconds[stage] = (performance.now() - started) / 1000;
    }
  }
}
