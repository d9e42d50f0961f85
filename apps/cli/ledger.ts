import { writeFile } from 'node:fs/promises';
import { InvalidArgumentError, type Command } from 'commander';
import { grouped } from '#platform/terminal';
import { notIssued } from '#stages/certification';
import { toStdout } from './output.js';
import { withInstallation, type GlobalFlags } from './session.js';
import type { Installation } from '../installation/index.js';

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
  registerReceipt(ledger);
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

function registerReceipt(ledger: Command): void {
  ledger
    .command('receipt')
    .description('write the proof that an entry is in the ledger as a COSE receipt (RFC 9942)')
    .argument('<id or index>', 'id of a certified request, or number of an entry')
    .option('--out <file>', 'default: the id or index with the ending .cose')
    .action((entry: string, { out = `${entry}.cose` }: { out?: string }, command: Command) =>
      withInstallation(command.optsWithGlobals<GlobalFlags>(), async (installation) => {
        const index = indexOf(entry, installation);
        await writeFile(out, installation.ledger.coseReceipt(index));
        toStdout(
          `Receipt of entry ${grouped(index)} in a ledger of ${grouped(installation.ledger.head().size)}: ${out}`,
        );
      }),
    );
}

function indexOf(entry: string, { requests }: Installation): number {
  if (/^\d{1,15}$/.test(entry)) return Number(entry);
  const state = requests.get(entry);
  if ('ledgerIndex' in state) return state.ledgerIndex;
  throw notIssued(state.requestId);
}
