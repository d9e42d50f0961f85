import { randomBytes } from 'node:crypto';
import { keyNames } from '#libs/contracts';
import { fromUtf8, utf8 } from '#libs/essentials';
import { sealingContext, type Vault } from '#libs/messaging';
import type { StaffRole } from '#platform/callers';
import { RateLimit } from '#platform/rate-limit';
import { AccessError } from './access-error.js';
import { checkPassword, Passwords } from './passwords.js';
import { hashOfToken, newToken, type KeyedHashes } from './secrets.js';
import type { SetUpLink, StaffAccount, StaffId } from './staff-account.js';
import type { StaffRow, StaffTable } from './staff-table.js';

interface Sealed {
  readonly name: string;
  readonly user?: string;
}

export interface StaffAccountsParts {
  readonly table: StaffTable;
  readonly vault: Pick<Vault, 'ensureKey' | 'seal' | 'open'>;
  readonly hashes: KeyedHashes;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Hears that whatever sessions an account has must end. */
  readonly onRevoked: (staffId: StaffId) => void;
}

export interface Changes {
  readonly roles?: readonly StaffRole[];
  readonly disabled?: boolean;
}

const HOUR = 3_600_000;
const LINK_HOURS = 72;
const FIRST_LINK_HOURS = 24;
const FIRST_NAME = 'Administrator';

/** Tries of a password: by one client at one account, and by everybody together at one account. */
const BY_CLIENT = { rate: 1 / 30, burst: 5 };
const ALTOGETHER = { rate: 1 / 6, burst: 30 };

/** Members of staff. Their names are sealed in the access file and stand nowhere else; events know them as `staff-…`. */
export class StaffAccounts {
  private readonly passwords = new Passwords();
  private readonly byClient = new RateLimit(BY_CLIENT);
  private readonly altogether = new RateLimit(ALTOGETHER);

  constructor(private readonly parts: StaffAccountsParts) {}

  list(): StaffAccount[] {
    return this.parts.table.all().map((row) => this.describe(row));
  }

  /** @throws AccessError ACCOUNT_UNKNOWN */
  get(staffId: string): StaffAccount {
    return this.describe(this.row(staffId));
  }

  /** What an account may do now; nothing when it is disabled or gone. */
  rolesOf(staffId: string): readonly StaffRole[] | undefined {
    const row = this.parts.table.find(staffId);
    return row === undefined || row.disabled ? undefined : row.roles;
  }

  /**
   * Whether somebody signs in at the identity provider alone. For whoever has the data folder: it would tell strangers who is known here.
   *
   * @param called id of the account, or the name that the provider gave
   */
  isOfProvider(called: string): boolean {
    const isMeant = (text: string): boolean => text.toLowerCase() === called.trim().toLowerCase();
    return this.parts.table
      .all()
      .filter(({ isKnownToProvider, passwordHash }) => isKnownToProvider && passwordHash === null)
      .some((row) => isMeant(row.staffId) || isMeant(this.opened(row).name));
  }

  /** A new account, which gets user name and password by its link. */
  invite(
    name: string,
    roles: readonly StaffRole[],
  ): { readonly account: StaffAccount; readonly link: SetUpLink } {
    return this.parts.table.atomically(() => {
      const staffId = this.add(name, roles, null);
      return { account: this.get(staffId), link: this.putLink(staffId, LINK_HOURS) };
    });
  }

  /** As long as nobody can sign in as administrator by password or provider: a link for one who can. */
  firstLink(): SetUpLink | undefined {
    return this.parts.table.atomically(() => {
      const rows = this.parts.table.all();
      if (rows.some(canKeepAccounts)) return undefined;
      const waiting = rows.find(({ roles, disabled }) => roles.includes('admin') && !disabled);
      const staffId = waiting?.staffId ?? this.add(FIRST_NAME, ['admin'], null);
      return this.putLink(staffId, FIRST_LINK_HOURS);
    });
  }

  /**
   * Gives the account of a link its user name and password; the link ends.
   * @throws AccessError SET_UP_LINK_ENDED, USER_TAKEN, PASSWORD_TOO_EASY
   */
  async setUp(token: string, user: string, password: string): Promise<StaffId> {
    const { table, now } = this.parts;
    const linked = (): StaffId => {
      const staffId = table.linked(hashOfToken(token), now());
      if (staffId !== undefined) return staffId;
      throw new AccessError('SET_UP_LINK_ENDED', 'The link has been used, has expired, or is none', {
        nextStep: 'Ask whoever keeps the accounts for a new one.',
      });
    };
    linked();
    checkPassword(password, user);
    const passwordHash = await this.passwords.hash(password);
    return table.atomically(() => {
      const staffId = linked(); // again: two may have used it at once
      const lookup = this.userLookup(user);
      const owner = table.byUser(lookup);
      if (owner !== undefined && owner.staffId !== staffId)
        throw new AccessError('USER_TAKEN', 'Another account has that user name', {
          nextStep: 'Choose another one.',
        });
      const sealed = this.seal(staffId, { name: this.opened(table.find(staffId)!).name, user });
      table.setUser(staffId, lookup, sealed, passwordHash);
      table.removeLink(staffId);
      this.signedIn(staffId); // whoever sets an account up is let in
      return staffId;
    });
  }

  /**
   * Takes as long whether or not there is such a user.
   * @param client who tries, as the HTTP layer tells clients apart
   * @throws AccessError CREDENTIALS_WRONG
   */
  async logIn(user: string, password: string, client: string): Promise<StaffId> {
    const lookup = this.userLookup(user);
    const isAllowed = this.mayTry(lookup.toString('hex'), client);
    const row = this.parts.table.byUser(lookup);
    const known = row === undefined || row.disabled ? undefined : (row.passwordHash ?? undefined);
    const matches = await this.passwords.matches(known, password);
    if (!matches || row === undefined || !isAllowed) throw wrongCredentials();
    if (this.passwords.isOutdated(row.passwordHash!))
      this.parts.table.setPassword(row.staffId, await this.passwords.hash(password));
    this.signedIn(row.staffId);
    return row.staffId;
  }

  /** Ends the sessions of the account. @throws AccessError CREDENTIALS_WRONG, PASSWORD_TOO_EASY */
  async changePassword(staffId: StaffId, current: string, next: string): Promise<void> {
    const row = this.row(staffId);
    const isAllowed = this.mayTry(staffId, 'signed in');
    const matches = await this.passwords.matches(row.passwordHash ?? undefined, current);
    if (!matches || !isAllowed) throw wrongCredentials();
    checkPassword(next, this.opened(row).user ?? row.staffId);
    this.parts.table.setPassword(staffId, await this.passwords.hash(next));
    this.parts.onRevoked(staffId);
  }

  /** @throws AccessError ACCOUNT_UNKNOWN, LAST_ADMIN */
  change(staffId: string, { roles, disabled }: Changes): StaffAccount {
    const { table } = this.parts;
    return table.atomically(() => {
      const row = this.row(staffId);
      const changed = { ...row, roles: roles ?? row.roles, disabled: disabled ?? row.disabled };
      if (canKeepAccounts(row) && !canKeepAccounts(changed)) this.refuseLastAdmin(row.staffId);
      table.setRoles(row.staffId, changed.roles);
      table.setDisabled(row.staffId, changed.disabled);
      if (changed.disabled) this.shutOut(row.staffId);
      return this.describe(changed);
    });
  }

  /** Takes the password away and ends the sessions; the link gives a new one. @throws AccessError ACCOUNT_UNKNOWN */
  reset(staffId: string): SetUpLink {
    return this.parts.table.atomically(() => {
      const { staffId: known } = this.row(staffId);
      this.parts.table.setPassword(known, null);
      this.shutOut(known);
      return this.putLink(known, LINK_HOURS);
    });
  }

  /**
   * The account of somebody who signed in at the identity provider, which says what they may do; made when it is not there yet.
   * @param identity issuer and subject, which no other account of any provider has
   * @throws AccessError CREDENTIALS_WRONG when the account was disabled here
   */
  ofProvider(identity: string, name: string, roles: readonly StaffRole[]): StaffId {
    const { table, hashes } = this.parts;
    return table.atomically(() => {
      const lookup = hashes.of('provider', identity);
      const row = table.byProvider(lookup);
      if (row?.disabled) throw disabledHere();
      const staffId = row?.staffId ?? this.add(name, roles, lookup);
      table.setRoles(staffId, roles);
      if (row !== undefined) table.setName(staffId, this.seal(staffId, { ...this.opened(row), name }));
      this.signedIn(staffId);
      return staffId;
    });
  }

  private add(name: string, roles: readonly StaffRole[], providerLookup: Buffer | null): StaffId {
    const staffId: StaffId = `staff-${randomBytes(10).toString('hex')}`;
    this.parts.vault.ensureKey(keyNames.staffName(staffId));
    this.parts.table.add(staffId, this.seal(staffId, { name }), roles, providerLookup);
    return staffId;
  }

  private putLink(staffId: StaffId, hours: number): SetUpLink {
    const token = newToken();
    const expiresAt = this.parts.now() + hours * HOUR;
    this.parts.table.putLink(staffId, hashOfToken(token), expiresAt);
    return { token, expiresAt: new Date(expiresAt).toISOString() };
  }

  private shutOut(staffId: StaffId): void {
    this.parts.table.removeLink(staffId);
    this.parts.onRevoked(staffId);
  }

  private signedIn(staffId: StaffId): void {
    this.parts.table.setLastLogin(staffId, new Date(this.parts.now()).toISOString());
  }

  private mayTry(account: string, client: string): boolean {
    const now = performance.now();
    const byClient = this.byClient.take(`${account} ${client}`, now);
    return this.altogether.take(account, now) && byClient;
  }

  private refuseLastAdmin(staffId: StaffId): void {
    const others = this.parts.table.all().filter((row) => row.staffId !== staffId);
    if (others.some(canKeepAccounts)) return;
    throw new AccessError('LAST_ADMIN', 'Nobody else could keep the accounts', {
      nextStep: 'Give somebody else the role admin first, and let them sign in.',
    });
  }

  private row(staffId: string): StaffRow {
    const row = this.parts.table.find(staffId);
    if (row !== undefined) return row;
    throw new AccessError('ACCOUNT_UNKNOWN', 'There is no such account', {
      nextStep: 'List the accounts: GET /v1/staff, or `lacuna staff list`.',
    });
  }

  private describe(row: StaffRow): StaffAccount {
    const { staffId, roles, disabled, lastLoginAt } = row;
    const { name } = this.opened(row);
    return { staffId, name, roles, disabled, ...(lastLoginAt !== null && { lastLoginAt }) };
  }

  private userLookup(user: string): Buffer {
    return this.parts.hashes.of('user', user.toLowerCase());
  }

  private seal(staffId: StaffId, sealed: Sealed): string {
    const text = utf8(JSON.stringify(sealed));
    return this.parts.vault.seal(keyNames.staffName(staffId), text, contextOf(staffId));
  }

  private opened({ staffId, sealed }: StaffRow): Sealed {
    const text = this.parts.vault.open(keyNames.staffName(staffId), sealed, contextOf(staffId));
    return JSON.parse(fromUtf8(text)) as Sealed;
  }
}

const canKeepAccounts = ({ roles, disabled, passwordHash, isKnownToProvider }: StaffRow): boolean =>
  roles.includes('admin') && !disabled && (passwordHash !== null || isKnownToProvider);

const contextOf = (staffId: StaffId): Uint8Array => sealingContext('access', staffId, 'name');

/** For whoever the provider has vouched for; a stranger who tries passwords is not told. */
function disabledHere(): AccessError {
  return new AccessError('ACCOUNT_DISABLED', 'The account was disabled here', {
    nextStep: 'Ask an administrator of this installation to let it in again.',
  });
}

function wrongCredentials(): AccessError {
  return new AccessError('CREDENTIALS_WRONG', 'User name and password do not fit', {
    nextStep: 'Check both; after several tries wait a few minutes, then ask for a new set-up link.',
  });
}
