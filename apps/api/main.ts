#!/usr/bin/env node
import 'reflect-metadata';
import { Command, InvalidArgumentError } from 'commander';
import { pino } from 'pino';
import { CodedError } from '#libs/essentials';
import { openInstallation } from '../installation/index.js';
import { createApi } from './create-api.js';
import { openTokens } from './tokens-file.js';

interface Flags {
  readonly dataFolder: string;
  readonly host: string;
  readonly port: number;
  readonly threads?: number;
}

const toPort = (text: string): number => {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('expected a port from 0 to 65535');
  return port;
};

const toThreads = (text: string): number => {
  const threads = Number(text);
  if (!Number.isInteger(threads) || threads < 1)
    throw new InvalidArgumentError('expected a whole number from 1');
  return threads;
};

const program = new Command('lacuna-api')
  .description('Lacuna over HTTP: ingest, requests, recommendations, models, ledger; documentation at /docs')
  .option(
    '--data-folder <folder>',
    'where everything is kept',
    process.env.LACUNA_DATA_FOLDER ?? 'lacuna-data',
  )
  .option('--host <address>', 'address to listen on', process.env.LACUNA_HOST ?? '127.0.0.1')
  .option('--port <n>', 'port to listen on', toPort, toPort(process.env.LACUNA_PORT ?? '8080'))
  .option('--threads <n>', 'threads that train', toThreads)
  .action(serve);

async function serve({ dataFolder, host, port, threads }: Flags): Promise<void> {
  const log = pino({ name: 'lacuna-api' });
  const installation = await openInstallation({ folder: dataFolder, threads, kek: process.env.LACUNA_KEK });
  const { verifier, minted } = await openTokens(installation.folder.paths.root);
  const app = await createApi(installation, verifier, log);
  await app.listen(port, host);
  installation
    .resume()
    .catch((error: unknown) =>
      log.error({ code: error instanceof CodedError ? error.code : 'UNKNOWN' }, 'resuming requests failed'),
    );
  process.stdout.write(`Lacuna listens on ${await app.getUrl()}, documentation at /docs.\n`);
  if (minted.length > 0) {
    process.stdout.write('Tokens, shown once and stored as hashes only:\n');
    for (const { role, token } of minted) process.stdout.write(`  ${role.padEnd(7)} ${token}\n`);
  }
  const stop = async (): Promise<void> => {
    await app.close(); // lets answers that are under way finish
    await installation.close();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CodedError)) throw error;
  process.stderr.write(
    `${error.code}: ${error.message}\n${error.nextStep === undefined ? '' : `What to do: ${error.nextStep}\n`}`,
  );
  process.exitCode = 1;
}
