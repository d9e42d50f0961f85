import type { StoredRecord } from '#libs/contracts';

/** What is stored of people; answers take in every event appended before the question. */
export interface OwnRecords {
  /** Everything stored about a person that is not being unlearned already. */
  records(subject: string): Promise<readonly StoredRecord[]>;
  /** The latest description of each of the items that has one. */
  describe(
    items: readonly string[],
  ): Promise<ReadonlyMap<string, { readonly title: string; readonly categories: readonly string[] }>>;
}

export interface OwnConsent {
  readonly purpose: string;
  readonly granted: boolean;
  /** ISO 8601: of the newest decision. */
  readonly since: string;
}

export interface OwnDecision {
  readonly purpose: string;
  readonly method: string;
  readonly evidenceReference: string;
}

/** Decisions of people about purposes. */
export interface OwnConsents {
  of(subject: string): Promise<readonly OwnConsent[]>;
  grant(subject: string, decision: OwnDecision): Promise<unknown>;
  withdraw(subject: string, decision: OwnDecision): Promise<unknown>;
  /** Where consent holds, and was not withdrawn in the same way before. */
  withdrawOnce(subject: string, decision: OwnDecision): Promise<unknown>;
}

/** Purposes that people can decide about, with the words for them, and those that a browser's Global Privacy Control decides about. */
export interface OfferedPurposes {
  readonly purposes: readonly { readonly id: string; readonly title: string }[];
  readonly gpcPurposes: readonly string[];
}

/** A receipt that the person wants of what is unlearned: the id that the request is to have, and the age recipient. */
export interface WantedReceipt {
  readonly requestId: string;
  readonly recipient: string;
}

/** Unlearns what was used under a purpose, with a receipt for the person; resolves once it is out of use. */
export type UnlearnWithReceipt = (
  subject: string,
  purpose: string,
  receipt: WantedReceipt,
) => Promise<unknown>;

/** Requests of a person that are not closed. */
export type CountOpenRequests = (subject: string) => number;
