import type { Command } from 'commander';
import { counted, grouped } from '#platform/terminal';
import type { KekAddress, KekWhereabouts } from '#stages/vault';
import type { withKekCustody } from '../installation/index.js';
import { toStdout } from './output.js';
import type { GlobalFlags } from './session.js';

/** Adds `keys` with its commands. */
export function registerKeys(program: Command): void {
  const keys = program
    .command('keys')
    .description(
      'the key-encryption key, under which the vault keeps all others: where it lies, moving and renewing it',
    )
    .addHelpText('after', '\nStop the API first: a data folder lets one process in at a time.');
  registerStatus(keys);
  registerMove(keys);
  registerRewrap(keys);
  registerRotate(keys);
}

function registerStatus(keys: Command): void {
  keys
    .command('status')
    .description('say where the key lies, and whether it opens the vault')
    .action((_: unknown, command: Command) =>
      inFolderOf(command, async (custody, paths) => {
        const { FileVault } = await import('#stages/vault');
        const vault = FileVault.open({ file: paths.vault, kek: await custody.load() });
        try {
          toStdout(`The key-encryption key ${await whereText(custody.where())}. It opens the vault.`);
          toStdout(
            `Keys in the vault: ${grouped(vault.liveKeys('').length)}; destroyed and listed for ever: ${grouped(vault.destroyedKeys('').length)}.`,
          );
        } finally {
          vault.close();
        }
      }),
    );
}

function registerMove(keys: Command): void {
  keys
    .command('move')
    .description('put the key under a key service, or back into a file')
    .requiredOption(
      '--to <address>',
      'vault-transit:KEY, vault-transit:MOUNT/KEY, aws-kms:KEY-ID, aws-kms:ARN, or file',
    )
    .addHelpText(
      'after',
      '\nVault is reached through VAULT_ADDR, VAULT_TOKEN (or VAULT_TOKEN_FILE, VAULT_ROLE_ID and VAULT_SECRET_ID_FILE,\nVAULT_KUBERNETES_ROLE), VAULT_NAMESPACE, VAULT_CACERT; KMS through AWS_REGION and what AWS’ own tools read.\nAfterwards rotate: copies of the old place still hold the key that was there.',
    )
    .action(async ({ to }: { to: string }, command: Command) => {
      const place = await toPlace(to);
      await inFolderOf(command, async (custody) => {
        const before = custody.where();
        await custody.move(place);
        toStdout(`The key-encryption key now ${await whereText(place)}.`);
        if (before === 'environment') toStdout('Take it out of LACUNA_KEK now.');
        toStdout(
          'Copies of where it was still open this vault: run lacuna keys rotate, so that they open nothing from now on.',
        );
      });
    });
}

function registerRewrap(keys: Command): void {
  keys
    .command('rewrap')
    .description('wrap the key, which stays the same, under the newest version of the service’s key')
    .option('--rotate-service', 'let the service make that new version first')
    .action(({ rotateService = false }: { rotateService?: boolean }, command: Command) =>
      inFolderOf(command, async (custody) => {
        await custody.rewrap({ rotateService });
        toStdout(
          'kek.wrapped holds the key under the newest version of the service’s key; older versions may be retired.',
        );
      }),
    );
}

function registerRotate(keys: Command): void {
  keys
    .command('rotate')
    .description('make a new key-encryption key, and put every key of the vault under it, in one transaction')
    .addHelpText(
      'after',
      '\nWhere the key comes from LACUNA_KEK, the new one comes from LACUNA_KEK_NEXT.\nOlder backups need the key of their time: keep it with them, and destroy it with the last of them.',
    )
    .action((_: unknown, command: Command) =>
      inFolderOf(command, async (custody) => {
        const { keys: rewrapped, entries } = await custody.rotate();
        toStdout(
          `A new key-encryption key holds the vault: ${counted(rewrapped, 'key')} and ${grouped(entries)} of the directory’s entries were put under it.`,
        );
        if (custody.where() === 'environment')
          toStdout('Start with the value of LACUNA_KEK_NEXT as LACUNA_KEK from now on.');
      }),
    );
}

async function inFolderOf(command: Command, work: Parameters<typeof withKekCustody<void>>[2]): Promise<void> {
  const { kekOptionsOf, withKekCustody } = await import('../installation/index.js');
  const { dataFolder } = command.optsWithGlobals<GlobalFlags>();
  await withKekCustody(dataFolder, kekOptionsOf(process.env), work);
}

async function toPlace(text: string): Promise<KekAddress | 'file'> {
  const { parseKekAddress } = await import('#stages/vault');
  return text === 'file' ? 'file' : parseKekAddress(text);
}

async function whereText(where: KekWhereabouts): Promise<string> {
  if (where === 'environment') return 'comes from LACUNA_KEK';
  if (where === 'file') return 'lies in kek.key, readable by whoever may read the data folder';
  const { formatKekAddress } = await import('#stages/vault');
  return `lies in kek.wrapped, wrapped by ${formatKekAddress(where)}`;
}
