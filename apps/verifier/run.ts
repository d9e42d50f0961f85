import { Command, CommanderError } from 'commander';
import { COMMANDS, type CommandEntry } from './commands.js';
import { EXIT, type ExitCode, type Output } from './output.js';

/**
 * Runs `lacuna-verify`.
 *
 * @param argv without the names of program and script
 */
export async function run(argv: readonly string[], output: Output): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.verified;
  const program = new Command('lacuna-verify')
    .description(
      'Verifies unlearning certificates, and the log they are in, without trusting whoever issued them.',
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.print(text.trimEnd()),
      writeErr: (text) => output.printError(text.trimEnd()),
    })
    .showHelpAfterError()
    .addHelpText('after', '\nExit codes: 0 verified, 1 refused, 2 wrong usage or unreadable file');
  for (const entry of COMMANDS)
    addCommand(program, entry, async (inputs) => {
      const command = await entry.load();
      exitCode = await command.run(inputs, output);
    });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.verified : EXIT.unusable;
  }
}

function addCommand(
  program: Command,
  { claim, summary, argument, options, examples }: CommandEntry,
  start: (inputs: Record<string, unknown>) => Promise<void>,
): void {
  const command = program.command(claim).description(summary);
  if (argument !== undefined) command.argument(`<${argument.name}>`, argument.meaning);
  for (const { flags, meaning, required, parse } of options) {
    const option = command.createOption(flags, meaning).makeOptionMandatory(required === true);
    command.addOption(parse === undefined ? option : option.argParser(parse));
  }
  command
    .option('--json', 'print the report as one JSON document')
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`)
    .action(async () => {
      const given = argument === undefined ? {} : { [argument.name]: command.args[0] };
      await start({ ...command.opts(), ...given });
    });
}
