import type { Command } from 'commander';
import { CommandError } from './command-error.js';
import { toStdout } from './output.js';
import type { GlobalFlags } from './session.js';

async function whoseOf(command: Command) {
  const { backendsOf } = await import('../installation/index.js');
  return {
    folder: command.optsWithGlobals<GlobalFlags>().dataFolder,
    backends: backendsOf(process.env),
  };
}

/** Adds `read-models migrate` and `read-models reset`. */
export function registerReadModels(program: Command): void {
  const group = program.command('read-models').description('tables that are made from the events');
  group
    .command('migrate')
    .description(
      'bring tables of an earlier release on PostgreSQL to this one; run it while the API is stopped',
    )
    .action(async (_: unknown, command: Command) => {
      const { migrateReadModels } = await import('../installation/index.js');
      const taken = await migrateReadModels(await whoseOf(command));
      for (const name of taken) toStdout(`Taken: ${name}`);
      toStdout(
        taken.length === 0
          ? 'Nothing to do.'
          : 'The next start fills again what the migrations have emptied.',
      );
    });
  group
    .command('reset')
    .description('drop the tables; the next start fills them again from the events')
    .option('--yes', 'really')
    .action(async ({ yes }: { yes?: boolean }, command: Command) => {
      if (yes !== true)
        throw new CommandError('CONFIRMATION_MISSING', 'this drops all read models of the installation', {
          nextStep: 'Add --yes; until they are filled again, which takes its time, nothing is answered.',
        });
      const { resetReadModels } = await import('../installation/index.js');
      await resetReadModels(await whoseOf(command));
      toStdout('Dropped. The next start fills them again from the events.');
    });
}
