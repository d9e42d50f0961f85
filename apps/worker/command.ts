import { availableParallelism, hostname } from 'node:os';
import { Option, type Command } from 'commander';
import type { Logger } from 'pino';
import { errorFacts, LEVELS, openLog, type Level } from '#platform/logging';
import { Meters, MetricsServer } from '#platform/metrics';
import { startTracing } from '#platform/tracing';
import type { ToldJob } from '#stages/training';
import { backendsOf } from '../installation/index.js';
import { serveHealth } from './health.js';
import { openWorker, type OpenWorker } from './open-worker.js';
import { WorkerMeters } from './worker-meters.js';

interface Flags {
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

const EXPLANATION = `
Needs LACUNA_REDIS_URL, and where files and records are: LACUNA_MODEL_STORE and LACUNA_POSTGRES_URL as the api has them, or
--data-folder on the api's own host. It holds no keys: give it a role of PostgreSQL that may read lacuna_training_inputs and
nothing else, and credentials of the object store that may read and add files.`;

/** Adds `worker`. @param dataFolderOf the folder that somebody named for it; undefined where nobody did */
export function registerWorker(program: Command, dataFolderOf: () => string | undefined): void {
  program
    .command('worker')
    .description('train shards and aggregators for an installation on another host, or on this one')
    .option('--concurrency <n>', 'jobs at a time (default: one a processor)', toCount, availableParallelism())
    .option('--threads <n>', 'threads that train (default: one a job)', toCount)
    .option('--name <name>', 'by which engineers know it; default: the name of the host', hostname())
    .option('--health-port <port>', 'answer GET /health/live and /health/ready there', toCount)
    .option('--health-host <host>', 'address for it', '127.0.0.1')
    .option('--metrics-port <port>', 'answer GET /metrics there, for Prometheus', toCount)
    .option('--metrics-host <host>', 'address for it', '127.0.0.1')
    .option('--grace <seconds>', 'what is not done so long after SIGTERM goes back to the queue', Number, 20)
    .addOption(new Option('--log-level <level>', 'how much is told').choices(LEVELS).default('info'))
    .addHelpText('after', EXPLANATION)
    .action((flags: Flags) => work(flags, dataFolderOf()));
}

async function work(flags: Flags, dataFolder: string | undefined): Promise<void> {
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

function toCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1 || count > 65_535)
    throw new TypeError('expected a whole number from 1');
  return count;
}
