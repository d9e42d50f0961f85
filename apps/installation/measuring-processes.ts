import { availableParallelism } from 'node:os';
import type { ModelLineState, PublishedVersion } from '#libs/erasure';
import { isCodedError } from '#libs/essentials';
import {
  measurementRefusal,
  type MeasurementEnd,
  type MeasurementNews,
  type RunningMeasurement,
  type TwinMeasurer,
} from '#stages/engine';
import type { MeasuringOrder } from '../measuring/measuring-order.js';
import { inOwnProcess } from './own-process.js';

/** Gives what a measurement is told, when the read models are brought up. */
export type MeasuringOrderOf = (
  line: ModelLineState,
  version: PublishedVersion,
) => Promise<Omit<MeasuringOrder, 'threads'>>;

const DIED: MeasurementEnd = {
  kind: 'refused',
  code: 'MEASURING_PROCESS_DIED',
  title: 'the process that measured ended before it had a result',
  nextStep:
    'Start it again; when that happens again, see whether the machine has memory for the whole dataset.',
};

/**
 * Measures each version in a process of its own, of lower priority: it reads the read models as they lie and writes nothing, so that nothing is
 * left of one that is killed.
 */
export class MeasuringProcesses implements TwinMeasurer {
  constructor(
    private readonly orderOf: MeasuringOrderOf,
    private readonly threads = Math.max(1, availableParallelism() - 1),
  ) {}

  run(
    line: ModelLineState,
    version: PublishedVersion,
    tell: (news: MeasurementNews) => void,
  ): RunningMeasurement {
    const stop = new AbortController();
    const ended = this.measure(line, version, tell, stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted) tell(isCodedError(error) ? measurementRefusal(error) : DIED);
    });
    return { cancel: () => stop.abort(), ended };
  }

  private async measure(
    line: ModelLineState,
    version: PublishedVersion,
    tell: (news: MeasurementNews) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const order: MeasuringOrder = { ...(await this.orderOf(line, version)), threads: this.threads };
    const isEnd = ({ kind }: MeasurementNews): boolean => kind !== 'progress';
    await inOwnProcess('apps/measuring/measuring.process.js', order, { tell, isEnd, died: DIED }, signal);
  }
}
