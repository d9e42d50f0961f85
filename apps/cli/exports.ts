import type { Command } from 'commander';
import { counted } from '#platform/terminal';
import { toStdout } from './output.js';
import { withInstallation, type GlobalFlags } from './session.js';

interface ReplayFlags {
  readonly recipient: string;
  readonly request?: string;
  readonly allShards?: boolean;
  readonly out: string;
}

/** Adds `export` and `export replay`. */
export function registerExports(program: Command): void {
  const bundle = program
    .command('export')
    .description(
      'write everything that verifies and replays, with keys that open the whole log: to be kept in the house; `export replay` is for others',
    )
    .argument('<folder>', 'a new folder')
    .action((folder: string, _: unknown, command: Command) =>
      withInstallation(command.optsWithGlobals<GlobalFlags>(), async (installation) => {
        const { exportBundle } = await import('../installation/index.js');
        await exportBundle(installation, folder);
        toStdout(
          `Written to ${folder}. Try: lacuna-verify certificate ${folder}/certificates/… --trust ${folder}/trust`,
        );
      }),
    );

  bundle
    .command('replay')
    .description(
      'write what an auditor needs to replay one certificate, and nothing else, encrypted to the auditor',
    )
    .requiredOption('--recipient <key>', 'the auditor’s age recipient, age1…')
    .requiredOption('--out <file>', 'a new file')
    .option('--request <id>', 'whose certificate (default: the newest)')
    .option('--all-shards', 'with the records of the shards that the unlearning left alone, too')
    .addHelpText(
      'after',
      '\nExample:\n  lacuna export replay --recipient age1… --out replay.age\n  lacuna-verify replay --export replay.age --identity key.txt --trust trust',
    )
    .action(async ({ recipient, request, allShards, out }: ReplayFlags, command: Command) => {
      const { parseRecipient } = await import('#libs/age');
      const { exportReplay } = await import('../installation/index.js');
      const order = { recipient: await parseRecipient(recipient), requestId: request, allShards, file: out };
      await withInstallation(command.optsWithGlobals<GlobalFlags>(), async (installation) => {
        const onProgress = (line: string): void => void process.stderr.write(`${line}\n`);
        const { requestId, shards, events, keys } = await exportReplay(installation, {
          ...order,
          onProgress,
        });
        toStdout(
          `Written to ${out}: certificate ${requestId}, shards ${shards.join(', ') || 'none'}, ${counted(events, 'event')}, ${counted(keys, 'key')}.`,
        );
      });
    });
}
