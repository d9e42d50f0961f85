import type { Command } from 'commander';
import { counted, grouped } from '#platform/terminal';
import { toStdout } from './output.js';
import type { GlobalFlags } from './session.js';

/** Adds `migrate`. */
export function registerMigrate(program: Command): void {
  program
    .command('migrate')
    .description('move events and model files of the data folder to where the environment says')
    .addHelpText(
      'after',
      `
Events go to the server that LACUNA_EVENTSTORE_URL names, model files to the object store that LACUNA_MODEL_STORE names. Stop Lacuna
first. An interrupted run is simply started again; what was moved is removed when all of it was compared. Keys, ledger and dataset maps stay
in the data folder; read models are built again wherever LACUNA_POSTGRES_URL says.`,
    )
    .action(async (_: unknown, command: Command) => {
      const { dataFolder } = command.optsWithGlobals<GlobalFlags>();
      const { backendsOf, InstallationError } = await import('../installation/index.js');
      const { eventStore, models } = backendsOf(process.env);
      if (eventStore === undefined && models === undefined)
        throw new InstallationError('EVENT_STORE_UNNAMED', 'there is nowhere to migrate to', {
          nextStep:
            'Name an empty event store in LACUNA_EVENTSTORE_URL, an object store in LACUNA_MODEL_STORE, or both.',
        });
      if (models !== undefined) await moveModels(dataFolder);
      if (eventStore !== undefined) await moveEvents(dataFolder);
    });
}

async function moveModels(dataFolder: string): Promise<void> {
  const { migrateModels } = await import('../installation/index.js');
  const { files, bytes } = await migrateModels(dataFolder, process.env, ({ files: moved }) =>
    showProgress(`${grouped(moved)} model files`),
  );
  toStdout(
    files === 0
      ? 'No model files to move.'
      : `${counted(files, 'model file')} moved and read back, ${(bytes / 1e6).toFixed(1)} MB.`,
  );
}

async function moveEvents(dataFolder: string): Promise<void> {
  const { migrateEvents } = await import('../installation/index.js');
  const { events, digest } = await migrateEvents(dataFolder, process.env, (carried) =>
    showProgress(`${grouped(carried)} events`),
  );
  toStdout(`${counted(events, 'event')} moved and compared; SHA-256 over all of them: ${digest}.`);
}

function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${text}`);
}
