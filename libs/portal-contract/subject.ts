import type { PageQuery } from './paging.js';
import type { RequestKindView, ScopeBody } from './requests.js';

/** GET /v1/me (session of a subject). */
export interface MeView {
  readonly records: number;
  readonly consents: readonly ConsentView[];
  readonly openRequests: number;
}
/** PUT /v1/me/consents/{purpose} { granted } → ConsentView. Withdrawing also starts a request over what was used. */
export interface ConsentView {
  readonly purpose: string;
  readonly title: string;
  readonly granted: boolean;
  readonly since?: string;
  /** Records used under it. */
  readonly records: number;
  /** Of a consent that was just withdrawn with a receipt: the request that unlearns what was used under it. */
  readonly requestId?: string;
}

/** PUT /v1/me/consents/{purpose} → ConsentView. */
export interface ConsentBody {
  readonly granted: boolean;
  /** For a receipt of what is unlearned: the person's own age recipient, and an id for the request. Both, or neither. */
  readonly receiptRecipient?: string;
  readonly requestId?: string;
}

/** GET /v1/me/records → Page<RecordView>, newest first. */
export interface RecordsQuery extends PageQuery {
  /** In titles. */
  readonly search?: string;
  readonly category?: string;
  readonly type?: string;
  readonly purpose?: string;
  /** ISO 8601. */
  readonly from?: string;
  readonly until?: string;
}
export interface RecordView {
  /** Record label, base64url. */
  readonly label: string;
  readonly item: string;
  readonly title: string;
  readonly categories: readonly string[];
  readonly type: string;
  readonly time: string;
  readonly value: number;
  readonly purpose: string;
}
/** GET /v1/me/facets: what the history can be filtered by, with counts. */
export interface FacetsView {
  readonly categories: readonly { readonly name: string; readonly records: number }[];
  readonly types: readonly { readonly name: string; readonly records: number }[];
  readonly years: readonly { readonly year: number; readonly records: number }[];
}

/** POST /v1/me/preview → PreviewView; POST /v1/me/requests → SubmittedView. */
export interface SubmitBody {
  readonly kind: RequestKindView;
  readonly scope?: ScopeBody;
  /** For a rectification: what is wrong, and what would be right; up to 2,000 characters. */
  readonly statement?: string;
  /** age recipient made in the browser; whoever holds its identity can open the receipt. */
  readonly receiptRecipient?: string;
  /** Chosen by the browser, so that a repetition is one request. */
  readonly requestId?: string;
}
export interface SubmittedView {
  readonly requestId: string;
  /** With the id it finds the request again without signing in, also after an erasure; shown once: not where the same was asked before. */
  readonly followKey?: string;
}

/*
 * GET /v1/me/requests → RequestDetail[]; GET /v1/me/requests/{id} → RequestDetail; GET …/{id}/events: server-sent RequestDetail;
 * POST …/{id}/cancel → RequestDetail; GET …/{id}/certificate (bundle, text/html or application/pdf by Accept), …/certificate/proofs,
 * …/receipt-openings (age; DELETE once fetched), …/export?format=json|csv (access and portability).
 * A follower has the same routes for the one request.
 * POST /v1/portal/requests, public: AnonymousBody → 202 ChallengeView, the same whether or not the address is known. The request waits,
 * unverified, until the mailed code is answered, and expires.
 */
export interface AnonymousBody {
  readonly address: string;
  readonly locale: 'en' | 'de';
  /** Those that need nothing more than who asks. */
  readonly kind: Extract<RequestKindView, 'access' | 'portability' | 'erasure' | 'restriction'>;
}
