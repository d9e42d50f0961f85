import type { LegalGround, RefusalGround, RefusedCategory } from '#libs/contracts';
import type { Page, PageQuery } from './paging.js';

export type { RefusalGround, RefusedCategory };

export type RequestKindView =
  'access' | 'portability' | 'erasure' | 'rectification' | 'restriction' | 'objection' | 'withdrawal';

/** A request by how far it has come, in the words of the people who wait for it. */
export type RequestPhase =
  | 'awaiting-identity'
  | 'in-review'
  | 'on-hold'
  | 'in-progress'
  /** The person's data is out of use and kept, until somebody lifts it. */
  | 'restricted'
  | 'completed'
  | 'refused'
  | 'cancelled'
  | 'expired';

/** Parts of a request in progress, in their order; kinds that unlearn nothing have `prepared` only. */
export type PartName =
  | 'quarantined'
  | 'shards'
  | 'aggregator'
  | 'published'
  | 'shredded'
  | 'certified'
  | 'recipients'
  | 'prepared';

export interface PartView {
  readonly part: PartName;
  readonly state: 'waiting' | 'running' | 'done' | 'not-needed' | 'failed';
  /** E.g. shards that are rebuilt, of those planned. */
  readonly done?: number;
  readonly of?: number;
  readonly at?: string;
  /** Of a part that failed and is tried again; its code is for staff. */
  readonly setback?: { readonly since: string; readonly code?: string };
}

export type Light = 'green' | 'amber' | 'red' | 'none';

export interface ClockView {
  readonly receivedAt: string;
  readonly dueAt: string;
  readonly light: Light;
  readonly daysLeft: number;
  readonly extended: boolean;
  /** Set while the clock stands still because the identity is in doubt. */
  readonly suspendedSince?: string;
  /** Set while it may still be cancelled by the person. */
  readonly graceUntil?: string;
}

/** One line of the story of a request. `event` is the event's type; the portal has the words. */
export interface TimelineEntry {
  readonly at: string;
  readonly event: string;
  /** Pseudonym of a member of staff, `subject`, or `system`. */
  readonly actor: string;
  readonly facts?: Readonly<Record<string, string | number | readonly string[]>>;
}

export interface RequestSummary {
  readonly requestId: string;
  readonly kind: RequestKindView;
  readonly ground: LegalGround;
  readonly channel: string;
  /** Which deadlines hold: GDPR Art. 12(3), or CCPA. */
  readonly regime: 'gdpr' | 'ccpa';
  readonly phase: RequestPhase;
  /** Set while something could not be done for it, which is tried again. */
  readonly heldUpSince?: string;
  readonly clock: ClockView;
  /** Records that it is about; absent before it was accepted. */
  readonly records?: number;
  readonly approvals: { readonly given: number; readonly needed: number };
  /** Open requests of the same person and kind. */
  readonly duplicates: readonly string[];
  readonly closedAt?: string;
}

export type RequestAction =
  'approve' | 'refuse' | 'extend' | 'doubt-identity' | 'identity-settled' | 'hold' | 'fulfil' | 'cancel';

export interface RequestDetail extends RequestSummary {
  /** The exact status, for programs; people are shown the phase. */
  readonly status: string;
  /** Why it was refused as a whole: a code. */
  readonly refusedBecause?: string;
  /** Empty where it is not carried out: refused, cancelled, expired. */
  readonly parts: readonly PartView[];
  readonly timeline: readonly TimelineEntry[];
  readonly refused?: readonly RefusedCategory[];
  /** Records that are kept because their category was refused: out of use, not destroyed. */
  readonly retained?: number;
  /** Of a rectification: what is wrong, in the person's words. */
  readonly statement?: string;
  readonly certificate?: { readonly digest: string; readonly ledgerIndex: number };
  readonly rebuildId?: string | null;
  readonly receiptWanted: boolean;
  /** True while the openings for the person's receipt, or an access export, can be fetched. */
  readonly download?: 'openings' | 'export';
  /** Legal holds that stop it. */
  readonly holds: readonly string[];
  /** What whoever asks may do with it now. */
  readonly actions: readonly RequestAction[];
}

/** What a withdrawal selects; every condition that is given must hold. Times ISO 8601. */
export interface ScopeBody {
  readonly purpose?: string;
  readonly items?: readonly string[];
  readonly categories?: readonly string[];
  readonly from?: string;
  readonly until?: string;
  readonly labels?: readonly string[];
}

/** What would happen, before anything does; nothing is recorded. */
export interface PreviewView {
  readonly erasable: number;
  readonly retained: readonly {
    readonly records: number;
    readonly ground: RefusalGround;
    readonly holdId?: string;
  }[];
  readonly lines: readonly {
    readonly line: string;
    readonly version: number;
    readonly shards: readonly number[];
    readonly ofShards: number;
    /** Median seconds of the unlearnings so far that rebuilt as many shards, from plan to publication; absent when there was none. */
    readonly estimatedSeconds?: number;
    /** Seconds before that, at most: rebuilds that are under way or planned, and the window in which requests share one; absent when it begins at once. */
    readonly waitSeconds?: number;
  }[];
  readonly recipients: number;
}

/*
 * DPO (role dpo):
 * GET  /v1/requests?tab&kind&light&search&sort&page&size → Page<RequestSummary>;  GET /v1/requests/{id} → RequestDetail
 * GET  /v1/requests/{id}/preview → PreviewView;            GET /v1/requests/{id}/events: server-sent RequestDetail
 * POST /v1/requests/{id}/{approve|refuse|extend|doubt-identity|identity-settled|fulfil|cancel} → RequestDetail
 * POST /v1/requests/bulk/preview, POST /v1/requests/bulk with BulkBody → BulkView
 * GET  /v1/requests/{id}/letters/{letter}?locale → LetterView; POST the same to send it
 * GET/POST /v1/holds, POST /v1/holds/{holdId}/release;  GET /v1/dashboard → DashboardView
 * GET  /v1/register?from&until&format=json|csv → RegisterView or CSV; days as 2026-01-31, default: this year up to today
 * GET /v1/recipients → RecipientView[]; POST /v1/recipients with CreateRecipientBody → CreatedRecipient; DELETE /v1/recipients/{id} → 204
 * GET /v1/recipients/deliveries?requestId&recipientId&page&size → Page<DeliveryView>
 */
export interface QueueQuery extends PageQuery {
  /** Default `verified`: in review, on hold, in progress. */
  readonly tab?: 'verified' | 'unverified' | 'held' | 'closed';
  readonly kind?: RequestKindView;
  readonly light?: Light;
  /** Part of a request id. */
  readonly search?: string;
  readonly sort?: 'due' | 'received' | '-received';
}
export interface ApproveBody {
  /** For an erasure: the words ERASE and the first eight characters of the request's id, typed by hand. */
  readonly confirmation?: string;
}
export interface RefuseBody {
  readonly refused: readonly RefusedCategory[];
}
export interface ExtendBody {
  /** Why it takes longer (Art. 12(3): complexity, number of requests). */
  readonly reasons: readonly ('complexity' | 'number-of-requests')[];
}
export interface FulfilBody {
  readonly outcome: 'corrected' | 'restriction-lifted';
}
export interface BulkBody {
  readonly action: 'approve' | 'extend' | 'refuse';
  readonly requestIds: readonly string[];
  /** To approve erasures among them: the word ERASE and the number of requests, typed by hand, e.g. `ERASE 3`. */
  readonly confirmation?: string;
  readonly reasons?: ExtendBody['reasons'];
  readonly refused?: readonly RefusedCategory[];
}
export interface BulkView {
  readonly items: readonly {
    readonly requestId: string;
    readonly outcome: 'would-do' | 'done' | 'refused';
    readonly code?: string;
    readonly title?: string;
  }[];
}

export type LetterName = 'received' | 'extended' | 'refused' | 'completed' | 'identity-doubted';
export interface LetterView {
  readonly letter: LetterName;
  readonly locale: 'en' | 'de';
  readonly subject: string;
  readonly body: string;
  readonly sentAt?: string;
}

export interface HoldView {
  readonly holdId: string;
  /** `subject`: by any external id of the person in POST; here only whether it still finds somebody. */
  readonly target: { readonly kind: 'subject' | 'category'; readonly category?: string };
  readonly reason: 'litigation' | 'authority-order' | 'fraud-investigation' | 'statutory-retention';
  readonly placedAt: string;
  readonly placedBy: string;
  readonly releasedAt?: string;
  /** Requests that it stops now. */
  readonly requests: readonly string[];
}
export interface PlaceHoldBody {
  readonly subject?: string;
  readonly requestId?: string;
  readonly category?: string;
  readonly reason: HoldView['reason'];
}

export interface DashboardView {
  readonly openByLight: Readonly<Record<Light, number>>;
  readonly openByPhase: Readonly<Partial<Record<RequestPhase, number>>>;
  /** Newest last, twelve months. */
  readonly months: readonly {
    readonly month: string;
    readonly received: Readonly<Partial<Record<RequestKindView, number>>>;
    readonly completed: number;
    readonly refused: number;
    readonly medianDays?: number;
  }[];
  readonly daysToComplete: { readonly p50?: number; readonly p90?: number };
  /** From acceptance to certificate, of the latest requests, oldest first. */
  readonly secondsToCertificate: readonly { readonly at: string; readonly seconds: number }[];
}
export interface RegisterView {
  readonly from: string;
  readonly until: string;
  readonly rows: readonly {
    readonly month: string;
    readonly kind: RequestKindView;
    readonly received: number;
    readonly completed: number;
    readonly refused: number;
    readonly cancelled: number;
    readonly extended: number;
    readonly overdue: number;
    readonly medianDays?: number;
  }[];
}

export interface RecipientView {
  readonly recipientId: string;
  readonly name: string;
  /** Host only. */
  readonly host: string;
  readonly signing: 'hmac-sha256' | 'ed25519';
  readonly disabled: boolean;
}
export interface CreateRecipientBody {
  /** As certificates name it: letters, digits, `.`, `_`, `~`, `-`. */
  readonly name: string;
  readonly url: string;
  readonly signing: RecipientView['signing'];
  /** `whpk_…`: checks acknowledgements of a recipient that shares no secret with us. */
  readonly acknowledgementKey?: string;
}
/** The secret, or the public key that checks our signatures, is shown once. */
export interface CreatedRecipient {
  readonly recipient: RecipientView;
  readonly secret?: string;
  readonly publicKey?: string;
}
export interface DeliveryView {
  readonly deliveryId: string;
  readonly recipientId: string;
  readonly requestId: string;
  readonly attempts: number;
  readonly state: 'waiting' | 'delivered' | 'acknowledged' | 'given-up';
  readonly nextAttemptAt?: string;
  readonly lastCode?: string;
}
export type QueuePage = Page<RequestSummary>;
