import type { Histogram } from 'prom-client';
import type { Meters } from '#platform/metrics';
import type { Installation, InstallationOptions } from '../../installation/index.js';

type Step = Parameters<NonNullable<InstallationOptions['onRebuild']>>[0];

const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200];
const MOST = 100; // rebuilds under way; those that were broken off are forgotten

interface Stage {
  readonly stage: Step['stage'];
  readonly since: number;
}

/** How long each stage of a rebuild takes, from its first word to that of the next. */
export class RebuildMeter {
  private readonly durations: Histogram;
  private readonly stages = new Map<string, Stage>();
  private strategyOf = async (): Promise<string> => 'unknown';

  constructor(
    meters: Meters,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.durations = meters.histogram(
      {
        name: 'rebuild_stage_duration_seconds',
        help: 'Time that a stage of a rebuild took, by sub-model and aggregator, and stage',
        labels: ['strategy', 'stage'],
      },
      BUCKETS,
    );
  }

  /** Without it strategies are unknown. */
  watch({ lines, settings }: Pick<Installation, 'lines' | 'settings'>): void {
    this.strategyOf = async () => {
      const { subModel, aggregator } = (await lines.get(settings.line)).genesis.config;
      return `${subModel.kind}/${aggregator.kind}`;
    };
  }

  hear({ rebuildId, stage, done, of }: Step): void {
    const before = this.stages.get(rebuildId);
    const now = this.now();
    const isOver = stage === 'publish' && done === of;
    if (before !== undefined && (before.stage !== stage || isOver)) this.took(before, now);
    if (isOver) this.stages.delete(rebuildId);
    else if (before?.stage !== stage) this.stages.set(rebuildId, { stage, since: now });
    if (this.stages.size > MOST) this.stages.delete(this.stages.keys().next().value!);
  }

  private took({ stage, since }: Stage, now: number): void {
    const seconds = (now - since) / 1000;
    void this.strategyOf()
      .catch(() => 'unknown')
      .then((strategy) => this.durations.observe({ strategy, stage }, seconds));
  }
}
