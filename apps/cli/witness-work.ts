import { readFileSync } from 'node:fs';
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
import { integer, table, toStdout } from './output.js';

/** What the options of `witness serve` say. */
export interface ServeFlags {
  readonly data: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Vkeys, or files with one a line. */
  readonly log: readonly string[];
  readonly rate?: number;
  readonly burst?: number;
}

/** What `witness init` does. */
export async function makeWitness(folder: string, name: string): Promise<void> {
  const key = await createWitness(folder, name);
  toStdout(`Made in ${folder}. Whoever is to trust this witness needs its vkey:`);
  toStdout(formatVkey(key));
}

/** What `witness show` prints. */
export async function showWitness(folder: string): Promise<void> {
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

/** Cosigns until it is told to end. @throws WitnessError WITNESS_LOG_UNUSABLE, and what Witness.open throws */
export async function serveWitness({ data, listen, log, ...flags }: ServeFlags): Promise<void> {
  const logs = log.flatMap(keysOf);
  const journal = openLog({ name: 'lacuna-witness' });
  const { rate = DEFAULT_LIMIT.rate, burst = DEFAULT_LIMIT.burst } = flags;
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

/** A vkey has plus signs between its parts; what has none is a file. */
const keysOf = (text: string): NoteKey[] => (text.includes('+') ? [text] : readLines(text)).map(toLogKey);

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
