import type { DataOf } from '#libs/contracts';
import { streamNames, type EventStore, type Subscription, type Vault } from '#libs/messaging';
import { closeSqlite } from '#platform/sqlite';
import { openAccessFile } from './access-file.js';
import type { HostTokens, HostTokenSettings } from './host-tokens.js';
import { IdentityChallenges } from './identity-challenges.js';
import type { IdentityProvider } from './identity-provider.js';
import type { OidcSettings } from './oidc-settings.js';
import type { ChallengeMailer, IdentityOfRequests } from './ports.js';
import { KeyedHashes } from './secrets.js';
import { Sessions } from './sessions.js';
import { StaffAccounts } from './staff-accounts.js';
import { StaffActions } from './staff-actions.js';
import { StaffTable } from './staff-table.js';

export interface AccessOptions {
  /** Accounts, sessions, challenges. */
  readonly file: string;
  readonly store: EventStore;
  readonly vault: Vault;
  readonly mailer: ChallengeMailer;
  readonly requests: IdentityOfRequests;
  /** Where people open the portal, without a slash at the end. */
  readonly portalUrl: string;
  /** Named in mails. */
  readonly controller: string;
  readonly hostToken?: HostTokenSettings;
  readonly oidc?: OidcSettings;
  readonly now: () => Date;
  /** Hears of mails that could not be handed over. */
  readonly onFailure: (reason: unknown) => void;
}

/** Who may come in: staff by account or provider, people by showing who they are. */
export interface Access {
  readonly accounts: StaffAccounts;
  readonly sessions: Sessions;
  readonly actions: StaffActions;
  readonly challenges: IdentityChallenges;
  readonly requests: IdentityOfRequests;
  readonly portalUrl: string;
  /** Where somebody who was invited chooses user name and password. */
  setUpUrl(token: string): string;
  readonly hostTokens?: HostTokens;
  readonly provider?: IdentityProvider;
  /** Resolves when sessions have followed every erasure so far. */
  caughtUp(): Promise<void>;
  close(): Promise<void>;
}

/** @throws AccessError ACCESS_FILE_UNUSABLE, HOST_KEYS_UNREACHABLE */
export async function openAccess(options: AccessOptions): Promise<Access> {
  const { store, vault, portalUrl, hostToken, oidc } = options;
  const now = (): number => options.now().getTime();
  const database = openAccessFile(options.file);
  const hashes = new KeyedHashes(vault);
  const table = new StaffTable(database);
  const sessions: Sessions = new Sessions({
    database,
    hashes,
    now,
    rolesOf: (staffId) => accounts.rolesOf(staffId),
  });
  const accounts: StaffAccounts = new StaffAccounts({
    table,
    vault,
    hashes,
    now,
    onRevoked: (staffId) => sessions.endAllOf(staffId),
  });
  const actions = new StaffActions(store, database, () => options.now().toISOString());
  const challenges = new IdentityChallenges({
    database,
    vault,
    hashes,
    now,
    mailer: options.mailer,
    controller: options.controller,
    linkTo: (token) => `${portalUrl}/sign-in/link#${token}`,
    onFailure: options.onFailure,
  });
  const erasures = await followErasures(store, vault, sessions, challenges);
  return {
    accounts,
    sessions,
    actions,
    challenges,
    requests: options.requests,
    portalUrl,
    setUpUrl: (token) => `${portalUrl}/staff/set-up#${token}`,
    ...(hostToken && { hostTokens: await openHostTokens(hostToken, vault, now) }),
    ...(oidc && { provider: await openProvider(oidc, vault, portalUrl, now) }),
    caughtUp: () => erasures.caughtUp(),
    close: async () => {
      await Promise.all([challenges.idle(), erasures.stop(), actions.stop()]);
      closeSqlite(database);
    },
  };
}

/** What checks signatures of others is loaded only where somebody is to come in by them. */
async function openHostTokens(settings: HostTokenSettings, vault: Vault, now: () => number) {
  const { HostTokens } = await import('./host-tokens.js');
  return new HostTokens(settings, vault, now);
}

async function openProvider(settings: OidcSettings, vault: Vault, portalUrl: string, now: () => number) {
  const { IdentityProvider } = await import('./identity-provider.js');
  return new IdentityProvider({
    settings,
    vault,
    redirectUri: `${portalUrl}/v1/session/oidc/callback`,
    now,
  });
}

/** Ends what a person could do here when the person is erased; what a stop has missed is found by who is not enrolled any more. */
async function followErasures(
  store: EventStore,
  vault: Vault,
  sessions: Sessions,
  challenges: IdentityChallenges,
): Promise<Subscription> {
  sessions.endStrangers((subject) => vault.externalIdsOf(subject).length > 0);
  const subscription = store.subscribe({
    after: await store.head(),
    filter: { streamPrefixes: [streamNames.prefixes.request], types: ['RecordsErased'] },
    handle: async (events) => {
      for (const { data } of events) {
        const { requestId, subject, generation } = data as DataOf<'RecordsErased'>;
        if (generation !== null) continue; // some records went, the person is still there
        challenges.forget(subject);
        sessions.becomeFollowers(subject, requestId);
      }
    },
  });
  subscription.done.catch(() => {}); // told to whoever awaits caughtUp
  return subscription;
}
