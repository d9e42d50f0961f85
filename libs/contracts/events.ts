import type { CheckpointManifest, Genesis } from './model.js';
import type { NOTHING_TO_DO, REFUSAL_GROUNDS } from './refusal-grounds.js';

/*
 * The events of DESIGN §5. A `type` here is a promise: it stays when classes are renamed; an old shape lives on behind an
 * upcaster. `Sealed` values are base64url of AES-256-GCM under a key of the subject (libs/messaging, sealing).
 * Times are ISO 8601 in UTC. Positions are decimal strings.
 */
export type Sealed = string;

interface Shape<Type extends string, Data> {
  readonly type: Type;
  readonly data: Data;
}

/** On `catalogue-{item}`; not personal. A feature that people may state of themselves is an entry, too. */
export type CatalogueEvent =
  | Shape<
      'ItemCatalogued',
      {
        readonly item: string;
        readonly title: string;
        readonly categories: readonly string[];
        /** Absent: an item. */
        readonly kind?: 'feature';
      }
    >
  | Shape<'ItemWithdrawn', { readonly item: string }>;

/** On `subject-{subject}`; consent records are sealed under the subject's profile key. */
export type SubjectEvent =
  | Shape<'SubjectEnrolled', { readonly subject: string }>
  | Shape<'ConsentGranted', { readonly sealed: Sealed }>
  | Shape<'ConsentWithdrawn', { readonly sealed: Sealed }>;

/**
 * On `interactions-{subject}~{generation}`. `label` is the record label, base64url (keyed, so not personal without the key).
 * `sealed` opens to SealedInteraction: nobody without the key sees whether a person met an item or stated a feature (docs/decisions/0037). Metadata may hold `carriedFrom`: the position the record had before a re-writing.
 */
export type InteractionEvent = Shape<
  'InteractionRecorded',
  { readonly label: string; readonly sealed: Sealed }
>;

/** Plaintext of InteractionRecorded.sealed; short keys, a million of them are stored. */
export interface SealedInteraction {
  /** item */
  readonly i: string;
  /** type */
  readonly t: string;
  /** time, seconds */
  readonly s: number;
  /** value */
  readonly v: number;
  /** purpose */
  readonly p: string;
  /** 16-byte opening, base64url */
  readonly o: string;
}

export type RequestKind =
  'withdrawal' | 'erasure' | 'objection' | 'restriction' | 'access' | 'portability' | 'rectification';

/** Articles of the GDPR, or sections 1798.105 to 1798.130 of the California Civil Code (CCPA), under which a request is made. */
export type LegalGround =
  | 'ccpa-105-delete'
  | 'ccpa-106-correct'
  | 'ccpa-110-know'
  | 'ccpa-120-opt-out'
  | 'ccpa-121-limit'
  | 'ccpa-130-portable-format'
  | 'art-7-3-withdrawal-of-consent'
  | 'art-15-access'
  | 'art-16-rectification'
  | 'art-17-1-erasure'
  | 'art-18-restriction'
  | 'art-20-portability'
  | 'art-21-objection';

/** By which law a request is answered: its deadlines, its grounds for a refusal, its remedies. */
export type Regime = keyof typeof REFUSAL_GROUNDS;

/** How a person has shown who they are. */
export type IdentityMethod =
  | 'operator-attested'
  | 'controller-attested'
  | 'agent-attested'
  | 'session'
  | 'email-code'
  | 'signed-link'
  | 'host-token';

/** Why staff refuse: on a ground of the law by which the request is answered, or because there is nothing to be done. */
export type RefusalGround = (typeof REFUSAL_GROUNDS)[Regime][number] | (typeof NOTHING_TO_DO)[number];

/** A category of items, or `everything`, and on which ground it is not erased. */
export interface RefusedCategory {
  readonly category: string;
  readonly ground: RefusalGround;
}

/** GDPR Art. 12(3): what may take longer. */
export type ExtensionReason = 'complexity' | 'number-of-requests';

/** Whoever does something to a request: a pseudonym of a member of staff, `staff-cli`, `machine`, or `subject`. Never a name; `staff-cli` and `machine` are not told apart. */
export type Actor = string;

/** Which records a withdrawal is about; several conditions all hold at once. Plaintext of RequestSubmitted.scope. */
export interface RequestScope {
  readonly purpose?: string;
  readonly items?: readonly string[];
  readonly categories?: readonly string[];
  /** Seconds, inclusive. */
  readonly from?: number;
  readonly until?: number;
  /** Record labels, base64url. */
  readonly labels?: readonly string[];
  /** Only what stood in the log before this position, decimal: consent that is given anew covers what comes after it. */
  readonly recordedBefore?: string;
}

/** On `request-{id}`. */
export type RequestEvent =
  | Shape<
      'RequestSubmitted',
      {
        readonly requestId: string;
        readonly subject: string;
        readonly kind: RequestKind;
        readonly ground: LegalGround;
        readonly channel: RequestChannel;
        /** RequestScope, sealed under the profile key; absent for an erasure. */
        readonly scope?: Sealed;
        /** age recipient of the person's receipt, sealed under the profile key; absent when none was asked for. */
        readonly receiptRecipient?: Sealed;
        readonly receivedAt: string;
        /** What a rectification is to correct, in the person's words, sealed under the profile key. */
        readonly statement?: Sealed;
        /** Absent: gdpr. */
        readonly regime?: Regime;
        /** Until when it must be answered; absent: one calendar month later, to the second, in UTC. */
        readonly dueAt?: string;
        /** How the person has shown who they are; `awaited`: not yet. Absent: attested by the operator. */
        readonly identity?: IdentityMethod | 'awaited';
        /** When it expires, unless somebody has shown who they are. */
        readonly expiresAt?: string;
        /** Whoever entered it, where that was not the person: may not approve it. */
        readonly filedBy?: Actor;
        /** How many have to approve it; absent: nobody. */
        readonly approvals?: number;
        /** How long after its acceptance nothing is destroyed, so that it can be cancelled; absent: not at all. */
        readonly graceSeconds?: number;
        /** SHA-256, hex, of the key with which the person finds the request again, also after an erasure. */
        readonly followKeySha256?: string;
      }
    >
  | Shape<
      'IdentityVerified',
      {
        readonly requestId: string;
        readonly method: IdentityMethod;
        readonly verifiedAt: string;
        /** Where the time began to run only now. */
        readonly dueAt?: string;
      }
    >
  | Shape<'RequestApproved', { readonly requestId: string; readonly by: Actor; readonly approvedAt: string }>
  | Shape<
      'CategoriesRefused',
      {
        readonly requestId: string;
        readonly by: Actor;
        readonly refused: readonly RefusedCategory[];
        readonly refusedAt: string;
      }
    >
  | Shape<
      'DeadlineExtended',
      {
        readonly requestId: string;
        readonly by: Actor;
        readonly reasons: readonly ExtensionReason[];
        readonly dueAt: string;
        readonly extendedAt: string;
      }
    >
  | Shape<'IdentityDoubted', { readonly requestId: string; readonly by: Actor; readonly doubtedAt: string }>
  | Shape<
      'IdentitySettled',
      {
        readonly requestId: string;
        readonly by: Actor;
        /** Later by as long as the time stood still. */
        readonly dueAt: string;
        readonly settledAt: string;
      }
    >
  | Shape<
      'EscalationRaised',
      {
        readonly requestId: string;
        readonly light: 'amber' | 'red';
        readonly dueAt: string;
        readonly raisedAt: string;
      }
    >
  | Shape<
      'RequestCancelled',
      { readonly requestId: string; readonly by: Actor; readonly cancelledAt: string }
    >
  | Shape<'RequestExpired', { readonly requestId: string; readonly expiredAt: string }>
  | Shape<
      'RequestAccepted',
      {
        readonly requestId: string;
        readonly acceptedAt: string;
        readonly dueAt: string;
        /** Labels of the records to unlearn, base64url, sorted: frozen here. */
        readonly labels: readonly string[];
        /** Coarse labels of the same records, base64url, sorted; made here, while the label key exists. */
        readonly coarseLabels: readonly string[];
        /** Labels in refused categories, base64url, sorted: put out of use with the others, but not destroyed. */
        readonly retained?: readonly string[];
        /** Nothing is destroyed before. */
        readonly graceUntil?: string;
      }
    >
  | Shape<
      'RequestRefused',
      {
        readonly requestId: string;
        readonly reason: RefusalReason;
        readonly refusedAt: string;
        /** Where staff refused it. */
        readonly by?: Actor;
        readonly refused?: readonly RefusedCategory[];
      }
    >
  | Shape<
      'RecordsQuarantined',
      {
        readonly requestId: string;
        readonly subject: string;
        readonly kind: RequestKind;
        readonly labels: readonly string[];
      }
    >
  | Shape<
      'RecordsReleased',
      {
        /** The request whose RecordsQuarantined is undone. */
        readonly requestId: string;
        readonly subject: string;
        readonly kind: RequestKind;
        readonly labels: readonly string[];
        readonly releasedAt: string;
      }
    >
  | Shape<'RebuildAssigned', { readonly requestId: string; readonly rebuildId: string | null }>
  /** No model that serves has learned from the records any more, and their destruction waits for something. */
  | Shape<'RecordsUnlearned', { readonly requestId: string; readonly unlearnedAt: string }>
  | Shape<'ProcessingRestricted', { readonly requestId: string; readonly restrictedAt: string }>
  | Shape<'RestrictionLifted', { readonly requestId: string; readonly by: Actor; readonly liftedAt: string }>
  | Shape<'ExportPrepared', { readonly requestId: string; readonly preparedAt: string }>
  | Shape<
      'RequestFulfilled',
      {
        readonly requestId: string;
        readonly by: Actor;
        readonly outcome: 'corrected';
        readonly fulfilledAt: string;
      }
    >
  | Shape<
      'RecordsErased',
      {
        readonly requestId: string;
        readonly subject: string;
        readonly labels: readonly string[];
        /** Coarse labels of the same records, base64url. */
        readonly coarseLabels: readonly string[];
        readonly kept: number;
        /** Generation that the kept records live in now; null when the subject is gone. */
        readonly generation: number | null;
        readonly tombstonedStreams: readonly string[];
        readonly erasedAt: string;
      }
    >
  | Shape<
      'KeyDestroyed',
      { readonly requestId: string; readonly keys: readonly string[]; readonly destroyedAt: string }
    >
  | Shape<
      'CertificateIssued',
      {
        readonly requestId: string;
        readonly certificateDigest: string;
        readonly ledgerIndex: number;
        readonly issuedAt: string;
      }
    >
  | Shape<
      'RecipientNotified',
      { readonly requestId: string; readonly recipientId: string; readonly notifiedAt: string }
    >
  | Shape<
      'RecipientAcknowledged',
      { readonly requestId: string; readonly recipientId: string; readonly acknowledgedAt: string }
    >
  | Shape<
      'RecipientGivenUp',
      { readonly requestId: string; readonly recipientId: string; readonly givenUpAt: string }
    >
  | Shape<
      'RequestClosed',
      {
        readonly requestId: string;
        readonly outcome: 'completed' | 'refused' | 'cancelled';
        readonly closedAt: string;
      }
    >;

export type RequestChannel = 'cli' | 'api' | 'consent-change' | 'portal' | 'opendsr' | 'drp' | 'gpc';

export type RefusalReason =
  'SUBJECT_UNKNOWN' | 'SUBJECT_ALREADY_ERASED' | 'NO_RECORD_IN_SCOPE' | 'REFUSED_IN_REVIEW';

/** What a legal hold keeps from being destroyed. */
export type HoldTarget =
  | { readonly kind: 'subject'; readonly subject: string }
  /** Of items. */
  | { readonly kind: 'category'; readonly category: string };

export type HoldReason = 'litigation' | 'authority-order' | 'fraud-investigation' | 'statutory-retention';

/** On `hold-{id}`. */
export type HoldEvent =
  | Shape<
      'LegalHoldPlaced',
      {
        readonly holdId: string;
        readonly target: HoldTarget;
        readonly reason: HoldReason;
        readonly by: Actor;
        readonly placedAt: string;
      }
    >
  | Shape<'LegalHoldReleased', { readonly holdId: string; readonly by: Actor; readonly releasedAt: string }>;

/** On `rebuild-{id}`. */
export type RebuildEvent =
  | Shape<
      'RebuildPlanned',
      {
        readonly rebuildId: string;
        readonly line: string;
        readonly reason: 'training' | 'unlearning';
        readonly requests: readonly string[];
        readonly shards: readonly number[];
        /** Version that this one follows; null for the first. */
        readonly parentVersion: number | null;
        readonly version: number;
        /** Events up to here are taken in, decimal. */
        readonly position: string;
        readonly cataloguePosition: string;
      }
    >
  | Shape<
      'ShardRebuilt',
      {
        readonly rebuildId: string;
        readonly shard: number;
        readonly datasetRoot: string;
        readonly count: number;
        readonly digest: string;
        readonly position: string;
        /** As in the manifest. */
        readonly rounds?: readonly string[];
        /** In a line with slices. */
        readonly checkpoints?: readonly CheckpointManifest[];
        /** Where a shard can go on from what is left of an earlier version. */
        readonly work?: SliceWork;
      }
    >
  | Shape<
      'AggregatorRebuilt',
      {
        readonly rebuildId: string;
        readonly digest: string;
        readonly rebuiltAt: string;
        /** What it was trained on, where it reads records. */
        readonly records?: { readonly count: number; readonly position: string };
      }
    >
  /** Its manifest is about to be named in the ledger: from here on the rebuild is finished, whatever happens. */
  | Shape<'PublicationPrepared', { readonly rebuildId: string; readonly manifestDigest: string }>
  | Shape<
      'RebuildAbandoned',
      { readonly rebuildId: string; readonly reason: AbandonReason; readonly abandonedAt: string }
    >;

/** Why a rebuild that was interrupted does not go on: what it has made saw records that may no longer be used; the version it follows serves no more. */
export type AbandonReason = 'records-put-out-of-use' | 'parent-revoked';

/** Records that a shard, or each of its slices, trains on; each counted once for every slice that sees it. */
export interface SliceWork {
  /** By training from nothing. */
  readonly all: number;
  /** Of these, what going on from a checkpoint or from an earlier version of the shard has spared. */
  readonly saved: number;
}

/** On `model-{line}`. */
export type ModelEvent =
  | Shape<'ModelGenesis', { readonly genesis: Genesis; readonly genesisDigest: string }>
  | Shape<
      'ModelPublished',
      {
        readonly line: string;
        readonly version: number;
        readonly manifestDigest: string;
        readonly rebuildId: string;
        readonly reason: 'training' | 'unlearning';
        readonly ledgerIndex: number;
        readonly publishedAt: string;
      }
    >
  | Shape<
      'ModelRevoked',
      {
        readonly line: string;
        readonly version: number;
        readonly manifestDigest: string;
        readonly reason: 'unlearning' | 'superseded';
        readonly ledgerIndex: number;
        readonly revokedAt: string;
      }
    >;

/** A figure, rounded to a multiple of the half-width of its 95 % interval; both are decimals (libs/evaluation, roundedFigure). */
export interface UtilityFigure {
  readonly value: number;
  readonly halfWidth: number;
}

/** Why there is no figure. */
export interface Withheld {
  readonly withheld:
    'fewer-than-1000-tested' | 'fewer-than-200-in-group' | 'fewer-than-200-in-shard' | 'one-shard';
}

/** Of the first ten that were recommended: how many people found what was held back, and how far in front. */
export interface UtilityOfPeople {
  readonly hr10: UtilityFigure;
  readonly ndcg10: UtilityFigure;
}

/** What may be kept of the measurement of a version's twin: nothing from which a count of people can be told (docs/decisions/0052). */
export interface MeasuredUtility {
  /** People who were asked about, rounded down to two digits; absent where they were too few. */
  readonly tested?: number;
  readonly overall: UtilityOfPeople | Withheld;
  /** The tenth of the people with the fewest records, and the others. */
  readonly warm: UtilityOfPeople | Withheld;
  readonly cold: UtilityOfPeople | Withheld;
  /** A-IGF and shardGF of CURE4Rec, of NDCG@10. */
  readonly activityGap: UtilityFigure | Withheld;
  readonly shardVariance: UtilityFigure | Withheld;
}

/** On `measured-{line}`. One that was started and has neither end was under way when the server went down. */
export type MeasurementEvent =
  | Shape<
      'MeasurementStarted',
      { readonly line: string; readonly version: number; readonly startedAt: string }
    >
  /** One for a version: how useful its twin is, which is trained without the last record of each person. */
  | Shape<
      'UtilityMeasured',
      MeasuredUtility & {
        readonly line: string;
        readonly version: number;
        readonly configDigest: string;
        readonly codeDigest: string;
        readonly measuredAt: string;
      }
    >
  | Shape<
      'MeasurementEnded',
      {
        readonly line: string;
        readonly version: number;
        /** Why it came to nothing: a code. */
        readonly code: string;
        readonly endedAt: string;
      }
    >;

/** On `ledger-{origin}`. A checkpoint is recorded before it is published. */
export type LedgerEvent =
  | Shape<
      'CheckpointPublished',
      { readonly origin: string; readonly size: number; readonly rootHash: string }
    >
  | Shape<
      'LogKeyAnnounced',
      {
        readonly origin: string;
        /** The log's next key (C2SP vkey). */
        readonly vkey: string;
        /** Size from which the key before it does not suffice any more. */
        readonly retiresAt: number;
        readonly ledgerIndex: number;
        readonly announcedAt: string;
      }
    >
  | Shape<
      'SignerKeyAnnounced',
      {
        readonly origin: string;
        /** The next key that signs certificates: SubjectPublicKeyInfo, base64. */
        readonly publicKey: string;
        /** Index from which an entry that the key before has signed is refused. */
        readonly retiresAt: number;
        readonly ledgerIndex: number;
        readonly announcedAt: string;
      }
    >;

/** On `staff-{id}`: what a member of staff did, or had done to the account. Codes and pseudonyms; no names. */
export type StaffEvent = Shape<
  'StaffActed',
  {
    readonly staffId: string;
    /** Such as `request.approve`. */
    readonly action: string;
    readonly requestId?: string;
    /** Account that was acted on. */
    readonly about?: string;
    readonly actedAt: string;
  }
>;
/** On `recipient-{id}`: somebody to whom personal data was disclosed and who is told of erasures (GDPR Art. 19). An organisation, not a person. */
export type RecipientEvent =
  | Shape<
      'RecipientRegistered',
      {
        readonly recipientId: string;
        /** As certificates name it. */
        readonly name: string;
        readonly signing: 'hmac-sha256' | 'ed25519';
        /** Where notices go, sealed under a key of the recipient: a path may hold a secret. */
        readonly url: Sealed;
        /** Key that checks acknowledgements of a recipient that shares no secret with us (`whpk_…`). */
        readonly acknowledgementKey?: string;
        readonly registeredAt: string;
      }
    >
  /** It answered that it is gone (HTTP 410). */
  | Shape<'RecipientDisabled', { readonly recipientId: string; readonly disabledAt: string }>
  | Shape<'RecipientRemoved', { readonly recipientId: string; readonly removedAt: string }>;

/** On `letters-{requestId}`: what was written about a request, to whom it is about, or to the data-protection officer. No words, no address. */
export type LetterEvent = Shape<
  'LetterSent',
  {
    readonly requestId: string;
    /** Name of the letter, or `escalation-amber`, `escalation-red`. */
    readonly letter: string;
    readonly locale: string;
    /** Id of the event that it followed from; absent when somebody sent it by hand. */
    readonly because?: string;
    readonly sentAt: string;
  }
>;

/** On `standard-{requestId}`: a request that came over a protocol of others, and how they want to hear of it. */
export type StandardEvent = Shape<
  'StandardRequestReceived',
  {
    readonly requestId: string;
    readonly protocol: 'opendsr' | 'drp';
    /** Who sent it, as the settings name them. */
    readonly party: string;
    /** Where they want to be told, and their own number of it, sealed under a key of the installation. */
    readonly sealed: Sealed;
    readonly receivedAt: string;
  }
>;

export type LacunaEvent =
  | CatalogueEvent
  | SubjectEvent
  | InteractionEvent
  | RequestEvent
  | HoldEvent
  | RebuildEvent
  | ModelEvent
  | MeasurementEvent
  | LedgerEvent
  | StaffEvent
  | RecipientEvent
  | LetterEvent
  | StandardEvent;
export type LacunaEventType = LacunaEvent['type'];
export type DataOf<Type extends LacunaEventType> = Extract<LacunaEvent, { type: Type }>['data'];
