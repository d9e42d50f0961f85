import { InvalidArgumentError, type Command } from 'commander';
import { STAFF_ROLES, type StaffRole } from '#platform/callers';
import type { byOperator } from '#stages/access';
import type { Installation } from '../installation/index.js';
import { table, toStdout } from './output.js';
import { withInstallation, type GlobalFlags } from './session.js';

const toRoles = (text: string): StaffRole[] =>
  text.split(',').map((name) => {
    const role = STAFF_ROLES.find((known) => known === name.trim());
    if (role !== undefined) return role;
    throw new InvalidArgumentError(`expected some of ${STAFF_ROLES.join(', ')}, separated by commas`);
  });

/** Adds `staff`. */
export function registerStaff(program: Command): void {
  const staff = program.command('staff').description('accounts of those who work at the portal');
  const using = (command: Command, work: (installation: Installation) => Promise<void>): Promise<void> =>
    withInstallation(command.optsWithGlobals<GlobalFlags>(), work);

  staff
    .command('add')
    .description('a new account; prints the link by which its owner chooses user name and password')
    .argument('<name>', 'of the person, for the list')
    .requiredOption('--roles <roles>', `some of ${STAFF_ROLES.join(', ')}`, toRoles)
    .action((name: string, { roles }: { roles: StaffRole[] }, command: Command) =>
      using(command, async ({ access }) => {
        const { account, link } = access.accounts.invite(name, roles);
        await record(access, account.staffId, 'account.invite');
        toStdout(`${account.staffId} gets user name and password, until ${link.expiresAt}, at`);
        toStdout(access.setUpUrl(link.token));
      }),
    );

  staff
    .command('list')
    .description('all accounts')
    .action((_: unknown, command: Command) =>
      using(command, async ({ access }) => {
        const rows = access.accounts
          .list()
          .map(({ staffId, name, roles, disabled, lastLoginAt = 'never' }) => [
            staffId,
            name,
            roles.join(','),
            disabled ? 'disabled' : 'active',
            lastLoginAt,
          ]);
        for (const line of table(['account', 'name', 'roles', 'state', 'last sign-in'], rows)) toStdout(line);
      }),
    );

  staff
    .command('disable')
    .description('end the sessions of an account and let it in no more')
    .argument('<account>', 'staff-…')
    .option('--undo', 'let it in again')
    .action((staffId: string, { undo = false }: { undo?: boolean }, command: Command) =>
      using(command, async ({ access }) => {
        const account = access.accounts.change(staffId, { disabled: !undo });
        await record(access, account.staffId, undo ? 'account.enable' : 'account.disable');
        toStdout(undo ? 'The account is active.' : 'The account is disabled and signed out.');
      }),
    );

  staff
    .command('reset')
    .description('take the password of an account away; prints the link that gives a new one')
    .argument('<account>', 'staff-…')
    .action((staffId: string, _: unknown, command: Command) =>
      using(command, async ({ access }) => {
        const link = access.accounts.reset(staffId);
        await record(access, access.accounts.get(staffId).staffId, 'account.reset');
        toStdout(`A new password, until ${link.expiresAt}, at`);
        toStdout(access.setUpUrl(link.token));
      }),
    );
}

async function record(
  { actions }: Installation['access'],
  ...[staffId, action]: Parameters<typeof byOperator>
): Promise<void> {
  const { byOperator } = await import('#stages/access');
  await actions.record(byOperator(staffId, action));
}
