import type { RequestEvent } from '#libs/contracts';
import {
  approve,
  cancel,
  confirmationOf,
  doubtIdentity,
  extend,
  fulfil,
  isClosed,
  isDestructive,
  isExport,
  liftRestriction,
  refuse,
  settleIdentity,
  type RequestState,
} from '#libs/erasure';
import { isCodedError } from '#libs/essentials';
import { streamNames, type EventStore, type RecordedEvent, type Vault } from '#libs/messaging';
import type { PartView, RequestAction, RequestDetail, TimelineEntry } from '#libs/portal-contract';
import type { DestructionGate } from './destruction-gate.js';
import type { HoldBook } from './hold-book.js';
import type { RebuildParts, RecipientNotices, UnlearningRebuilds } from './ports.js';
import type { RequestPolicy } from './request-policy.js';
import type { RequestQueue } from './request-queue.js';
import type { ReceiptDesk } from './receipt-desk.js';
import { statementOf } from './sealed-fields.js';
import type { Setback, Setbacks } from './setbacks.js';
import type { SubjectExport } from './subject-export.js';

export interface RequestDetailsParts {
  readonly store: Pick<EventStore, 'readStream'>;
  readonly vault: Pick<Vault, 'keyState' | 'open'>;
  readonly queue: RequestQueue;
  readonly holds: HoldBook;
  readonly gate: DestructionGate;
  readonly setbacks: Pick<Setbacks, 'of'>;
  readonly rebuilds: Pick<UnlearningRebuilds, 'partsOf'>;
  readonly notices: Pick<RecipientNotices, 'recipientsOf'>;
  readonly receipts: Pick<ReceiptDesk, 'has'>;
  readonly exports: Pick<SubjectExport, 'isKept'>;
  readonly policy: RequestPolicy;
  readonly now: () => string;
}

/** Who looks at a request: what can be done differs. */
export type Viewer = { readonly kind: 'staff'; readonly actor: string } | { readonly kind: 'person' };

/** A request with its story, as whoever may see it gets it. */
export class RequestDetails {
  constructor(private readonly parts: RequestDetailsParts) {}

  async of(state: RequestState, viewer: Viewer): Promise<RequestDetail> {
    const { queue, gate, vault, receipts, exports } = this.parts;
    const statement = statementOf(vault, state);
    const holds = await gate.holdsOn(state);
    const download = receipts.has(state.requestId)
      ? 'openings'
      : exports.isKept(state)
        ? 'export'
        : undefined;
    return {
      ...queue.summary(state),
      status: state.status,
      ...('reason' in state && { refusedBecause: state.reason }),
      parts: withSetback(await this.partsOf(state), this.setbackOf(state, viewer)),
      timeline: await this.timelineOf(state, holds, viewer),
      ...(state.refused.length > 0 && { refused: state.refused }),
      ...('retained' in state && state.retained.length > 0 && { retained: state.retained.length }),
      ...(statement !== undefined && { statement }),
      ...('certificateDigest' in state && {
        certificate: { digest: state.certificateDigest, ledgerIndex: state.ledgerIndex },
      }),
      ...('rebuildId' in state && { rebuildId: state.rebuildId }),
      receiptWanted: state.receiptRecipient !== undefined,
      ...(download && { download }),
      holds,
      actions: this.actionsOf(state, viewer),
    };
  }

  private async partsOf(state: RequestState): Promise<PartView[]> {
    if (NOT_CARRIED_OUT.has(state.status)) return [];
    if (isExport(state.kind))
      return [
        { part: 'prepared', state: isClosed(state) || state.status === 'prepared' ? 'done' : 'waiting' },
      ];
    const recipients = this.recipientsPart(state);
    if (state.kind === 'rectification') return [recipients];
    const rebuildId = 'rebuildId' in state ? state.rebuildId : undefined;
    const rebuild = typeof rebuildId === 'string' ? await this.parts.rebuilds.partsOf(rebuildId) : undefined;
    const unlearning = [
      part('quarantined', hasReached(state, QUARANTINED)),
      ...rebuildParts(rebuildId, rebuild, hasReached(state, UNLEARNED)),
    ];
    if (!isDestructive(state.kind)) return [...unlearning, recipients];
    return [
      ...unlearning,
      part('shredded', 'keys' in state, 'tombstonedStreams' in state),
      part('certified', 'certificateDigest' in state, 'keys' in state),
      recipients,
    ];
  }

  /** A person is told that there is one; its code is for those who can do something about it. */
  private setbackOf(state: RequestState, viewer: Viewer): PartView['setback'] {
    const setback: Setback | undefined = isClosed(state)
      ? undefined
      : this.parts.setbacks.of(state.requestId);
    return setback && viewer.kind === 'person' ? { since: setback.since } : setback;
  }

  private recipientsPart({ requestId, recipients, ...state }: RequestState): PartView {
    const wanted = this.parts.notices.recipientsOf(requestId);
    const done = wanted.filter((id) => recipients[id] !== undefined).length;
    const isOver = 'closedAt' in state;
    if (wanted.length === 0) return { part: 'recipients', state: isOver ? 'not-needed' : 'waiting' };
    return { ...part('recipients', done === wanted.length, done > 0), done, of: wanted.length };
  }

  /** Its events, and those of the legal holds that stop it, in the order of time. A person is not told which member of staff did what. */
  private async timelineOf(
    { requestId }: RequestState,
    holds: readonly string[],
    viewer: Viewer,
  ): Promise<TimelineEntry[]> {
    const entries: TimelineEntry[] = [];
    for await (const event of this.parts.store.readStream(streamNames.request(requestId)))
      entries.push(entryOf(event, viewer));
    for (const holdId of holds) {
      const { placedAt, placedBy, reason } = this.parts.holds.get(holdId);
      entries.push({
        at: placedAt,
        event: 'LegalHoldPlaced',
        actor: actorFor(placedBy, viewer),
        facts: { holdId, reason },
      });
    }
    return entries.sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
  }

  private actionsOf(state: RequestState, viewer: Viewer): RequestAction[] {
    const now = this.parts.now();
    if (viewer.kind === 'person')
      return isPossible(() => cancel({ by: 'subject', now }, state)) ? ['cancel'] : [];
    const { calendar } = this.parts.policy;
    const by = viewer.actor;
    const confirmation = confirmationOf(state.requestId);
    const everything = [{ category: 'everything', ground: 'nothing-stored' } as const];
    const isUnverified = state.status === 'submitted' && state.identity === 'awaited';
    const tried: readonly [RequestAction, () => unknown][] = [
      ['approve', () => approve({ by, now, confirmation }, state)],
      ['refuse', () => refuse({ by, now, refused: everything }, state)],
      ['extend', () => extend({ by, now, reasons: ['complexity'], calendar }, state)],
      ['doubt-identity', () => doubtIdentity({ by, now }, state)],
      ['identity-settled', () => isUnverified || settleIdentity({ by, now, calendar }, state)],
      [
        'fulfil',
        () =>
          state.kind === 'restriction' ? liftRestriction({ by, now }, state) : fulfil({ by, now }, state),
      ],
      ['cancel', () => cancel({ by, now }, state)],
    ];
    const possible = tried.filter(([, attempt]) => isPossible(attempt)).map(([action]) => action);
    return isDestructive(state.kind) && !isClosed(state) ? [...possible, 'hold'] : possible;
  }
}

/** What holds a request up is the first part that is not done: those after it wait for it. */
function withSetback(parts: readonly PartView[], setback: PartView['setback']): PartView[] {
  const at = parts.findIndex(({ state }) => state === 'waiting' || state === 'running');
  if (setback === undefined || at === -1) return [...parts];
  return parts.with(at, { ...parts[at], state: 'failed', setback });
}

type Statuses = ReadonlySet<RequestState['status']>;

const QUARANTINED: Statuses = new Set([
  ...(['quarantined', 'assigned', 'erased', 'shredded', 'certified', 'restricted', 'closed'] as const),
]);
/** Nothing of it is done, and nothing will be. */
const NOT_CARRIED_OUT: Statuses = new Set([
  'refused',
  'closed-refused',
  'closed-cancelled',
  'expired',
] as const);
const UNLEARNED: Statuses = new Set(['erased', 'shredded', 'certified', 'restricted', 'closed']);

function hasReached({ status, kind }: RequestState, statuses: Statuses): boolean {
  return statuses.has(status) || (kind === 'restriction' && status === 'closed-answered');
}

/** What the rebuild has done; of one that is over and not known any more, that it is over. */
function rebuildParts(
  rebuildId: string | null | undefined,
  rebuild: RebuildParts | undefined,
  isUnlearned: boolean,
): PartView[] {
  if (rebuildId === null || (rebuildId === undefined && isUnlearned))
    return (['shards', 'aggregator', 'published'] as const).map((name) => ({
      part: name,
      state: 'not-needed',
    }));
  const { shards = 0, rebuilt = 0, hasAggregator = isUnlearned, isPublished = isUnlearned } = rebuild ?? {};
  const hasShards = isUnlearned || (rebuild !== undefined && rebuilt === shards);
  return [
    { ...part('shards', hasShards, rebuild !== undefined), ...(rebuild && { done: rebuilt, of: shards }) },
    part('aggregator', hasAggregator, hasShards),
    part('published', isPublished, hasAggregator),
  ];
}

function part(name: PartView['part'], isDone: boolean, isBegun = false): PartView {
  return { part: name, state: isDone ? 'done' : isBegun ? 'running' : 'waiting' };
}

function isPossible(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch (error) {
    if (isCodedError(error)) return false;
    throw error;
  }
}

const TIMES = [
  ...([
    'receivedAt',
    'verifiedAt',
    'approvedAt',
    'refusedAt',
    'extendedAt',
    'doubtedAt',
    'settledAt',
  ] as const),
  ...([
    'raisedAt',
    'cancelledAt',
    'expiredAt',
    'acceptedAt',
    'releasedAt',
    'unlearnedAt',
    'restrictedAt',
  ] as const),
  ...([
    'liftedAt',
    'preparedAt',
    'fulfilledAt',
    'erasedAt',
    'destroyedAt',
    'issuedAt',
    'notifiedAt',
  ] as const),
  ...(['acknowledgedAt', 'givenUpAt', 'closedAt'] as const),
];

/** An event without anything that is only of use to the machine. */
function entryOf(recorded: RecordedEvent, viewer: Viewer): TimelineEntry {
  const { type, data } = recorded as unknown as RequestEvent;
  const fields = data as unknown as Readonly<Record<string, unknown>>;
  const time = TIMES.map((name) => fields[name]).find((value) => typeof value === 'string');
  const facts = factsOf(fields);
  return {
    at: time ?? recorded.recordedAt,
    event: type,
    actor: actorFor(typeof fields.by === 'string' ? fields.by : defaultActor(type), viewer),
    ...(Object.keys(facts).length > 0 && { facts }),
  };
}

function defaultActor(type: RequestEvent['type']): string {
  return type === 'RequestSubmitted' || type === 'IdentityVerified' ? 'subject' : 'system';
}

function actorFor(actor: string, viewer: Viewer): string {
  return viewer.kind === 'person' && actor !== 'subject' && actor !== 'system' ? 'staff' : actor;
}

function factsOf(fields: Readonly<Record<string, unknown>>): NonNullable<TimelineEntry['facts']> {
  const facts: Record<string, string | number | readonly string[]> = {};
  for (const name of [
    'channel',
    'method',
    'dueAt',
    'graceUntil',
    'light',
    'reason',
    'outcome',
    'rebuildId',
    'recipientId',
  ])
    if (typeof fields[name] === 'string') facts[name] = fields[name];
  for (const name of ['kept', 'ledgerIndex'])
    if (typeof fields[name] === 'number') facts[name] = fields[name];
  if (Array.isArray(fields.labels)) facts.records = fields.labels.length;
  if (Array.isArray(fields.keys)) facts.keys = fields.keys.length;
  if (Array.isArray(fields.reasons)) facts.reasons = fields.reasons as string[];
  if (Array.isArray(fields.refused))
    facts.refused = (fields.refused as { category: string; ground: string }[]).map(
      ({ category, ground }) => `${category}: ${ground}`,
    );
  return facts;
}
