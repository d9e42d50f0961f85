import type { Logger } from 'pino';
import { errorFacts, openLog, type Level } from '#platform/logging';
import { Meters, MetricsServer } from '#platform/metrics';
import { startTracing } from '#platform/tracing';
import type { ToldJob } from '#stages/training/queue';
import { backendsOf } from '../installation/index.js';
import { serveHealth } from './health.js';
import { openWorker, type OpenWorker } from './open-worker.js';
import { WorkerMeters } from './worker-meters.js';

/** What the options of `lacuna worker` say. */
export interface WorkerFlags {
  readonly concurrency: number;
  readonly threads?: number;
  readonly name: string;
  readonly healthPort?: number;
  readonly healthHost: string;
  readonly metricsPort?: number;
  readonly metricsHost: string;
  readonly grace: number;
  readonly logLevel: Level;
}

const SECOND = 1_000;

/** Trains what the queue holds until it is told to end. @param dataFolder where somebody named one */
export async function runWorker(flags: WorkerFlags, dataFolder: string | undefined): Promise<void> {
  const log = openLog({ name: 'lacuna-worker', level: flags.logLevel });
  const stopTracing = await startTracing('lacuna-worker', process.env);
  const meters = new WorkerMeters(new Meters());
  const worker = await openWorker({
    backends: backendsOf(process.env),
    dataFolder,
    name: flags.name,
    concurrency: flags.concurrency,
    threads: flags.threads,
    onJob: (job) => {
      meters.hear(job);
      tell(log, job);
    },
    onTrouble: (reason) => log.warn(errorFacts(reason), 'the queue is in trouble'),
  });
  if (worker.warnings.includes('evicts'))
    log.warn(
      { code: 'QUEUE_REDIS_EVICTS' },
      'the Redis may drop jobs when its memory is full: set maxmemory-policy noeviction',
    );
  let isEnding = false;
  const health =
    flags.healthPort === undefined
      ? undefined
      : await serveHealth(flags.healthPort, flags.healthHost, worker.jobs, () => isEnding);
  meters.watch(worker.jobs);
  const metrics =
    flags.metricsPort === undefined
      ? undefined
      : await MetricsServer.listen(meters.meters, { host: flags.metricsHost, port: flags.metricsPort });
  const end = (): void => {
    if (isEnding) return;
    isEnding = true;
    void drain(worker, flags.grace, log).then(async () => {
      health?.closeAllConnections();
      health?.close();
      await metrics?.close();
      await stopTracing();
    });
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, end);
  process.stdout.write(`Lacuna's worker takes ${flags.concurrency} jobs at a time.\n`);
}

async function drain(worker: OpenWorker, grace: number, log: Logger): Promise<void> {
  log.info('ending: no more jobs are taken');
  await worker.close(grace * SECOND);
  log.info('ended');
}

function tell(log: Logger, { id, rebuildId, part, state, seconds, reason }: ToldJob): void {
  const facts = { job: id, rebuild: rebuildId, part, state, seconds, reason };
  if (state === 'failed') log.warn(facts, 'a job failed');
  else log.info(facts, 'a job');
}
