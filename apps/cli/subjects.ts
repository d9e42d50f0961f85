import { Option, type Command } from 'commander';
import type { ExternalIdKind } from '#libs/messaging';
import { toStdout } from './output.js';
import { withInstallation, type GlobalFlags } from './session.js';

/** Adds `subjects`. */
export function registerSubjects(program: Command): void {
  const subjects = program.command('subjects').description('the ids under which you know people');
  subjects
    .command('alias')
    .description('let a person be found under another id, such as the address that mail reaches them at')
    .argument('<subject>', 'id under which you know the person')
    .argument('<alias>', 'the other id')
    .addOption(
      new Option(
        '--kind <kind>',
        'what the other id is (default: email when it looks like an address)',
      ).choices(['email', 'id']),
    )
    .option('--remove', 'take the other id away again')
    .action((subject: string, alias: string, flags: AliasFlags, command: Command) =>
      withInstallation(command.optsWithGlobals<GlobalFlags>(), async ({ ingest }) => {
        if (flags.remove) ingest.aliases.remove(subject, alias);
        else ingest.aliases.add(subject, { alias, kind: flags.kind });
        toStdout(flags.remove ? 'The person is not known under it.' : 'The person is known under both.');
      }),
    );
}

interface AliasFlags {
  readonly kind?: ExternalIdKind;
  readonly remove?: boolean;
}
