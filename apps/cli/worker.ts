import { availableParallelism, hostname } from 'node:os';
import { Option, type Command } from 'commander';
import type { Level } from '#platform/logging';
import type { WorkerFlags } from '../worker/index.js';

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] satisfies Level[];

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
    .action(async (flags: WorkerFlags) => {
      const { runWorker } = await import('../worker/index.js');
      await runWorker(flags, dataFolderOf());
    });
}

function toCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1 || count > 65_535)
    throw new TypeError('expected a whole number from 1');
  return count;
}
