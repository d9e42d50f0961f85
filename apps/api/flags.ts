import { Command, InvalidArgumentError, Option } from 'commander';
import { LEVELS, type Level } from '#platform/logging';

export interface Flags {
  readonly dataFolder: string;
  readonly host: string;
  readonly port: number;
  readonly threads?: number;
  readonly trustProxy?: number | string;
  readonly rateLimit?: number;
  /** Seconds. */
  readonly drainNotice: number;
  /** Seconds. */
  readonly drainPatience: number;
  /** MB. */
  readonly minFreeDisk: number;
  /** Without it nothing is measured. */
  readonly metricsPort?: number;
  readonly metricsHost: string;
  readonly logLevel: Level;
  readonly standby: boolean;
}

/** Every option may also come from the environment. */
export function programOf(serve: (flags: Flags) => Promise<void>): Command {
  return new Command('lacuna-api')
    .description(
      'Lacuna over HTTP: ingest, requests, recommendations, models, ledger; documentation at /docs',
    )
    .addOption(
      new Option('--data-folder <folder>', 'where everything is kept')
        .env('LACUNA_DATA_FOLDER')
        .default('lacuna-data'),
    )
    .addOption(new Option('--host <address>', 'address to listen on').env('LACUNA_HOST').default('127.0.0.1'))
    .addOption(
      new Option('--port <n>', 'port to listen on').env('LACUNA_PORT').argParser(toPort).default(8080),
    )
    .option('--threads <n>', 'threads that train', toThreads)
    .addOption(
      new Option(
        '--standby',
        'where another api works in the data folder: wait until it has ended, then take over',
      )
        .env('LACUNA_STANDBY')
        .default(false),
    )
    .addOption(
      new Option('--trust-proxy <proxies>', 'proxies in front: how many, or their addresses (default: none)')
        .env('LACUNA_TRUST_PROXY')
        .argParser(toProxies),
    )
    .addOption(
      new Option('--rate-limit <n>', 'calls a second that one browser may go on making (default: 20)')
        .env('LACUNA_RATE_LIMIT')
        .argParser(toRate),
    )
    .addOption(
      new Option(
        '--drain-notice <seconds>',
        'when stopping: not ready, and still open, so that load balancers notice',
      )
        .env('LACUNA_DRAIN_NOTICE')
        .argParser(toAmount)
        .default(0),
    )
    .addOption(
      new Option(
        '--drain-patience <seconds>',
        'when stopping: what is under way may take so long, then connections, then the work on requests',
      )
        .env('LACUNA_DRAIN_PATIENCE')
        .argParser(toAmount)
        .default(20),
    )
    .addOption(
      new Option('--min-free-disk <MB>', 'with less room on the disk of the data folder it is not ready')
        .env('LACUNA_MIN_FREE_DISK')
        .argParser(toAmount)
        .default(256),
    )
    .addOption(
      new Option('--metrics-port <n>', 'port of /metrics for Prometheus (default: none)')
        .env('LACUNA_METRICS_PORT')
        .argParser(toPort),
    )
    .addOption(
      new Option('--metrics-host <address>', 'address of /metrics; never one that the world can reach')
        .env('LACUNA_METRICS_HOST')
        .default('127.0.0.1'),
    )
    .addOption(
      new Option('--log-level <level>', 'debug has a line for each answer')
        .env('LACUNA_LOG_LEVEL')
        .choices(LEVELS)
        .default('info'),
    )
    .action(serve);
}

function toPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('expected a port from 0 to 65535');
  return port;
}

function toThreads(text: string): number {
  const threads = Number(text);
  if (!Number.isInteger(threads) || threads < 1)
    throw new InvalidArgumentError('expected a whole number from 1');
  return threads;
}

/** A number of proxies, or the addresses that they have. */
function toProxies(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function toRate(text: string): number {
  const rate = Number(text);
  if (!(rate > 0)) throw new InvalidArgumentError('expected a number above 0');
  return rate;
}

function toAmount(text: string): number {
  const amount = Number(text);
  if (text.trim() === '' || !(amount >= 0 && amount < Infinity))
    throw new InvalidArgumentError('expected a number from 0');
  return amount;
}
