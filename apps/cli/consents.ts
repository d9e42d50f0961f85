import type { Command } from 'commander';
import { toStdout } from './output.js';
import { withInstallation, type GlobalFlags } from './session.js';

/** Adds `consents export`. */
export function registerConsents(program: Command): void {
  program
    .command('consents')
    .description('consent records for other systems')
    .command('export')
    .description('consent records of a person as ISO/IEC TS 27560 in JSON-LD (W3C DPV)')
    .argument('<subject>', 'id under which you know the person')
    .action((subject: string, _: unknown, command: Command) =>
      withInstallation(command.optsWithGlobals<GlobalFlags>(), async ({ consentExport }) =>
        toStdout(JSON.stringify(await consentExport.of(subject), undefined, 2)),
      ),
    );
}
