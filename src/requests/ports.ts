import type { ConsentRecord } from '#libs/consent';
import type { StoredRecord } from '#libs/contracts';
import type { PublishedVersion, RebuildPlan, RequestIn, RequestState } from '#libs/erasure';

/** What is known about people now; answers take in every event appended before the question. */
export interface SubjectRecords {
  status(subject: string): Promise<'active' | 'restricted' | 'erasing' | 'erased' | 'unknown'>;
  /** Everything stored about the subject that no other request has quarantined, consented or not. */
  records(subject: string): Promise<readonly StoredRecord[]>;
  /** The same, quarantined or not. */
  stored(subject: string): Promise<readonly StoredRecord[]>;
  categoriesOf(items: ReadonlySet<string>): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Resolves when nothing is kept any more of what was destroyed up to the call. */
  settled(): Promise<void>;
}

/** Keeps apart from the installation what was put out of use and destroyed, so that restoring an old backup undoes none of it. */
export interface DestructionRecord {
  /** Records how far a request has come; durable when it resolves. */
  record(requestId: string): Promise<void>;
}

/** What items are called. */
export interface ItemTitles {
  describe(items: readonly string[]): Promise<ReadonlyMap<string, { readonly title: string }>>;
}

/** The decisions of a person that stand, by pseudonym. */
export interface PersonsConsents {
  of(subject: string): Promise<readonly ConsentRecord[]>;
}

/** Consent to a purpose that is withdrawn with an objection, so that nothing comes under it any more. */
export interface PurposeStop {
  stop(subject: string, purpose: string): Promise<void>;
}

/** Asks whoever gave an address to show that it is theirs; src/access implements it. A class, so that it can be a Nest token. */
export abstract class IdentityChallenges {
  /**
   * Answers at once, in the same way whether or not the address is anybody's.
   * @param order.onKnown called after the answer with the pseudonym, only where there is somebody
   */
  abstract start(order: {
    readonly address: string;
    readonly locale: 'en' | 'de';
    readonly requestId: string;
    readonly onKnown: (subject: string) => Promise<void>;
  }): { readonly challengeId: string; readonly expiresAt: string };
}

/** What a rebuild has done so far. */
export interface RebuildParts {
  readonly shards: number;
  readonly rebuilt: number;
  readonly hasAggregator: boolean;
  readonly isPublished: boolean;
}

/** Rebuilds of the model line that requests are unlearned from. */
export interface UnlearningRebuilds {
  /** Shards of the serving version that may hold the records; empty when nothing is published. */
  affectedShards(subject: string, labels: readonly Uint8Array[]): Promise<readonly number[]>;
  /** What an interruption has left to be finished; one that may not go on is given up, and planned anew if it was a training. */
  leftover(): Promise<RebuildPlan | undefined>;
  /** Whether it unlearns what was assigned to it, in the line that is in use now. */
  stands(rebuildId: string): Promise<boolean>;
  plan(requests: readonly string[], shards: readonly number[]): Promise<RebuildPlan>;
  /** @param dueAt when the first request that waits for it is due: earlier ones go first, where several wait for workers */
  run(rebuildId: string, dueAt?: string): Promise<PublishedVersion>;
  /** True once the version that the rebuild makes is published, or none was needed, and nothing is left of what went before. */
  settle(rebuildId: string | null): Promise<boolean>;
  /** How far it has come; undefined where it is not known any more. */
  partsOf(rebuildId: string): Promise<RebuildParts | undefined>;
  /** Seconds that unlearning has usually taken which rebuilt as many shards; undefined where it never happened. */
  usualSeconds(shards: number): Promise<number | undefined>;
  /** Seconds until what is under way or planned is through, as far as that is known. */
  secondsAhead(): Promise<number>;
  /** What serves now. */
  serving(): Promise<
    { readonly line: string; readonly version: number; readonly shards: number } | undefined
  >;
}

/** Destroys records, streams and keys; src/vault implements it. */
export interface RecordShredder {
  removeRecords(subject: string, labels: ReadonlySet<string>): Promise<Removed>;
  removeSubject(subject: string): Promise<Removed>;
  keysOf(subject: string, removed: Removed): string[];
  destroyKeys(keys: readonly string[], destroyedAt: string): void;
}

export interface Removed {
  readonly kept: number;
  readonly generation: number | null;
  readonly tombstonedStreams: readonly string[];
}

/** Keeps for the person what opens the records, before they are destroyed. Repeating it makes nothing new. */
export interface ReceiptSealer {
  seal(request: RequestIn<'quarantined'>): Promise<void>;
}

/**
 * Tells recipients of the data what has become of it (GDPR Art. 19). Every method may be repeated. What became of each notice comes back
 * through RequestDesk.recipientTold.
 */
export interface RecipientNotices {
  /** Before anything is destroyed: keeps what is to be told, while it is known of whom; tells nobody. */
  prepare(request: RequestState): Promise<void>;
  /** Names of the recipients who are going to be told, sorted; for the certificate. */
  groupsOf(requestId: string): readonly string[];
  /** Ids of the recipients who are going to be told. */
  recipientsOf(requestId: string): readonly string[];
  /** Begins to tell them; resolves when that is durable. */
  release(requestId: string): Promise<void>;
  /** How many recipients there are now. */
  enabled(): number;
}

/** Nobody else was given the data. */
export const NO_RECIPIENTS: RecipientNotices = {
  prepare: async () => {},
  groupsOf: () => [],
  recipientsOf: () => [],
  release: async () => {},
  enabled: () => 0,
};

/** Issues the certificate of a finished request; repeating it issues the same one. */
export interface CertificateIssuer {
  issue(
    request: RequestIn<'shredded'>,
    recipientsNotified: readonly string[],
  ): Promise<{ readonly certificateDigest: string; readonly ledgerIndex: number }>;
}

/** Issued certificates by request. A class, so that it can be a Nest token. */
export abstract class CertificateArchive {
  /** The Sigstore bundle as parsed JSON. @throws CertificationError CERTIFICATE_NOT_ISSUED */
  abstract read(requestId: string): Promise<unknown>;
  /** The certificate for people. @throws CertificationError CERTIFICATE_NOT_ISSUED */
  abstract render(requestId: string, format: 'html' | 'pdf'): Promise<Uint8Array>;
  /** The file of proofs that the certificate names. @throws CertificationError CERTIFICATE_NOT_ISSUED, PROOFS_NOT_KEPT */
  abstract readProofs(requestId: string): Promise<Uint8Array>;
}
