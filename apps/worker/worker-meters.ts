import type { Counter, Histogram } from 'prom-client';
import { packageVersion } from '#platform/build';
import type { Meters } from '#platform/metrics';
import type { JobWorker, ToldJob } from '#stages/training/queue';

const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

/** What is measured of a worker: its jobs by kind, never by name. */
export class WorkerMeters {
  private readonly jobs: Counter;
  private readonly durations: Histogram;

  constructor(readonly meters: Meters) {
    this.jobs = meters.counter({
      name: 'worker_jobs_total',
      help: 'Jobs that this worker has begun, done, failed or given back, by kind',
      labels: ['part', 'state'],
    });
    this.durations = meters.histogram(
      {
        name: 'worker_job_duration_seconds',
        help: 'Time from taking a job to its answer, by kind',
        labels: ['part'],
      },
      BUCKETS,
    );
  }

  hear({ part, state, seconds }: ToldJob): void {
    const kind = part.startsWith('shard-') ? 'shard' : part;
    this.jobs.inc({ part: kind, state });
    if (state === 'done' && seconds !== undefined) this.durations.observe({ part: kind }, seconds);
  }

  watch(jobs: Pick<JobWorker, 'activeJobs' | 'isReachable'>): void {
    const { meters } = this;
    meters.gauge({ name: 'worker_active_jobs', help: 'Jobs under way' }, () => [{ value: jobs.activeJobs }]);
    meters.gauge(
      { name: 'worker_queue_reachable', help: '1 while the Redis of the queue answers' },
      async () => [{ value: (await jobs.isReachable()) ? 1 : 0 }],
    );
    meters.gauge({ name: 'build_info', help: 'Always 1', labels: ['version'] }, () => [
      { labels: { version: packageVersion() }, value: 1 },
    ]);
  }
}
