import type { Regime, RequestKind } from '#libs/contracts';
import { checkCalendar, type LegalCalendar } from '#libs/erasure';

/** How requests that people make themselves are worked; fixed for each request when it is made. */
export interface RequestPolicy {
  /** How many have to approve a request of a kind. */
  readonly approvals: Readonly<Record<RequestKind, number>>;
  /** For how long a request of a kind can be taken back after its acceptance; nothing is destroyed until then. */
  readonly graceHours: Readonly<Record<'erasure' | 'withdrawal' | 'objection', number>>;
  /** How long a request waits for its person to show who they are. */
  readonly unverifiedDays: number;
  /** For how many minutes after it came in a request may wait for others to share its rebuild; never to within a day of a deadline. */
  readonly shareMinutes: number;
  /** How long an export can be fetched after it was asked for. */
  readonly exportDays: number;
  /** A request is amber when less than this share of its time is left. */
  readonly amberShare: number;
  readonly calendar: LegalCalendar;
  /** Whose deadlines hold for requests that no protocol says it of. */
  readonly regime: Regime;
}

export type PolicyChanges = { readonly [Name in keyof RequestPolicy]?: Partial<RequestPolicy[Name]> };

/** It is as easy to withdraw as to give consent (GDPR Art. 7(3)): nobody stands between. What cannot be undone takes two. */
export const DEFAULT_POLICY: RequestPolicy = {
  approvals: {
    withdrawal: 0,
    objection: 0,
    access: 0,
    portability: 0,
    rectification: 1,
    restriction: 1,
    erasure: 2,
  },
  graceHours: { erasure: 24, withdrawal: 0, objection: 0 },
  unverifiedDays: 14,
  shareMinutes: 0,
  exportDays: 30,
  amberShare: 1 / 3,
  calendar: { timeZone: 'UTC', holidays: [] },
  regime: 'gdpr',
};

const MOST_APPROVALS = 5;

/** The default with changes. @throws RangeError that names the field which cannot be */
export function policyOf(changes: PolicyChanges = {}): RequestPolicy {
  const policy: RequestPolicy = {
    ...DEFAULT_POLICY,
    ...(changes as Partial<RequestPolicy>),
    approvals: { ...DEFAULT_POLICY.approvals, ...changes.approvals },
    graceHours: { ...DEFAULT_POLICY.graceHours, ...changes.graceHours },
    calendar: { ...DEFAULT_POLICY.calendar, ...changes.calendar },
  };
  for (const [kind, count] of Object.entries(policy.approvals))
    require(Number.isInteger(count) && count >= 0 && count <= MOST_APPROVALS, `approvals.${kind}`);
  for (const [kind, hours] of Object.entries(policy.graceHours)) require(hours >= 0, `graceHours.${kind}`);
  require(policy.unverifiedDays > 0, 'unverifiedDays');
  require(policy.shareMinutes >= 0, 'shareMinutes');
  require(policy.exportDays > 0, 'exportDays');
  require(policy.amberShare > 0 && policy.amberShare < 1, 'amberShare');
  checkCalendar(policy.calendar);
  require(policy.regime === 'gdpr' || policy.regime === 'ccpa', 'regime');
  return policy;
}

function require(holds: boolean, field: string): void {
  if (!holds) throw new RangeError(field);
}
