import type { ModelLineState, PublishedVersion } from '#libs/erasure';
import { isCodedError } from '#libs/essentials';
import { streamNames, type EventStore, type Subscription } from '#libs/messaging';
import type { MeasurementStage, MeasurementsView } from '#libs/portal-contract';
import { EngineError } from './engine-error.js';
import { MeasurementLog, type Measurement } from './measurement-log.js';
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
type Refused = Extract<MeasurementEnd, { kind: 'refused' }>;

interface Running {
  readonly line: ModelLineState;
  readonly published: PublishedVersion;
  readonly told: Measurement;
  readonly startedAt: string;
  progress: MeasurementStage;
  run: RunningMeasurement | undefined;
  /** Why it is to end before it has a result. */
  stopped: Stop | undefined;
  end: MeasurementEnd | undefined;
  /** Resolves when it is recorded that it has begun. */
  readonly begun: Promise<void>;
  /** Resolves when it is over and what came of it is recorded; never rejects. */
  over: Promise<void>;
}

/** How a measurement ends without a result; `interrupted` with the server, which records nothing more. */
type Stop = 'overtaken' | 'cancelled' | 'interrupted';

const STOPPED: Readonly<Record<Stop, Refused>> = {
  overtaken: {
    kind: 'refused',
    code: 'MEASUREMENT_OVERTAKEN',
    title: 'records were put out of use while the version was measured',
    nextStep: 'Wait until the request is through, and measure the version that serves then.',
  },
  cancelled: {
    kind: 'refused',
    code: 'MEASUREMENT_CANCELLED',
    title: 'the measurement was cancelled',
    nextStep: 'Start it again whenever you like; nothing is left of this one.',
  },
  interrupted: {
    kind: 'refused',
    code: 'MEASUREMENT_INTERRUPTED',
    title: 'the server ended while the version was measured',
    nextStep: 'Start it again; nothing is left of the one before.',
  },
};

/**
 * Measurements of versions, one at a time, and never twice of one version. An erasure ends the one that runs: its records are not worked on any
 * longer, and the machine is free for the rebuild. Only what is rounded is recorded (docs/decisions/0052); that one has begun is, too, so that a
 * server that went down meanwhile can say so.
 */
export class Measurements {
  private running: Running | undefined;
  private readonly refused = new Map<string, Refusal>();
  /** Lines of which this server has begun a measurement: it knows itself what became of the last one. */
  private readonly begunHere = new Set<string>();
  private readonly watchers = new Set<(view: MeasurementsView['running']) => void>();
  private readonly log: MeasurementLog;

  constructor(private readonly parts: MeasurementsParts) {
    this.log = new MeasurementLog(parts.store);
  }

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
    const { measured, begun } = await this.log.read(line);
    const isMeasured = measured.some((known) => known.version === version);
    if (!isMeasured && !this.isRunning(line, version)) await this.begin(state, published, begun).begun;
    return this.view(line);
  }

  /**
   * Stops the measurement of a version; answers when nothing of it runs any more.
   *
   * @throws UnlearningError LINE_UNKNOWN; EngineError MEASUREMENT_NOT_RUNNING
   */
  async cancel(line: string, version: number): Promise<MeasurementsView> {
    if (this.running !== undefined && this.isRunning(line, version)) {
      await stop(this.running, 'cancelled');
      return this.view(line);
    }
    await this.parts.lines.get(line);
    throw new EngineError('MEASUREMENT_NOT_RUNNING', 'the version is not being measured', {
      facts: { line, version },
      nextStep: 'See what is being measured: GET /v1/models/{line}/measurements.',
    });
  }

  /** @throws UnlearningError LINE_UNKNOWN */
  async view(line: string): Promise<MeasurementsView> {
    await this.parts.lines.get(line);
    const { measured, unended } = await this.log.read(line);
    const running = this.runningView();
    const isInterrupted = unended !== undefined && !this.begunHere.has(line);
    const refused = isInterrupted ? refusalOf(unended, STOPPED.interrupted) : this.refused.get(line);
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
    if (this.running !== undefined) await stop(this.running, 'interrupted');
  }

  private isRunning(line: string, version: number): boolean {
    return this.running?.line.genesis.line === line && this.running.published.version === version;
  }

  /** @param nth how many measurements of the line were begun before */
  private begin(line: ModelLineState, published: PublishedVersion, nth: number): Running {
    if (this.running !== undefined) throw busy(this.running);
    this.parts.lines.requireSameBuild(line);
    this.refused.delete(line.genesis.line);
    this.begunHere.add(line.genesis.line);
    const told = { genesis: line.genesis, version: published.version, nth };
    const startedAt = this.parts.now();
    const running: Running = {
      line,
      published,
      told,
      startedAt,
      progress: { stage: 'reading' },
      run: undefined,
      stopped: undefined,
      end: undefined,
      begun: this.log.began(told, startedAt),
      over: Promise.resolve(),
    };
    this.running = running;
    running.over = this.work(running).finally(() => {
      this.running = undefined;
      this.tellWatchers();
    });
    return running;
  }

  private async work(running: Running): Promise<void> {
    const { told, begun } = running;
    let end: MeasurementEnd;
    try {
      await begun;
      end = await this.measure(running);
      if (end.kind === 'measured') await this.log.cameTo(told, end.utility, this.parts.now());
      else if (running.stopped !== 'interrupted')
        await this.log.cameToNothing(told, end.code, this.parts.now());
    } catch (error) {
      end = isCodedError(error) ? measurementRefusal(error) : FAILED;
    }
    if (end.kind === 'refused') this.refused.set(told.genesis.line, refusalOf(told.version, end));
  }

  /** Whoever puts records out of use from here on ends it; those that were before are seen by the measurer. */
  private async measure(running: Running): Promise<MeasurementEnd> {
    const { line, published } = running;
    const after = await this.parts.store.head();
    const quarantines = this.watchQuarantines(after, () => {
      running.stopped ??= 'overtaken';
      running.run?.cancel();
    });
    try {
      if (running.stopped === undefined) {
        running.run = this.parts.measurer.run(line, published, (news) => this.hear(running, news));
        await running.run.ended;
      }
      await quarantines.caughtUp();
      return running.stopped === undefined ? (running.end ?? FAILED) : STOPPED[running.stopped];
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
}

const FAILED: MeasurementEnd = {
  kind: 'refused',
  code: 'MEASUREMENT_FAILED',
  title: 'the measurement ended before it had a result',
  nextStep: 'Start it again; nothing is left of the one before.',
};

async function stop(running: Running, why: Stop): Promise<void> {
  running.stopped ??= why;
  running.run?.cancel();
  await running.over;
}

function refusalOf(version: number, { code, title, nextStep }: Refused): Refusal {
  return { version, code, title, nextStep };
}

function busy({ line, published }: Running): EngineError {
  return new EngineError('MEASUREMENT_RUNNING', 'another version is being measured', {
    facts: { line: line.genesis.line, version: published.version },
    nextStep: 'Wait until that one is through; one is measured at a time.',
  });
}
