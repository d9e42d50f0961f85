import { InvalidArgumentError, type Command } from 'commander';
import { wholeNumber } from './line-options.js';
import type { ServeFlags } from './witness-work.js';

/** Adds `witness init`, `witness show` and `witness serve`, which need no installation and nothing of the operator but its vkey. */
export function registerWitness(program: Command): void {
  const witness = program
    .command('witness')
    .description(
      'see checkpoints of logs as they grow, and cosign them: for a party other than the operator of the log',
    );
  const withFolder = (command: Command): Command =>
    command.option(
      '--data <folder>',
      'key and record of the witness',
      process.env.LACUNA_WITNESS_DATA ?? 'lacuna-witness',
    );
  withFolder(witness.command('init').description('make a witness with a key of its own'))
    .requiredOption('--name <name>', 'name in policies: a URL without scheme, such as witness.example.com/w1')
    .action(async ({ data, name }: { data: string; name: string }) => {
      const { makeWitness } = await import('./witness-work.js');
      await makeWitness(data, name);
    });
  withFolder(witness.command('show').description('its vkey, and the checkpoints it cosigned last')).action(
    async ({ data }: { data: string }) => {
      const { showWitness } = await import('./witness-work.js');
      await showWitness(data);
    },
  );
  registerServe(withFolder(witness.command('serve')));
}

function registerServe(command: Command): void {
  command
    .description(
      'answer logs over HTTP (C2SP tlog-witness): POST /add-checkpoint, GET /<origin hash>/checkpoint, GET /health',
    )
    .option('--listen <address>', 'host and port', toAddress, { host: '127.0.0.1', port: 7380 })
    .option('--log <vkey>', 'vkey of a log to watch, or a file with one a line; may be repeated', collect, [])
    .option('--rate <n>', 'checkpoints a second of each log, in the long run (default: 20)', wholeNumber)
    .option('--burst <n>', 'checkpoints of each log at once (default: 100)', wholeNumber)
    .addHelpText(
      'after',
      '\nExample:\n  lacuna witness serve --data w1 --listen 127.0.0.1:7380 --log trust/log.vkey\n' +
        '\nPut a web server with TLS in front of it. docs/guides/running-a-witness.md says the rest.',
    )
    .action(async (flags: ServeFlags) => {
      const { serveWitness } = await import('./witness-work.js');
      await serveWitness(flags);
    });
}

const collect = (text: string, collected: readonly string[]): string[] => [...collected, text];

function toAddress(text: string): ServeFlags['listen'] {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):([0-9]{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535)
    throw new InvalidArgumentError('expected host:port, such as 127.0.0.1:7380 or [::1]:7380');
  return { host: bracketed ?? plain, port: Number(port) };
}
