import type { Command } from 'commander';
import { counted, grouped } from '#platform/terminal';
import { migrateEvents } from '../installation/index.js';
import { toStdout } from './output.js';
import type { GlobalFlags } from './session.js';

/** Adds `migrate`. */
export function registerMigrate(program: Command): void {
  program
    .command('migrate')
    .description('move the events of the data folder to the server that LACUNA_EVENTSTORE_URL names')
    .addHelpText(
      'after',
      '\nStop Lacuna first. An interrupted run is simply started again; the file is removed when every event was compared.',
    )
    .action(async (_: unknown, command: Command) => {
      const { dataFolder } = command.optsWithGlobals<GlobalFlags>();
      const { events, digest } = await migrateEvents(dataFolder, process.env, showProgress);
      toStdout(`${counted(events, 'event')} moved and compared; SHA-256 over all of them: ${digest}.`);
    });
}

function showProgress(carried: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${grouped(carried)} events`);
}
