import { writeFile } from 'node:fs/promises';
import { InvalidArgumentError, type Command } from 'commander';
import { counted, grouped } from '#platform/terminal';
import type { LedgerCheckReport } from '#stages/ledger';
import type { Installation } from '../installation/index.js';
import { toStdout } from './output.js';
import { withInstallation, type GlobalFlags } from './session.js';

const DEFAULT_OVERLAP = 100;

function toWhole(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0 || value > 1_000_000_000)
    throw new InvalidArgumentError('expected a whole number from 0');
  return value;
}

/** Adds `ledger` with its commands. */
export function registerLedger(program: Command): void {
  const ledger = program.command('ledger').description('the public log of what was published and certified');
  registerCheck(ledger);
  registerExport(ledger);
  registerRotateKey(ledger);
  registerReceipt(ledger);
}

function registerExport(ledger: Command): void {
  ledger
    .command('export')
    .description(
      'write the published log as static files that any web server can host; repeat it to bring them up to date',
    )
    .requiredOption('--out <folder>', 'a new folder, or one that was exported to before')
    .action(({ out }: { out: string }, command: Command) =>
      withInstallation(command.optsWithGlobals<GlobalFlags>(), async ({ ledger: log }) => {
        await log.exportTo(out);
        toStdout(`${out} holds the log up to ${grouped(log.head().size)} entries.`);
      }),
    );
}

function registerCheck(ledger: Command): void {
  ledger
    .command('check')
    .description('derive the whole ledger again from its entries and from the events, and name what is wrong')
    .option('--clock-tolerance <seconds>', 'by how much clocks may run backwards', toWhole, 300)
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      '\nReads only, also where the ledger refuses to open. Exit codes: 0 everything is as it should be, 1 something is not.',
    )
    .action(async (flags: { clockTolerance: number; json?: boolean }, command: Command) => {
      const { backendsOf, checkInstallationLedger, kekOptionsOf } = await import('../installation/index.js');
      const { dataFolder } = command.optsWithGlobals<GlobalFlags>();
      const report = await checkInstallationLedger({
        backends: backendsOf(process.env),
        folder: dataFolder,
        ...kekOptionsOf(process.env),
        clockTolerance: flags.clockTolerance * 1000,
        onProgress: showProgress,
      });
      if (report.findings.length > 0) process.exitCode = 1;
      if (flags.json) toStdout(JSON.stringify(report, undefined, 2));
      else printReport(report);
    });
}

function showProgress(checked: number, size: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${grouped(checked)} of ${grouped(size)} entries`);
}

function printReport({ origin, size, checkpoints, findings }: LedgerCheckReport): void {
  toStdout(`${origin}: ${grouped(size)} entries, ${counted(checkpoints, 'checkpoint')} on record.`);
  if (findings.length === 0) toStdout('Everything is as the entries and the events say.');
  for (const { code, message, facts, nextStep } of findings) {
    const where = Object.entries(facts).map(([name, value]) => `${name}: ${value}`);
    toStdout(`${code}: ${message}${where.length > 0 ? ` (${where.join(', ')})` : ''}`);
    toStdout(`  What to do: ${nextStep}`);
  }
}

function registerRotateKey(ledger: Command): void {
  ledger
    .command('rotate-key')
    .description('announce a new signing key in the ledger, and retire the one in use some entries later')
    .option('--certificates', 'of the key that signs certificates and other statements, not of the log’s')
    .option(
      '--overlap <entries>',
      'so many further entries the key in use goes on (the log signs with both), while verifiers get the new trust files',
      toWhole,
      DEFAULT_OVERLAP,
    )
    .addHelpText(
      'after',
      '\nHand the new trust files to everybody who verifies (lacuna export writes them to trust/). Certificates that they hold already\nstay valid; new ones need the new files once the old key has retired.',
    )
    .action((flags: { overlap: number; certificates?: boolean }, command: Command) =>
      withInstallation(command.optsWithGlobals<GlobalFlags>(), (installation) =>
        flags.certificates
          ? rotateSigner(installation, flags.overlap)
          : rotateLog(installation, flags.overlap),
      ),
    );
}

async function rotateLog(installation: Installation, overlap: number): Promise<void> {
  const { vkey, retiresAt } = await installation.rotateLedgerKey(overlap);
  toStdout(`The ledger’s next key is announced in it: ${vkey}`);
  toStdout(
    `Both keys sign until it has ${grouped(retiresAt)} entries; from then on the old key alone is refused.`,
  );
}

async function rotateSigner(installation: Installation, overlap: number): Promise<void> {
  const { publicKey, retiresAt } = await installation.rotateSignerKey(overlap);
  toStdout(`The next key for certificates is announced in the ledger: ${publicKey}`);
  toStdout(
    `The key in use signs the entries before number ${grouped(retiresAt)}; later ones that it has signed are refused.`,
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
        const index = await indexOf(entry, installation);
        await writeFile(out, installation.ledger.coseReceipt(index));
        toStdout(
          `Receipt of entry ${grouped(index)} in a ledger of ${grouped(installation.ledger.head().size)}: ${out}`,
        );
      }),
    );
}

async function indexOf(entry: string, { requests }: Installation): Promise<number> {
  if (/^\d{1,15}$/.test(entry)) return Number(entry);
  const state = requests.get(entry);
  if ('ledgerIndex' in state) return state.ledgerIndex;
  const { notIssued } = await import('#stages/certification');
  throw notIssued(state.requestId);
}
