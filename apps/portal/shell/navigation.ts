import type { SessionView, StaffRole } from '#libs/portal-contract';
import type messages from '../messages/en.json';

export type NavName = keyof typeof messages.nav;

export interface NavItem {
  readonly to: string;
  readonly name: NavName;
  /** Only this very address is the item's, and not those below it. */
  readonly exact?: true;
}

export interface NavSection {
  /** Heading, where there are several sections. */
  readonly name?: NavName;
  readonly items: readonly NavItem[];
}

const FOR_NOBODY_YET: NavSection = {
  items: [
    { to: '/follow', name: 'follow' },
    { to: '/verify', name: 'verify' },
  ],
};

const FOR_SUBJECTS: NavSection = {
  items: [
    { to: '/me', name: 'overview', exact: true },
    { to: '/me/history', name: 'history' },
    { to: '/me/consents', name: 'consents' },
    { to: '/me/requests', name: 'requests' },
  ],
};

/** What each role may open; the server decides for itself, this only spares people doors that are locked. */
export const STAFF_SECTIONS: readonly (NavSection & {
  readonly name: NavName;
  readonly roles: readonly StaffRole[];
})[] = [
  {
    name: 'officer',
    roles: ['dpo'],
    items: [
      { to: '/officer/requests', name: 'queue' },
      { to: '/officer/dashboard', name: 'dashboard' },
      { to: '/officer/holds', name: 'holds' },
      { to: '/officer/recipients', name: 'recipients' },
      { to: '/officer/register', name: 'register' },
    ],
  },
  {
    name: 'audit',
    roles: ['auditor', 'admin'],
    items: [
      { to: '/audit/ledger', name: 'ledger' },
      { to: '/audit/checkpoints', name: 'checkpoints' },
      { to: '/audit/certificates', name: 'certificates' },
      { to: '/audit/absence', name: 'absence' },
      { to: '/audit/replays', name: 'replays' },
      { to: '/audit/staff', name: 'staffActions' },
    ],
  },
  {
    name: 'engine',
    roles: ['engineer', 'admin'],
    items: [
      { to: '/engine/lines', name: 'lines' },
      { to: '/engine/shards', name: 'shards' },
      { to: '/engine/jobs', name: 'jobs' },
      { to: '/engine/read-models', name: 'readModels' },
      { to: '/engine/events', name: 'events' },
      { to: '/engine/try-out', name: 'tryOut' },
      { to: '/engine/settings', name: 'settings' },
    ],
  },
  {
    name: 'admin',
    roles: ['admin'],
    items: [{ to: '/admin/accounts', name: 'accounts' }],
  },
];

/** Where somebody can go, by who they are. */
export function navigationFor(session: SessionView): readonly NavSection[] {
  switch (session.kind) {
    case 'none':
      return [FOR_NOBODY_YET];
    case 'subject':
      return [FOR_SUBJECTS];
    case 'follower':
      return [
        {
          items: [
            { to: `/me/requests/${session.requestId}`, name: 'yourRequest' },
            { to: '/verify', name: 'verify' },
          ],
        },
      ];
    case 'staff':
      return STAFF_SECTIONS.filter(({ roles }) => mayOpen(session.roles, roles));
    default:
      return session satisfies never;
  }
}

export function mayOpen(held: readonly StaffRole[], wanted: readonly StaffRole[]): boolean {
  return wanted.some((role) => held.includes(role));
}

/** Where somebody begins after signing in. */
export function homeOf(session: SessionView): string {
  if (session.kind === 'none') return '/';
  return navigationFor(session)[0]?.items[0]?.to ?? '/staff';
}

/**
 * Where to go on after signing in: the page that asked for it, if it is one of ours.
 *
 * @param wanted `next` of the address, chosen by whoever made the link; only paths of this portal are taken
 */
export function nextAfterSignIn(session: SessionView, wanted: string | null): string {
  const isOurs = wanted !== null && /^\/(?![/\\])[\w\-./~?=&%]*$/.test(wanted);
  return isOurs ? wanted : homeOf(session);
}
