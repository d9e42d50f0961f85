import { Option } from 'commander';
import type { Actor } from '#libs/contracts';
import type { Installation } from '../installation/index.js';
import { askPassword } from './ask-password.js';
import { CommandError } from './command-error.js';

/** Whoever works requests from a terminal and says no name; machines and this one are not told apart. */
const NOBODY_NAMED: Actor = 'staff-cli';
/** Tries of one user from here are counted together. */
const CLIENT = 'command line';

export interface ActingFlags {
  readonly as?: string;
}

export const asOption = (): Option =>
  new Option(
    '--as <user>',
    'do it as this data-protection officer, whose password is asked for or read from standard input; without it nobody is named',
  );

/** What staff do is recorded under the names that the API uses. */
export type WorkAction =
  'request.approve' | 'request.refuse' | 'request.extend' | 'request.cancel' | 'hold.place' | 'hold.release';

/** Does work as whoever the flags name. */
export type ActingWork = <T>(
  installation: Pick<Installation, 'access'>,
  action: WorkAction,
  requestId: string | undefined,
  work: (by: Actor) => Promise<T>,
) => Promise<T>;

/**
 * Asks for the password, if somebody is named, before anything is opened.
 * @throws CommandError PASSWORD_MISSING; the work throws AccessError CREDENTIALS_WRONG, CommandError ACCOUNT_OF_PROVIDER, ROLE_NOT_GRANTED
 */
export async function actingAs({ as: user }: ActingFlags): Promise<ActingWork> {
  if (user === undefined) return (_, __, ___, work) => work(NOBODY_NAMED);
  const password = await askPassword(`Password of ${user}: `);
  return async ({ access }, action, requestId, work) => {
    if (access.accounts.isOfProvider(user))
      throw new CommandError(
        'ACCOUNT_OF_PROVIDER',
        'the account signs in at the identity provider and has no password here',
        {
          nextStep:
            'Decide at the portal, signed in there; or as an account with a password: lacuna staff add.',
        },
      );
    const staffId = await access.accounts.logIn(user, password, CLIENT);
    if (access.accounts.rolesOf(staffId)?.includes('dpo') !== true)
      throw new CommandError('ROLE_NOT_GRANTED', 'the account may not work requests', {
        nextStep: 'Ask an administrator for the role dpo, or a colleague who has it.',
      });
    const done = await work(staffId);
    await access.actions.record({ actor: staffId, action, ...(requestId !== undefined && { requestId }) });
    return done;
  };
}
