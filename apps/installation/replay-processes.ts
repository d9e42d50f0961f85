import { availableParallelism } from 'node:os';
import type { ReplayNews, ReplayRunner, RunningReplay } from '#stages/explorer';
import type { ReplayOrder } from '../replay/replay-order.js';
import { inOwnProcess } from './own-process.js';

/** Gives what a replay is told; read when its turn has come. */
export type OrderOf = (requestId: string, events: string) => Promise<Omit<ReplayOrder, 'threads'>>;

/** Has the log as a file for as long as something takes. */
export type WithEventFile = <T>(work: (file: string) => Promise<T>) => Promise<T>;

const DIED: ReplayNews = {
  kind: 'refused',
  as: 'failed',
  problem: {
    code: 'REPLAY_PROCESS_DIED',
    title: 'the process that replayed ended before it had a result',
    nextStep: 'Start it again; when that happens again, replay elsewhere: `lacuna export replay`.',
  },
};

/**
 * Runs each replay in a process of its own, so that folding the log and training hold up nobody. It reads log and vault as they lie; nothing
 * is written for it, so that nothing is left of one that is killed: but a copy of a log that is no file, which is removed with it.
 */
export class ReplayProcesses implements ReplayRunner {
  constructor(
    private readonly orderOf: OrderOf,
    private readonly withEvents: WithEventFile,
    private readonly threads = Math.max(1, availableParallelism() - 1),
  ) {}

  run(requestId: string, tell: (news: ReplayNews) => void): RunningReplay {
    const stop = new AbortController();
    const ended = this.withEvents((events) => this.replay(requestId, events, tell, stop.signal)).catch(() => {
      if (!stop.signal.aborted) tell(DIED);
    });
    return { cancel: () => stop.abort(), ended };
  }

  private async replay(
    requestId: string,
    events: string,
    tell: (news: ReplayNews) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const order: ReplayOrder = { ...(await this.orderOf(requestId, events)), threads: this.threads };
    const isEnd = ({ kind }: ReplayNews): boolean => kind === 'verified' || kind === 'refused';
    await inOwnProcess('apps/replay/replay.process.js', order, { tell, isEnd, died: DIED }, signal);
  }
}
