import type { DataOf, MeasurementEvent } from '#libs/contracts';
import type { ModelLineState, PublishedVersion } from '#libs/erasure';
import { isCodedError } from '#libs/essentials';
import { namedEventId, streamNames, type EventStore, type Subscription } from '#libs/messaging';
import type { MeasuredVersion, MeasurementStage, MeasurementsView } from '#libs/portal-contract';
import { EngineError } from './engine-error.js';
import { measurementRefusal } from './measurement-refusal.js';
import type {
  MeasurementEnd,
  MeasurementNews,
  RunningMeasurement,
  TwinMeasurer,
  WatchedLines,
} from './ports.js';

export interface MeasurementsParts {
  readonly store: Pick<EventStore, 'append' | 'readStream' | 'head' | 'subscribe'>;
  readonly lines: Pick<WatchedLines, 'get' | 'requireSameBuild'>;
  readonly measurer: TwinMeasurer;
  /** ISO 8601. */
  readonly now: () => string;
}

type Refusal = NonNullable<MeasurementsView['refused']>;

interface Running {
  readonly line: ModelLineState;
  readonly published: PublishedVersion;
  readonly startedAt: string;
  progress: MeasurementStage;
  run: RunningMeasurement | undefined;
  isStopped: boolean;
  end: MeasurementEnd | undefined;
  /** Resolves when it is over and what came of it is recorded; never rejects. */
  over: Promise<void>;
}

const OVERTAKEN: MeasurementEnd = {
  kind: 'refused',
  code: 'MEASUREMENT_OVERTAKEN',
  title: 'records were put out of use while the version was measured',
  nextStep: 'Wait until the request is through, and measure the version that serves then.',
};

/**
 * Measurements of versions, one at a time, and never twice of one version. An erasure ends the one that runs: its records are not worked on any
 * longer, and the machine is free for the rebuild. Only what is rounded is recorded (docs/decisions/0052).
 */
export class Measurements {
  private running: Running | undefined;
  private readonly refused = new Map<string, Refusal>();
  private readonly watchers = new Set<(view: MeasurementsView['running']) => void>();

  constructor(private readonly parts: MeasurementsParts) {}

  /**
   * Begins to measure a version; does nothing for one that was measured, or is being measured.
   *
   * @throws UnlearningError LINE_UNKNOWN, GENESIS_MISMATCH; EngineError VERSION_UNKNOWN, MEASUREMENT_RUNNING
   */
  async start(line: string, version: number): Promise<MeasurementsView> {
    const state = await this.parts.lines.get(line);
    const published = state.versions.find((known) => known.version === version);
    if (published === undefined)
      throw new EngineError('VERSION_UNKNOWN', 'the line has no such version', {
        facts: { line, version },
        nextStep: 'List the versions of a line: GET /v1/models.',
      });
    const isMeasured = (await this.measuredOf(line)).some((known) => known.version === version);
    if (!isMeasured && !this.isRunning(line, version)) this.begin(state, published);
    return this.view(line);
  }

  /** @throws UnlearningError LINE_UNKNOWN */
  async view(line: string): Promise<MeasurementsView> {
    await this.parts.lines.get(line);
    const measured = await this.measuredOf(line);
    const running = this.runningView();
    const refused = this.refused.get(line);
    return { line, measured, ...(running && { running }), ...(refused && { refused }) };
  }

  /** @returns ends the watching; it is told of nothing once the measurement is over */
  watch(watcher: (running: MeasurementsView['running']) => void): () => void {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }

  /** Resolves when nothing is measured any more. */
  async idle(): Promise<void> {
    await this.running?.over;
  }

  /** Stops what runs. */
  async close(): Promise<void> {
    if (this.running === undefined) return;
    this.running.isStopped = true;
    this.running.run?.cancel();
    await this.running.over;
  }

  private isRunning(line: string, version: number): boolean {
    return this.running?.line.genesis.line === line && this.running.published.version === version;
  }

  private begin(line: ModelLineState, published: PublishedVersion): void {
    if (this.running !== undefined) throw busy(this.running);
    this.parts.lines.requireSameBuild(line);
    this.refused.delete(line.genesis.line);
    const running: Running = {
      line,
      published,
      startedAt: this.parts.now(),
      progress: { stage: 'reading' },
      run: undefined,
      isStopped: false,
      end: undefined,
      over: Promise.resolve(),
    };
    this.running = running;
    running.over = this.work(running).finally(() => {
      this.running = undefined;
      this.tellWatchers();
    });
  }

  private async work(running: Running): Promise<void> {
    const { line, published } = running;
    let end: MeasurementEnd;
    try {
      end = await this.measure(running);
      if (end.kind === 'measured') await this.record(line, published, end);
    } catch (error) {
      end = isCodedError(error) ? measurementRefusal(error) : FAILED;
    }
    if (end.kind === 'refused') {
      const { code, title, nextStep } = end;
      this.refused.set(line.genesis.line, { version: published.version, code, title, nextStep });
    }
  }

  /** Whoever puts records out of use from here on ends it; those that were before are seen by the measurer. */
  private async measure(running: Running): Promise<MeasurementEnd> {
    const { line, published } = running;
    const after = await this.parts.store.head();
    if (running.isStopped) return FAILED;
    let isOvertaken = false;
    const quarantines = this.watchQuarantines(after, () => {
      isOvertaken = true;
      running.run?.cancel();
    });
    try {
      running.run = this.parts.measurer.run(line, published, (news) => this.hear(running, news));
      await running.run.ended;
      await quarantines.caughtUp();
      return isOvertaken ? OVERTAKEN : (running.end ?? FAILED);
    } finally {
      await quarantines.stop();
    }
  }

  private watchQuarantines(after: bigint, overtaken: () => void): Subscription {
    return this.parts.store.subscribe({
      after,
      filter: { types: ['RecordsQuarantined'], streamPrefixes: [streamNames.prefixes.request] },
      handle: async () => overtaken(),
    });
  }

  private hear(running: Running, news: MeasurementNews): void {
    if (news.kind === 'progress') running.progress = news.progress;
    else running.end = news;
    this.tellWatchers();
  }

  private tellWatchers(): void {
    for (const watcher of this.watchers) watcher(this.runningView());
  }

  private runningView(): MeasurementsView['running'] {
    if (this.running === undefined) return undefined;
    const { line, published, startedAt, progress } = this.running;
    return { line: line.genesis.line, version: published.version, startedAt, progress };
  }

  private async record(
    { genesis }: ModelLineState,
    { version }: PublishedVersion,
    { utility }: Extract<MeasurementEnd, { kind: 'measured' }>,
  ): Promise<void> {
    const { line, configDigest, codeDigest } = genesis;
    const data: DataOf<'UtilityMeasured'> = {
      line,
      version,
      configDigest,
      codeDigest,
      ...utility,
      measuredAt: this.parts.now(),
    };
    const type = 'UtilityMeasured' satisfies MeasurementEvent['type'];
    await this.parts.store.append(streamNames.measured(line), [
      { id: namedEventId(type, line, String(version)), type, data },
    ]);
  }

  private async measuredOf(line: string): Promise<MeasuredVersion[]> {
    const measured: MeasuredVersion[] = [];
    for await (const { data } of this.parts.store.readStream(streamNames.measured(line)))
      measured.push(data as MeasuredVersion);
    return measured.sort((a, b) => a.version - b.version);
  }
}

const FAILED: MeasurementEnd = {
  kind: 'refused',
  code: 'MEASUREMENT_FAILED',
  title: 'the measurement ended before it had a result',
  nextStep: 'Start it again; nothing is left of the one before.',
};

function busy({ line, published }: Running): EngineError {
  return new EngineError('MEASUREMENT_RUNNING', 'another version is being measured', {
    facts: { line: line.genesis.line, version: published.version },
    nextStep: 'Wait until that one is through; one is measured at a time.',
  });
}
