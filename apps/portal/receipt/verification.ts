import type { Facts } from '#libs/essentials';
import type { NotProven } from '#libs/verification';
import type { TrustTexts } from '../trust/trust-choice.js';

/** What is to be verified; everything in it is untrusted but the trust files. */
export type VerificationTask = { readonly trust: TrustTexts; readonly proofs?: Uint8Array } & (
  | {
      readonly kind: 'openings';
      readonly openings: Uint8Array;
      /** Identity file of age. */
      readonly identity: string;
      readonly certificate: Uint8Array;
    }
  | { readonly kind: 'receipt'; readonly receipt: Uint8Array }
  | { readonly kind: 'certificate'; readonly certificate: Uint8Array }
);

/** The two lists of steps that are shown: the certificate's, and the receipt's around it. */
export type ShownClaim = 'certificate' | 'receipt';

export interface ShownStep {
  readonly claim: ShownClaim;
  readonly step: string;
}

/** What was established, in figures. */
export interface Verified {
  readonly requestId: string;
  readonly kind: 'withdrawal' | 'erasure' | 'objection';
  readonly completedAt: string;
  readonly deleted: number;
  readonly log: { readonly origin: string; readonly index: number; readonly size: number };
  readonly shards?: { readonly rebuilt: number; readonly of: number };
  /** Of a receipt: the person's records, and how many had their values compared with what left the datasets. */
  readonly records?: { readonly count: number; readonly items: number; readonly compared: number };
  readonly notProven: readonly NotProven[];
  /** The receipt that was composed, to be kept. */
  readonly receipt?: Uint8Array<ArrayBuffer>;
}

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly nextStep?: string;
  readonly facts: Facts;
}

/** What a verification tells as it goes on. */
export type VerificationNews =
  | { readonly kind: 'plan'; readonly steps: readonly ShownStep[] }
  | { readonly kind: 'step'; readonly step: ShownStep }
  | { readonly kind: 'verified'; readonly verified: Verified }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** How far a verification is. */
export interface VerificationState {
  readonly steps: readonly (ShownStep & { readonly state: 'waiting' | 'verified' | 'refused' })[];
  readonly verified?: Verified;
  readonly refusal?: Refusal;
}

export const NOT_BEGUN: VerificationState = { steps: [] };

/** A refusal belongs to the first step that was not verified: what comes after it was never looked at. */
export function afterNews(state: VerificationState, news: VerificationNews): VerificationState {
  switch (news.kind) {
    case 'plan':
      return { steps: news.steps.map((step) => ({ ...step, state: 'waiting' })) };
    case 'step':
      return {
        ...state,
        steps: state.steps.map((step) => (isSame(step, news.step) ? { ...step, state: 'verified' } : step)),
      };
    case 'verified':
      return { ...state, verified: news.verified };
    case 'refused': {
      const at = state.steps.findIndex(({ state: how }) => how === 'waiting');
      return {
        steps: state.steps.map((step, index) => (index === at ? { ...step, state: 'refused' } : step)),
        refusal: news.refusal,
      };
    }
    default:
      return news satisfies never;
  }
}

function isSame(a: ShownStep, b: ShownStep): boolean {
  return a.claim === b.claim && a.step === b.step;
}
