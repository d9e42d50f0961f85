import { Option, type Command } from 'commander';
import type { ImportFlags, ImportSession } from './import-file.js';
import { DEFAULT_PROFILE_PURPOSE, DEFAULT_PURPOSE } from './import-purposes.js';
import { texts } from './line-options.js';

/**
 * Adds `lacuna import [FILE]`.
 *
 * @param open opens the installation that the command's and the program's options name
 */
export function registerImport(
  program: Command,
  open: (options: Record<string, unknown>) => Promise<ImportSession>,
): void {
  program
    .command('import')
    .description(
      'record the interactions of a file, and what people have stated of themselves; a repetition records nothing twice',
    )
    .argument('[file]', 'ratings.dat, u.data, or a CSV with a header; plain or gzip')
    .option('--items <file>', 'catalogue to take in first: movies.dat, movies.csv, u.item, items.csv')
    .addOption(
      new Option('--format <name>', 'default: told by the first line').choices([
        'movielens-dat',
        'movielens-tab',
        'csv',
      ]),
    )
    .option('--columns <map>', 'user=NAME,item=NAME[,value=NAME][,time=NAME][,type=NAME]')
    .option('--type <name>', 'type of the interactions when no column says', 'rating')
    .option(
      '--purpose <name>',
      `purpose they are recorded for (default: of --grant-consent, or ${DEFAULT_PURPOSE})`,
    )
    .option('--time-default <time>', 'for rows without a time: seconds since 1970 or ISO 8601')
    .option('--grant-consent <purpose>', 'enrol people who are new, with consent to this purpose')
    .option('--evidence <reference>', 'where the proof of that consent is kept')
    .option('--profiles <file>', 'CSV with a column of people and one a feature, such as user,gender,age')
    .option('--features <file>', 'CSV of the features that there are, such as gender=F, to catalogue first')
    .option('--profile-columns <names>', 'columns that are features (default: all the others)', texts)
    .option('--profile-purpose <name>', 'purpose that features are recorded for', DEFAULT_PROFILE_PURPOSE)
    .option('--profile-time <time>', 'since when they hold, for rows without a time')
    .option(
      '--grant-profile-consent',
      'record consent to the purpose of the features for people who have never decided about it; needs --evidence',
    )
    .addOption(
      new Option('--on-bad-line <what>', 'stop, or report and leave out')
        .choices(['stop', 'skip'])
        .default('stop'),
    )
    .option('--rejects <file>', 'report of the lines left out (default: FILE.rejects.ndjson in this folder)')
    .option('--json', 'print the summary as JSON')
    .action(async (file: string | undefined, flags: ImportFlags, command: Command) => {
      const { importFile } = await import('./import-file.js');
      process.exitCode = await importFile(file, flags, () => open(command.optsWithGlobals()));
    });
}
