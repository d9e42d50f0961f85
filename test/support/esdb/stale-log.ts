import type { LoggedEvent, ServerLog } from './server-log.js';

/** What a node that fell behind shows of a log: nothing that came after some position, as if that were the end. */
export class StaleLog implements Pick<ServerLog, 'readStream' | 'readAll' | 'end' | 'onGrowth'> {
  private constructor(
    private readonly log: ServerLog,
    private readonly last: bigint,
  ) {}

  /** As the log is now. */
  static async of(log: ServerLog): Promise<StaleLog> {
    return new StaleLog(log, await log.end());
  }

  async *readStream(
    stream: string,
    direction: 'forwards' | 'backwards',
    from: number | 'end',
  ): AsyncGenerator<LoggedEvent, 'missing' | 'deleted' | undefined> {
    const events = this.log.readStream(stream, direction, from);
    let isEmpty = true;
    for (let next = await events.next(); ; next = await events.next()) {
      if (next.done) return next.value ?? (isEmpty ? 'missing' : undefined);
      if (next.value.position > this.last) continue;
      isEmpty = false;
      yield next.value;
    }
  }

  async *readAll(
    direction: 'forwards' | 'backwards',
    from: bigint | 'start' | 'end',
  ): AsyncGenerator<LoggedEvent> {
    if (direction === 'forwards' && typeof from === 'bigint' && from > this.last) return;
    for await (const event of this.log.readAll(direction, from))
      if (event.position <= this.last) yield event;
      else if (direction === 'forwards') return;
  }

  async end(): Promise<bigint> {
    return this.last;
  }

  /** It never grows. */
  onGrowth(): () => void {
    return () => undefined;
  }
}
