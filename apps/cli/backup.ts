import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Option, type Command } from 'commander';
import type { EventStore } from '#libs/messaging';
import { counted, grouped } from '#platform/terminal';
import type { BackupKey, BackupLock, Restored } from '../backup/index.js';
import { CommandError } from './command-error.js';
import { toStdout } from './output.js';
import type { GlobalFlags } from './session.js';

interface BackupFlags {
  readonly to?: readonly string[];
  readonly passphraseFile?: string;
  readonly withKek?: boolean;
}

interface RestoreFlags {
  readonly identity?: string;
  readonly passphraseFile?: string;
  readonly destructions?: string;
  readonly destructionsSinceBackup: boolean;
  readonly confirm?: string;
  readonly ledger?: string;
  readonly certificates?: string;
  readonly checkpoint?: string;
  readonly kek?: string;
}

const NOTHING_DESTROYED = 'nothing was destroyed since';

const tell = (line: string): void => void process.stderr.write(`${line}\n`);

/** Adds `backup`, `backup destructions` and `restore`. */
export function registerBackup(program: Command): void {
  const backup = program
    .command('backup')
    .description('write everything as of one moment into one encrypted file; the API may be running')
    .argument('<file>', 'a new file')
    .option('--to <recipients...>', 'age recipients, age1…: who can restore it')
    .option('--passphrase-file <file>', 'or: a file with a passphrase')
    .option(
      '--with-kek',
      'put the key-encryption key in, too, where it lies in kek.key: then the backup alone opens everything',
    )
    .addHelpText(
      'after',
      '\nKeep the key-encryption key, or access to the service that wraps it, somewhere else: without it a backup is worth nothing.\nKeep the journal of destructions (lacuna backup destructions, LACUNA_DESTRUCTIONS) outside, too: a restore needs its newest copy.',
    )
    .action(async (file: string, flags: BackupFlags, command: Command) => {
      const { dataFolder } = command.optsWithGlobals<GlobalFlags>();
      const { writeBackup } = await import('../backup/index.js');
      const { backendsOf } = await import('../installation/index.js');
      const order = {
        ...{ folder: dataFolder, file, withKek: flags.withKek, onProgress: tell },
        lock: await lockOf(flags),
      };
      const { eventStore } = backendsOf(process.env);
      const written =
        eventStore === undefined
          ? await writeBackup(order)
          : await withEvents(dataFolder, (events) => writeBackup({ ...order, events }));
      toStdout(
        `${file}: ${grouped(written.size)} bytes, ${counted(written.files, 'file')} as of ${written.madeAt}, written and read back.`,
      );
      if (written.holdsKek) toStdout('It holds the key-encryption key: whoever opens it opens everything.');
    });
  registerDestructions(backup);
  registerRestore(program);
}

function registerDestructions(backup: Command): void {
  backup
    .command('destructions')
    .description(
      'bring a journal up to date: what was put out of use and destroyed, so that a restore undoes none of it',
    )
    .requiredOption('--out <file>', 'a new file, or one that was written before')
    .addHelpText(
      'after',
      '\nThe API may be running. Set LACUNA_DESTRUCTIONS to a file on another disk, and the API keeps it up to date by itself: nothing\nis certified before it stands there. The journal holds pseudonyms, keyed labels, names of keys and times.',
    )
    .action(async ({ out }: { out: string }, command: Command) => {
      const { dataFolder } = command.optsWithGlobals<GlobalFlags>();
      const { DestructionJournal } = await import('#stages/requests');
      await withEvents(dataFolder, async (events, installation) => {
        const journal = await DestructionJournal.open(out, installation, events);
        toStdout(`${out} is up to date; news of ${counted(await journal.catchUp(), 'request')}.`);
      });
    });
}

/** Reads the log, wherever it is kept; Lacuna may be running. */
async function withEvents<T>(
  folder: string,
  work: (events: EventStore, installation: string) => Promise<T>,
): Promise<T> {
  const { backendsOf, installationIdOf, openEventsToRead } = await import('../installation/index.js');
  const installation = installationIdOf(folder);
  const events = path.join(folder, 'events.db');
  const store = await openEventsToRead({ events, backends: backendsOf(process.env), installation });
  try {
    return await work(store, installation);
  } finally {
    await store.close();
  }
}

function registerRestore(program: Command): void {
  program
    .command('restore')
    .description('restore a backup into an empty data folder, and carry out again what was destroyed since')
    .argument('<file>', 'what lacuna backup has written')
    .option('--identity <file>', 'age identity of a recipient')
    .option('--passphrase-file <file>', 'or: the file with the passphrase')
    .option('--destructions <file>', 'the newest copy of the journal of destructions')
    .addOption(
      new Option(
        '--no-destructions-since-backup',
        'answer for it that nothing was destroyed since the backup',
      ),
    )
    .option('--confirm <text>', `with it: type “${NOTHING_DESTROYED}”`)
    .option('--ledger <folder>', 'the published copy of the ledger, which is newer than the backup')
    .option('--certificates <folder>', 'a newer copy of certificates/: those that are missing are taken over')
    .option(
      '--checkpoint <file>',
      'a checkpoint of the ledger that somebody outside kept: refuses a ledger that is shorter or another',
    )
    .option('--kek <file>', 'the key-encryption key, to be put into the folder')
    .addHelpText(
      'after',
      '\nThe folder is --data-folder. Afterwards: lacuna train, where models were taken away; lacuna ledger check; lacuna status.',
    )
    .action(async (file: string, flags: RestoreFlags, command: Command) => {
      const { dataFolder } = command.optsWithGlobals<GlobalFlags>();
      requireDestructions(flags);
      const { restoreBackup } = await import('../backup/index.js');
      const { kekOptionsOf } = await import('../installation/index.js');
      const restored = await restoreBackup({
        ...{ file, folder: dataFolder, destructions: flags.destructions },
        ...{
          ledger: flags.ledger,
          certificates: flags.certificates,
          checkpoint: flags.checkpoint,
          kekFile: flags.kek,
        },
        key: await keyOf(flags),
        kek: kekOptionsOf(process.env),
        onProgress: tell,
      });
      report(dataFolder, restored);
    });
}

/** Without the journal somebody has to say, in words, that there is nothing in it. */
function requireDestructions({ destructions, destructionsSinceBackup, confirm }: RestoreFlags): void {
  if (destructions !== undefined || (!destructionsSinceBackup && confirm === NOTHING_DESTROYED)) return;
  throw new CommandError(
    'CONFIRMATION_MISSING',
    'a backup brings back whoever was erased after it was made',
    {
      nextStep: `Give the newest journal with --destructions FILE; only if nothing was destroyed since: --no-destructions-since-backup --confirm "${NOTHING_DESTROYED}".`,
    },
  );
}

async function lockOf({ to, passphraseFile }: BackupFlags): Promise<BackupLock> {
  if (to !== undefined && passphraseFile === undefined) {
    const { parseRecipient } = await import('#libs/age');
    return { kind: 'recipients', recipients: await Promise.all(to.map(parseRecipient)) };
  }
  if (to === undefined && passphraseFile !== undefined)
    return { kind: 'passphrase', passphrase: passphraseIn(passphraseFile) };
  throw keyUnclear('--to age1… or --passphrase-file FILE');
}

async function keyOf({ identity, passphraseFile }: RestoreFlags): Promise<BackupKey> {
  if (identity !== undefined && passphraseFile === undefined) {
    const { parseIdentity } = await import('#libs/age');
    return { kind: 'identity', identity: await parseIdentity(readFileSync(identity, 'utf8')) };
  }
  if (identity === undefined && passphraseFile !== undefined)
    return { kind: 'passphrase', passphrase: passphraseIn(passphraseFile) };
  throw keyUnclear('--identity FILE or --passphrase-file FILE');
}

const SHORTEST = 16;

function passphraseIn(file: string): string {
  const passphrase = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (passphrase.length >= SHORTEST) return passphrase;
  throw new CommandError('BACKUP_KEY_UNCLEAR', 'the file holds no passphrase that protects anything', {
    facts: { atLeast: SHORTEST },
    nextStep: 'Name a file with at least 16 characters, such as of: openssl rand -base64 24',
  });
}

function keyUnclear(options: string): CommandError {
  return new CommandError('BACKUP_KEY_UNCLEAR', 'it is not clear who can open the backup', {
    nextStep: `Give exactly one of ${options}.`,
  });
}

function report(folder: string, { summary, replayed, ledger }: Restored): void {
  toStdout(`${folder} holds the installation as of ${summary.madeAt}.`);
  toStdout(
    `Carried out again: ${counted(replayed.requests, 'request')}, ${grouped(replayed.people)} of them erasures, ${counted(replayed.keys, 'key')} destroyed; back in work: ${grouped(replayed.reopened)}.`,
  );
  toStdout(
    `The ledger has ${grouped(ledger.after)} entries, ${grouped(ledger.after - ledger.before)} of them from its published copy.`,
  );
  if (replayed.modelsRemoved)
    toStdout(
      'The models had learned from what was destroyed and are gone; nothing is recommended before: lacuna train',
    );
}
