#!/usr/bin/env node
import 'reflect-metadata';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { pino, type Logger } from 'pino';
import { CodedError, isCodedError } from '#libs/essentials';
import { oidcSettingsOf } from '#stages/access';
import { backendsOf, kekOptionsOf, openInstallation, type Installation } from '../installation/index.js';
import { createApi } from './create-api.js';
import { openTokens, type OpenedTokens } from './tokens-file.js';

/** The server cannot be started. */
class ApiError extends CodedError<'ADDRESS_UNAVAILABLE'> {}

const AGAIN = 60_000; // ms

interface Flags {
  readonly dataFolder: string;
  readonly host: string;
  readonly port: number;
  readonly threads?: number;
  readonly trustProxy?: number | string;
  readonly rateLimit?: number;
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

/** A number of proxies, or the addresses that they have. */
const toProxies = (text: string): number | string => (/^\d+$/.test(text) ? Number(text) : text);

const toRate = (text: string): number => {
  const rate = Number(text);
  if (!(rate > 0)) throw new InvalidArgumentError('expected a number above 0');
  return rate;
};

const BURST_SECONDS = 10;

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
  .action(serve);

async function serve({ dataFolder, host, port, threads, trustProxy, rateLimit }: Flags): Promise<void> {
  const log = pino({ name: 'lacuna-api' });
  const heldUp = (reason: unknown): void => log.error(reasonOf(reason), 'requests are held up');
  const installation = await openInstallation({
    folder: dataFolder,
    threads,
    backends: backendsOf(process.env),
    ...kekOptionsOf(process.env),
    portalUrl: `http://${host === '127.0.0.1' ? 'localhost' : host}:${port}`,
    oidc: oidcSettingsOf(process.env),
    mail: { smtpUrl: process.env.LACUNA_SMTP_URL, from: process.env.LACUNA_MAIL_FROM },
    onRequestFailure: heldUp,
    onDeliveryFailure: (reason) => log.error(reasonOf(reason), 'something could not be sent'),
    onSwept: (swept) => log.info(swept, 'model files that nothing names were destroyed'),
  });
  try {
    await installation.projections.runner.start();
    await warnOfOtherBuild(installation, log);
    const { verifier, minted } = await openTokens(installation.folder.paths.root);
    const app = await createApi(installation, verifier, log, {
      trustProxy,
      ...(rateLimit !== undefined && { limit: { rate: rateLimit, burst: rateLimit * BURST_SECONDS } }),
    });
    await listen(app, port, host);
    process.stdout.write(`Lacuna listens on ${await app.getUrl()}, documentation at /docs.\n`);
    printTokens(minted);
    printFirstLink(installation);
    stopOnSignal(app, installation);
  } catch (error) {
    await installation.close();
    throw error;
  }
  installation.startDelivering();
  installation.resume().catch(heldUp);
  // Requests expire, grow urgent, leave their grace window; certificates may wait for witnesses.
  setInterval(() => void installation.desk.tick().catch(heldUp), AGAIN).unref();
}

async function listen(app: NestExpressApplication, port: number, host: string): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (cause) {
    throw new ApiError('ADDRESS_UNAVAILABLE', 'cannot listen on that address', {
      facts: { host, port, reason: (cause as NodeJS.ErrnoException).code },
      nextStep: 'Choose another --port or --host, or stop what listens there.',
      cause,
    });
  }
}

function stopOnSignal(app: NestExpressApplication, installation: Installation): void {
  const stop = async (): Promise<void> => {
    await app.close(); // lets answers that are under way finish
    await installation.close();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
}

function printTokens(minted: OpenedTokens['minted']): void {
  if (minted.length === 0) return;
  process.stdout.write('Tokens, shown once and stored as hashes only:\n');
  for (const { role, token } of minted) process.stdout.write(`  ${role.padEnd(8)} ${token}\n`);
}

/** As long as nobody keeps the accounts, whoever starts the server may. */
function printFirstLink({ access }: Installation): void {
  const link = access.accounts.firstLink();
  if (link === undefined) return;
  process.stdout.write(
    `Set up the first account, which keeps the others, at\n  ${access.setUpUrl(link.token)}\nThe link works once, until ${link.expiresAt}.\n`,
  );
}

/** A line trains only under the code of its genesis: better to say so at the start than at the first erasure. */
async function warnOfOtherBuild({ lines, settings }: Installation, log: Logger): Promise<void> {
  try {
    lines.requireSameBuild(await lines.get(settings.line));
  } catch (reason) {
    log.warn(reasonOf(reason), 'this build cannot train the line in use');
  }
}

function reasonOf(reason: unknown): object {
  if (!isCodedError(reason)) return { reason: reason instanceof Error ? reason.name : 'unknown' };
  return { code: reason.code, facts: reason.facts, nextStep: reason.nextStep };
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
