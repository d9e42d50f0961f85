#!/usr/bin/env node
import 'reflect-metadata';
import type { Logger } from 'pino';
import { CodedError } from '#libs/essentials';
import { fullDisk } from '#platform/data-folder';
import { Traffic } from '#platform/http';
import { errorFacts, openLog } from '#platform/logging';
import { Meters, MetricsServer } from '#platform/metrics';
import { startTracing } from '#platform/tracing';
import { oidcSettingsOf } from '#stages/access';
import { backendsOf, kekOptionsOf, openInstallation, type Installation } from '../installation/index.js';
import { createApi } from './create-api.js';
import { programOf, type Flags } from './flags.js';
import { InstallationMeters } from './metrics/index.js';
import { openWhenFree } from './standby.js';
import { stopServing } from './stop-serving.js';
import { openTokens, type OpenedTokens } from './tokens-file.js';

/** The server cannot be started. */
class ApiError extends CodedError<'ADDRESS_UNAVAILABLE'> {}

const AGAIN = 60_000; // ms
const EVICTS = 'the Redis may drop jobs when its memory is full: set maxmemory-policy noeviction';

const BURST_SECONDS = 10;
const EVENTS_BEFORE_THREAD = 5_000; // a server to which little comes needs none
const MB = 1_000_000;

async function serve(flags: Flags): Promise<void> {
  const { dataFolder, host, port, threads, trustProxy, rateLimit } = flags;
  const log = openLog({ name: 'lacuna-api', level: flags.logLevel });
  const stopTracing = await startTracing('lacuna-api', process.env);
  const meters = flags.metricsPort === undefined ? undefined : new InstallationMeters(new Meters());
  const heldUp = (reason: unknown): void => {
    meters?.heard.onRequestFailure(reason);
    log.error(errorFacts(reason), 'requests are held up');
  };
  const open = (): Promise<Installation> =>
    openInstallation({
      ...meters?.heard,
      folder: dataFolder,
      threads,
      eventsBeforeThread: EVENTS_BEFORE_THREAD,
      backends: backendsOf(process.env),
      ...kekOptionsOf(process.env),
      destructions: process.env.LACUNA_DESTRUCTIONS || undefined,
      portalUrl: `http://${host === '127.0.0.1' ? 'localhost' : host}:${port}`,
      oidc: oidcSettingsOf(process.env),
      mail: { smtpUrl: process.env.LACUNA_SMTP_URL, from: process.env.LACUNA_MAIL_FROM },
      onRequestFailure: heldUp,
      onQueueTrouble: (reason) => log.warn(errorFacts(reason), 'jobs for workers are held up'),
      onCopyFailure: (reason) => log.error(errorFacts(reason), 'the copy of the ledger is behind'),
      onDeliveryFailure: (reason) => {
        meters?.heard.onDeliveryFailure(reason);
        log.error(errorFacts(reason), 'something could not be sent');
      },
      onSwept: (swept) => log.info(swept, 'model files that nothing names were destroyed'),
    });
  const installation = flags.standby
    ? await openWhenFree(open, {
        host,
        port,
        onWaiting: () =>
          process.stdout.write('Lacuna stands by: another process works in the data folder.\n'),
      })
    : await open();
  const listeners: { close(): Promise<unknown> }[] = [];
  try {
    await installation.projections.runner.start();
    await warnOfOtherBuild(installation, log);
    await warnOfEviction(installation, log);
    const { verifier, minted } = await openTokens(installation.folder.paths.root);
    const traffic = new Traffic();
    const app = await createApi(installation, verifier, log, {
      traffic,
      meters,
      leastFree: flags.minFreeDisk * MB,
      trustProxy,
      ...(rateLimit !== undefined && { limit: { rate: rateLimit, burst: rateLimit * BURST_SECONDS } }),
    });
    listeners.push(app);
    const measuring = meters && (await measure(meters, flags));
    if (measuring !== undefined) listeners.push(measuring);
    await listening({ host, port }, () => app.listen(port, host));
    process.stdout.write(
      [
        `Lacuna listens on ${await app.getUrl()}, documentation at /docs.\n`,
        measuring === undefined ? '' : `Metrics are at ${measuring.url}.\n`,
        tokensIn(minted),
        firstLinkOf(installation),
      ].join(''), // in one piece, for programs that wait for it
    );
    const close = async (): Promise<void> => {
      await installation.close();
      await measuring?.close();
      await stopTracing();
    };
    stopOnSignal({ app, traffic, log, close }, flags);
  } catch (error) {
    for (const one of listeners) await one.close(); // what listens would keep the process alive, and answer nobody
    await installation.close();
    throw error instanceof CodedError ? error : (fullDisk(error) ?? error);
  }
  installation.startDelivering();
  installation.resume().catch(heldUp);
  // Requests expire, grow urgent, leave their grace window; certificates may wait for witnesses.
  setInterval(() => void installation.desk.tick().catch(heldUp), AGAIN).unref();
}

function measure(
  { meters }: InstallationMeters,
  { metricsHost, metricsPort = 0 }: Flags,
): Promise<MetricsServer> {
  const address = { host: metricsHost, port: metricsPort };
  return listening(address, () => MetricsServer.listen(meters, address));
}

async function listening<T>(
  { host, port }: { readonly host: string; readonly port: number },
  listen: () => Promise<T>,
): Promise<T> {
  try {
    return await listen();
  } catch (cause) {
    throw new ApiError('ADDRESS_UNAVAILABLE', 'cannot listen on that address', {
      facts: { host, port, reason: (cause as NodeJS.ErrnoException).code },
      nextStep:
        'Choose another --port or --host (or --metrics-port, --metrics-host), or stop what listens there.',
      cause,
    });
  }
}

/** What is cut off because it takes too long goes on at the next start, so that ending the process loses nothing. */
function stopOnSignal(
  what: Omit<Parameters<typeof stopServing>[0], 'notice' | 'patience'>,
  { drainNotice, drainPatience }: Flags,
): void {
  const stop = async (): Promise<void> => {
    await stopServing({ ...what, notice: drainNotice * 1000, patience: drainPatience * 1000 });
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
}

function tokensIn(minted: OpenedTokens['minted']): string {
  if (minted.length === 0) return '';
  const lines = minted.map(({ role, token }) => `  ${role.padEnd(8)} ${token}\n`);
  return ['Tokens, shown once and stored as hashes only:\n', ...lines].join('');
}

/** As long as nobody keeps the accounts, whoever starts the server may. */
function firstLinkOf({ access }: Installation): string {
  const link = access.accounts.firstLink();
  if (link === undefined) return '';
  return `Set up the first account, which keeps the others, at\n  ${access.setUpUrl(link.token)}\nThe link works once, until ${link.expiresAt}.\n`;
}

/** A line trains only under the code of its genesis: better to say so at the start than at the first erasure. */
async function warnOfOtherBuild({ lines, settings }: Installation, log: Logger): Promise<void> {
  try {
    lines.requireSameBuild(await lines.get(settings.line));
  } catch (reason) {
    log.warn(errorFacts(reason), 'this build cannot train the line in use');
  }
}

/** Jobs that a full Redis drops are made twice, and nobody sees why rebuilds take so long. */
async function warnOfEviction({ jobQueue }: Installation, log: Logger): Promise<void> {
  const warnings = (await jobQueue?.warnings().catch(() => [])) ?? [];
  if (warnings.includes('evicts')) log.warn({ code: 'QUEUE_REDIS_EVICTS' }, EVICTS);
}

try {
  await programOf(serve).parseAsync();
} catch (error) {
  if (!(error instanceof CodedError)) throw error;
  process.stderr.write(
    `${error.code}: ${error.message}\n${error.nextStep === undefined ? '' : `What to do: ${error.nextStep}\n`}`,
  );
  process.exitCode = 1;
}
