#!/usr/bin/env node
import { Command } from 'commander';
import { endWhenNobodyReads } from '#platform/terminal';
import { registerBackup } from './backup.js';
import { registerBench } from './bench.js';
import { registerCertificate } from './certificate.js';
import { registerConsents } from './consents.js';
import { registerEvaluate } from './evaluate.js';
import { registerExports } from './exports.js';
import { registerImport } from './import.js';
import { registerKeys } from './keys.js';
import { registerLedger } from './ledger.js';
import { wholeNumber } from './line-options.js';
import { registerLint } from './lint.js';
import { registerMigrate } from './migrate.js';
import { registerMeasure } from './measure.js';
import { registerModels } from './models.js';
import { toStdout } from './output.js';
import { registerProofs } from './proofs.js';
import { registerReadModels } from './read-models.js';
import { registerReceipts } from './receipts.js';
import { registerRegister } from './register.js';
import { registerRecipients } from './recipients.js';
import { registerRequests } from './requests.js';
import { explain, open, type GlobalFlags } from './session.js';
import { registerStaff } from './staff.js';
import { registerSubjects } from './subjects.js';
import { registerTune } from './tune.js';
import { registerWitness } from './witness.js';
import { registerWorker } from './worker.js';

const BROKEN_PIPE = 141; // 128 + SIGPIPE, as shells count

endWhenNobodyReads(BROKEN_PIPE);

const program = new Command('lacuna')
  .description('Recommenders that can forget, and prove it.')
  .option(
    '--data-folder <folder>',
    'where everything is kept',
    process.env.LACUNA_DATA_FOLDER ?? 'lacuna-data',
  )
  .option('--threads <n>', 'threads that train (default: one a processor)', wholeNumber)
  .showHelpAfterError('(add --help for the options)');

registerImport(program, async (options) => {
  const installation = await open(options as unknown as GlobalFlags);
  return { imports: installation.ingest.imports, close: () => installation.close() };
});
registerModels(program);
registerReadModels(program);
registerExports(program);
registerRequests(program);
registerSubjects(program);
registerStaff(program);
registerRecipients(program);
registerConsents(program);
registerRegister(program.commands.find((command) => command.name() === 'requests')!);
registerCertificate(program);
registerProofs(program);
registerReceipts(program);
registerEvaluate(program);
registerBench(program);
registerTune(program);
registerLint(program);
registerMeasure(program.commands.find((command) => command.name() === 'models')!);
registerWitness(program);
registerLedger(program);
registerKeys(program);
registerWorker(program, () => {
  const isNamed =
    program.getOptionValueSource('dataFolder') === 'cli' || process.env.LACUNA_DATA_FOLDER !== undefined;
  return isNamed ? program.opts<GlobalFlags>().dataFolder : undefined; // never one that is only the default of the other commands
});
registerBackup(program);
registerMigrate(program);

program
  .command('demo')
  .description('the whole story on a dataset: import, train, withdraw, erase, verify, replay')
  .option('--data <folder>', 'a dataset such as MovieLens-1M (default: an invented one of its shape)')
  .option('--out <folder>', 'gets what a third party needs', 'demo-out')
  .option('--shards <n>', 'shards of the line', wholeNumber, 8)
  .addHelpText(
    'after',
    '\nThe working folder is made anew: demo-data, unless --data-folder names another one.',
  )
  .action(async (flags: { data?: string; out: string; shards: number }) => {
    const { threads, dataFolder } = program.opts<GlobalFlags>();
    const named = program.getOptionValueSource('dataFolder') === 'cli'; // never one that is only the default of the other commands
    const { runDemo } = await import('./demo/run-demo.js');
    await runDemo({ ...flags, threads, dataFolder: named ? dataFolder : 'demo-data' }, toStdout);
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
