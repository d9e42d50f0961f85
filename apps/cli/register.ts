import { InvalidArgumentError, type Command } from 'commander';
import { toStdout } from './output.js';
import { withInstallation, type GlobalFlags } from './session.js';

interface RegisterFlags {
  readonly from?: string;
  readonly until?: string;
  readonly csv?: boolean;
}

function toDay(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))) return text;
  throw new InvalidArgumentError('expected a day such as 2026-01-31');
}

/** Adds `requests register`. */
export function registerRegister(requests: Command): void {
  requests
    .command('register')
    .description('counts by month and kind, for the supervisory authority')
    .option('--from <day>', 'first day; default: of this year', toDay)
    .option('--until <day>', 'last day; default: today', toDay)
    .option('--csv', 'as CSV; default: JSON')
    .action(({ from, until, csv }: RegisterFlags, command: Command) =>
      withInstallation(command.optsWithGlobals<GlobalFlags>(), async ({ register }) => {
        const view = register.of(register.period({ from, until }));
        if (!csv) return toStdout(JSON.stringify(view, undefined, 2));
        const { registerCsv } = await import('#stages/register');
        process.stdout.write(registerCsv(view));
      }),
    );
}
