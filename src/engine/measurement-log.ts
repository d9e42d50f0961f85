import type { MeasuredUtility, MeasurementEvent } from '#libs/contracts';
import type { ModelLineState } from '#libs/erasure';
import { namedEventId, streamNames, type EventStore } from '#libs/messaging';
import type { MeasuredVersion } from '#libs/portal-contract';

/** What the events of a line say of its measurements. */
export interface ToldMeasurements {
  /** By version, ascending. */
  readonly measured: readonly MeasuredVersion[];
  /** How many were begun. */
  readonly begun: number;
  /** The version of one that was begun last and of which no end is told. */
  readonly unended: number | undefined;
}

/** A measurement, as its events name it. */
export interface Measurement {
  readonly genesis: ModelLineState['genesis'];
  readonly version: number;
  /** Of all of the line, from 0. */
  readonly nth: number;
}

/** Measurements as events on `measured-{line}`: that one has begun, and what came of it. */
export class MeasurementLog {
  constructor(private readonly store: Pick<EventStore, 'append' | 'readStream'>) {}

  async read(line: string): Promise<ToldMeasurements> {
    const measured: MeasuredVersion[] = [];
    let begun = 0;
    let unended: number | undefined;
    for await (const recorded of this.store.readStream(streamNames.measured(line))) {
      const { type, data } = recorded as unknown as MeasurementEvent;
      if (type === 'UtilityMeasured') measured.push(data);
      if (type === 'MeasurementStarted') begun++;
      unended = type === 'MeasurementStarted' ? data.version : undefined;
    }
    return { measured: measured.sort((a, b) => a.version - b.version), begun, unended };
  }

  began(measurement: Measurement, startedAt: string): Promise<void> {
    const { genesis, version } = measurement;
    return this.append(measurement, {
      type: 'MeasurementStarted',
      data: { line: genesis.line, version, startedAt },
    });
  }

  cameTo(measurement: Measurement, utility: MeasuredUtility, measuredAt: string): Promise<void> {
    const { line, configDigest, codeDigest } = measurement.genesis;
    const { version } = measurement;
    return this.append(measurement, {
      type: 'UtilityMeasured',
      data: { line, version, configDigest, codeDigest, ...utility, measuredAt },
    });
  }

  cameToNothing(measurement: Measurement, code: string, endedAt: string): Promise<void> {
    const { genesis, version } = measurement;
    return this.append(measurement, {
      type: 'MeasurementEnded',
      data: { line: genesis.line, version, code, endedAt },
    });
  }

  private async append({ genesis: { line }, nth }: Measurement, event: MeasurementEvent): Promise<void> {
    const id = namedEventId(event.type, line, String(nth));
    await this.store.append(streamNames.measured(line), [{ id, ...event }]);
  }
}
