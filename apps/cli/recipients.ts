import { randomUUID } from 'node:crypto';
import { Option, type Command } from 'commander';
import type { NewRecipient } from '#stages/recipients';
import { table, toStdout } from './output.js';
import { withInstallation, type GlobalFlags } from './session.js';

interface RecipientFlags {
  readonly signing: NewRecipient['signing'];
  readonly acknowledgementKey?: string;
}

/** Adds `recipients add|list|remove|deliveries`. */
export function registerRecipients(program: Command): void {
  const recipients = program
    .command('recipients')
    .description('who is told of erasures, rectifications and restrictions (GDPR Art. 19)');

  recipients
    .command('add')
    .description('add a recipient; its secret, or our public key, is printed once')
    .argument('<name>', 'as certificates name it, such as mail-provider')
    .argument('<url>', 'where signed notices go; https')
    .addOption(
      new Option('--signing <scheme>', 'how notices are signed')
        .choices(['hmac-sha256', 'ed25519'])
        .default('hmac-sha256'),
    )
    .option('--acknowledgement-key <whpk>', 'key with which the recipient signs acknowledgements')
    .action((name: string, url: string, flags: RecipientFlags, command: Command) =>
      withInstallation(command.optsWithGlobals<GlobalFlags>(), async ({ recipients: { registry } }) => {
        const recipientId = randomUUID();
        const { signing, acknowledgementKey } = flags;
        const added = await registry.add({ recipientId, name, url, signing, acknowledgementKey });
        toStdout(`Recipient ${recipientId}: ${added.recipient.name} at ${added.recipient.host}.`);
        if (added.secret !== undefined) toStdout(`Secret, shown once: ${added.secret}`);
        if (added.publicKey !== undefined) toStdout(`Public key that checks our notices: ${added.publicKey}`);
      }),
    );

  recipients
    .command('list')
    .option('--json', 'print as JSON')
    .action(({ json }: { json?: boolean }, command: Command) =>
      withInstallation(command.optsWithGlobals<GlobalFlags>(), async ({ recipients: { registry } }) => {
        const rows = registry.list();
        if (json) return toStdout(JSON.stringify(rows, undefined, 2));
        if (rows.length === 0) return toStdout('There is no recipient.');
        const cells = rows.map(({ recipientId, name, host, signing, disabled }) => [
          recipientId,
          name,
          host,
          signing,
          disabled ? 'gone' : 'told',
        ]);
        for (const line of table(['recipient', 'name', 'host', 'signing', 'state'], cells)) toStdout(line);
      }),
    );

  recipients
    .command('remove')
    .description('tell it nothing any more, and destroy its keys')
    .argument('<id>', 'recipient id')
    .action((id: string, _: unknown, command: Command) =>
      withInstallation(command.optsWithGlobals<GlobalFlags>(), async ({ recipients: { registry } }) => {
        await registry.remove(id);
        toStdout('Removed.');
      }),
    );

  recipients
    .command('deliveries')
    .description('what was sent to whom and how it went, newest first')
    .option('--json', 'print as JSON')
    .action(({ json }: { json?: boolean }, command: Command) =>
      withInstallation(command.optsWithGlobals<GlobalFlags>(), async ({ recipients: { notices } }) => {
        const rows = notices.deliveries();
        if (json) return toStdout(JSON.stringify(rows, undefined, 2));
        if (rows.length === 0) return toStdout('Nothing was sent yet.');
        const header = ['request', 'recipient', 'state', 'attempts', 'next', 'reason'];
        const cells = rows.map((row) => [
          row.requestId,
          row.recipientId,
          row.state,
          row.attempts,
          row.nextAttemptAt ?? '',
          row.lastCode ?? '',
        ]);
        for (const line of table(header, cells)) toStdout(line);
      }),
    );
}
