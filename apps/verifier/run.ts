import { Command, CommanderError } from 'commander';
import type { CertificateOptions } from './certificate.js';
import type { ReplayOptions } from './replay.js';
import { EXIT, type ExitCode, type Output } from './output.js';

/**
 * Runs `lacuna-verify`. Each command lives in a file of its own and is loaded when it is asked for, so that a short command starts
 * quickly.
 *
 * @param argv without the names of program and script
 */
export async function run(argv: readonly string[], output: Output): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.verified;
  const program = new Command('lacuna-verify')
    .description('Verifies unlearning certificates without trusting whoever issued them.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.print(text.trimEnd()),
      writeErr: (text) => output.printError(text.trimEnd()),
    })
    .showHelpAfterError()
    .addHelpText('after', '\nExit codes: 0 verified, 1 refused, 2 wrong usage or unreadable file');

  program
    .command('certificate')
    .description('verify one certificate offline: signature, log entry, inclusion, checkpoint')
    .argument('<file>', 'the certificate, a Sigstore bundle (*.sigstore.json)')
    .requiredOption('--trust <folder>', 'folder with log.vkey, trusted-root.json and certificate-signer.pem')
    .option('--json', 'print the report as JSON')
    .action(async (file: string, options: CertificateOptions) => {
      const { certificateCommand } = await import('./certificate.js');
      exitCode = await certificateCommand(file, options, output);
    });

  program
    .command('replay')
    .description(
      'rebuild datasets, shards and aggregator from the events and compare every byte with a certificate',
    )
    .requiredOption('--certificate <file>', 'the certificate, a Sigstore bundle (*.sigstore.json)')
    .requiredOption('--events <file>', 'copy of the event log (events.db)')
    .requiredOption('--trust <folder>', 'folder with log.vkey, trusted-root.json and certificate-signer.pem')
    .option('--keys <file>', 'keys that open the events (default: replay-keys.jsonl beside them)')
    .option('--models <folder>', 'folder with the manifests (default: models beside the events)')
    .option('--all-shards', 'also rebuild the shards that the unlearning left alone')
    .option('--threads <n>', 'threads that rebuild (default: one a processor)', Number)
    .option('--json', 'print the report as JSON')
    .action(async (options: ReplayOptions) => {
      const { replayCommand } = await import('./replay.js');
      exitCode = await replayCommand(options, output);
    });

  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.verified : EXIT.unusable;
  }
}
