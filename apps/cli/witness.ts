import { readFileSync } from 'node:fs';
import { InvalidArgumentError, type Command } from 'commander';
import { isCodedError } from '#libs/essentials';
import { formatVkey, parseVkey, type NoteKey } from '#libs/merkle';
import { nodeVerifySignature } from '#platform/crypto';
import { openLog } from '#platform/logging';
import {
  createWitness,
  DEFAULT_LIMIT,
  describeWitness,
  Witness,
  WitnessError,
  WitnessServer,
} from '#stages/witness';
import { wholeNumber } from './line-options.js';
import { integer, table, toStdout } from './output.js';

interface ServeFlags {
  readonly data: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly log: NoteKey[];
  readonly rate: number;
  readonly burst: number;
}

/** Adds `witness init`, `witness show` and `witness serve`, which need no installation and nothing of the operator but its vkey. */
export function registerWitness(program: Command): void {
  const witness = program
    .command('witness')
    .description(
      'see checkpoints of logs as they grow, and cosign them: for a party other than the operator of the log',
    );
  const withFolder = (command: Command): Command =>
    command.option(
      '--data <folder>',
      'key and record of the witness',
      process.env.LACUNA_WITNESS_DATA ?? 'lacuna-witness',
    );
  withFolder(witness.command('init').description('make a witness with a key of its own'))
    .requiredOption('--name <name>', 'name in policies: a URL without scheme, such as witness.example.com/w1')
    .action(async ({ data, name }: { data: string; name: string }) => {
      const key = await createWitness(data, name);
      toStdout(`Made in ${data}. Whoever is to trust this witness needs its vkey:`);
      toStdout(formatVkey(key));
    });
  withFolder(witness.command('show').description('its vkey, and the checkpoints it cosigned last')).action(
    ({ data }: { data: string }) => show(data),
  );
  registerServe(withFolder(witness.command('serve')));
}

function registerServe(command: Command): void {
  command
    .description(
      'answer logs over HTTP (C2SP tlog-witness): POST /add-checkpoint, GET /<origin hash>/checkpoint, GET /health',
    )
    .option('--listen <address>', 'host and port', toAddress, { host: '127.0.0.1', port: 7380 })
    .option(
      '--log <vkey>',
      'vkey of a log to watch, or a file with one a line; may be repeated',
      collectKeys,
      [],
    )
    .option(
      '--rate <n>',
      'checkpoints a second of each log, in the long run',
      wholeNumber,
      DEFAULT_LIMIT.rate,
    )
    .option('--burst <n>', 'checkpoints of each log at once', wholeNumber, DEFAULT_LIMIT.burst)
    .addHelpText(
      'after',
      '\nExample:\n  lacuna witness serve --data w1 --listen 127.0.0.1:7380 --log trust/log.vkey\n' +
        '\nPut a web server with TLS in front of it. docs/guides/running-a-witness.md says the rest.',
    )
    .action(serve);
}

async function show(folder: string): Promise<void> {
  const { key, recorded } = await describeWitness(folder);
  toStdout(formatVkey(key));
  if (recorded.length === 0) return toStdout('Nothing cosigned yet.');
  const rows = recorded.map(({ origin, size, cosignedAt }) => [
    origin,
    integer(size),
    new Date(cosignedAt * 1000).toISOString(),
  ]);
  toStdout();
  for (const line of table(['log', 'size', 'cosigned at'], rows)) toStdout(line);
}

async function serve({ data, listen, log: logs, rate, burst }: ServeFlags): Promise<void> {
  const journal = openLog({ name: 'lacuna-witness' });
  const limit = { rate, burst };
  const witness = await Witness.open({ folder: data, logs, limit, verify: nodeVerifySignature });
  const server = await WitnessServer.listen(witness, listen, (event) =>
    journal[event.status < 500 ? 'info' : 'error'](event, 'asked'),
  ).catch(async (error: unknown) => {
    await witness.close();
    throw error;
  });
  toStdout(`Witness ${formatVkey(witness.key)} listens on ${server.url} for ${logNames(logs)}.`);
  const stop = async (): Promise<void> => {
    await server.close();
    await witness.close();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
}

function logNames(logs: readonly NoteKey[]): string {
  return [...new Set(logs.map(({ name }) => name))].join(', ');
}

function toAddress(text: string): ServeFlags['listen'] {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):([0-9]{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535)
    throw new InvalidArgumentError('expected host:port, such as 127.0.0.1:7380 or [::1]:7380');
  return { host: bracketed ?? plain, port: Number(port) };
}

/** A vkey has plus signs between its parts; what has none is a file. */
function collectKeys(text: string, collected: readonly NoteKey[]): NoteKey[] {
  const lines = text.includes('+') ? [text] : readLines(text);
  return [...collected, ...lines.map(toLogKey)];
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '');
  } catch (cause) {
    throw new WitnessError('WITNESS_LOG_UNUSABLE', 'a file with vkeys of logs cannot be read', {
      facts: { file, reason: (cause as NodeJS.ErrnoException).code },
      nextStep: 'Name a file such as log.vkey of a trust folder, or the vkey itself.',
      cause,
    });
  }
}

function toLogKey(vkey: string): NoteKey {
  try {
    return parseVkey(vkey);
  } catch (cause) {
    if (!isCodedError(cause)) throw cause;
    throw new WitnessError('WITNESS_LOG_UNUSABLE', `the vkey of a log cannot be used: ${cause.message}`, {
      facts: { reason: cause.code },
      nextStep: 'Get the vkey from the operator of the log: log.vkey in its trust folder.',
      cause,
    });
  }
}
