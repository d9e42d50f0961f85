import { InvalidArgumentError, type Command } from 'commander';
import { grouped } from '#platform/terminal';
import { toStdout } from './output.js';
import { withInstallation, type GlobalFlags } from './session.js';

const DEFAULT_OVERLAP = 100;

function toOverlap(text: string): number {
  const entries = Number(text);
  if (!Number.isSafeInteger(entries) || entries < 0 || entries > 1_000_000_000)
    throw new InvalidArgumentError('expected a whole number of entries');
  return entries;
}

/** Adds `ledger` with its commands. */
export function registerLedger(program: Command): void {
  const ledger = program.command('ledger').description('the public log of what was published and certified');
  registerRotateKey(ledger);
}

function registerRotateKey(ledger: Command): void {
  ledger
    .command('rotate-key')
    .description('announce a new signing key in the ledger, and retire the one in use some entries later')
    .option(
      '--overlap <entries>',
      'so many further entries are signed with both keys, while verifiers get the new trust files',
      toOverlap,
      DEFAULT_OVERLAP,
    )
    .addHelpText(
      'after',
      '\nHand the new trust files to everybody who verifies (lacuna export writes them to trust/). Certificates that they hold already\nstay valid; new ones need the new files once the old key has retired.',
    )
    .action(({ overlap }: { overlap: number }, command: Command) =>
      withInstallation(command.optsWithGlobals<GlobalFlags>(), async (installation) => {
        const { vkey, retiresAt } = await installation.rotateLedgerKey(overlap);
        toStdout(`The ledger’s next key is announced in it: ${vkey}`);
        toStdout(
          `Both keys sign until it has ${grouped(retiresAt)} entries; from then on the old key alone is refused.`,
        );
      }),
    );
}
