import { pino, type DestinationStream, type Logger } from 'pino';

export const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type Level = (typeof LEVELS)[number];

export interface LogOptions {
  /** Of the program. */
  readonly name: string;
  /** Default: info. */
  readonly level?: Level;
  /** Default: standard output. */
  readonly to?: DestinationStream;
}

/** Fields that a line may have. A field that is not listed is left out, and its name is, too: a new one is to be decided about here. */
const FIELDS: ReadonlySet<string> = new Set([
  'areConnectionsClosed',
  'because',
  'bytes',
  'code',
  'facts',
  'files',
  'isAnswered',
  'isClosed',
  'job',
  'method',
  'milliseconds',
  'nextStep',
  'origin',
  'part',
  'reason',
  'rebuild',
  'request',
  'route',
  'seconds',
  'size',
  'stack',
  'state',
  'status',
  'system',
]);

/**
 * A log of lines of JSON, of named fields only. What is said of an error comes from `errorFacts`; an error that is logged as it is leaves
 * nothing but the line's own words.
 */
export function openLog({ name, level = 'info', to }: LogOptions): Logger {
  const options = {
    name,
    level,
    base: { name, pid: process.pid },
    formatters: { log: listed },
    serializers: { err: () => undefined },
  };
  return to === undefined ? pino(options) : pino(options, to);
}

function listed(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => FIELDS.has(name)));
}
