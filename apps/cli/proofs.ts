import type { Command } from 'commander';
import { counted } from '#platform/terminal';
import { wholeNumber } from './line-options.js';
import { toStdout } from './output.js';
import { withInstallation, type GlobalFlags } from './session.js';

interface AbsenceFlags {
  readonly request: string;
  readonly version?: number;
  readonly out: string;
}

/** Adds `proofs absence`. */
export function registerProofs(program: Command): void {
  program
    .command('proofs')
    .description('proofs for others, from the dataset maps')
    .command('absence')
    .description('prove that the records of a request are in no shard of later versions')
    .requiredOption('--request <id>', 'a request that has its certificate')
    .requiredOption('--out <file>', 'a new file')
    .option('--version <n>', 'of this version alone (default: every version since)', wholeNumber)
    .addHelpText(
      'after',
      `
The certified version is the first; of other lines, those that were published after the certificate.

Example:
  lacuna proofs absence --request 7f1d9b1e-0000-4000-8000-000000000001 --out request.absence.json
  lacuna-verify absence request.absence.json --trust trust --certificate certificates/….sigstore.json`,
    )
    .action(({ request, version, out }: AbsenceFlags, command: Command) =>
      withInstallation(command.optsWithGlobals<GlobalFlags>(), async ({ requests, absences }) => {
        const onVersion = (
          { line, version: number }: { line: string; version: number },
          done: number,
          of: number,
        ) => void process.stderr.write(`${line}, version ${number} (${done + 1} of ${of})\n`);
        const { file, versions } = await absences.prove(requests.get(request), { version, onVersion });
        const { writeOutput } = await import('../verifier/input-files.js');
        await writeOutput(out, file);
        toStdout(
          `Written to ${out}: ${counted(versions.length, 'version')}. Others check it with lacuna-verify absence.`,
        );
      }),
    );
}
