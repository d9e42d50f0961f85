import type { CheckpointManifest, Genesis } from './model.js';

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

/** On `catalogue-{item}`; not personal. */
export type CatalogueEvent =
  | Shape<
      'ItemCatalogued',
      { readonly item: string; readonly title: string; readonly categories: readonly string[] }
    >
  | Shape<'ItemWithdrawn', { readonly item: string }>;

/** On `subject-{subject}`; consent records are sealed under the subject's profile key. */
export type SubjectEvent =
  | Shape<'SubjectEnrolled', { readonly subject: string }>
  | Shape<'ConsentGranted', { readonly sealed: Sealed }>
  | Shape<'ConsentWithdrawn', { readonly sealed: Sealed }>;

/**
 * On `interactions-{subject}~{generation}`. `label` is the record label, base64url (keyed, so not personal without the key).
 * `sealed` opens to SealedInteraction. Metadata may hold `carriedFrom`: the position the record had before a re-writing.
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

export type RequestKind = 'withdrawal' | 'erasure';

/** GDPR articles under which a request is made. */
export type LegalGround = 'art-7-3-withdrawal-of-consent' | 'art-17-1-erasure';

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
        readonly channel: 'cli' | 'api' | 'consent-change';
        /** RequestScope, sealed under the profile key; absent for an erasure. */
        readonly scope?: Sealed;
        /** age recipient of the person's receipt, sealed under the profile key; absent when none was asked for. */
        readonly receiptRecipient?: Sealed;
        readonly receivedAt: string;
      }
    >
  | Shape<
      'IdentityVerified',
      { readonly requestId: string; readonly method: 'operator-attested'; readonly verifiedAt: string }
    >
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
      }
    >
  | Shape<
      'RequestRefused',
      { readonly requestId: string; readonly reason: RefusalReason; readonly refusedAt: string }
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
  | Shape<'RebuildAssigned', { readonly requestId: string; readonly rebuildId: string | null }>
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
      'RequestClosed',
      { readonly requestId: string; readonly outcome: 'completed' | 'refused'; readonly closedAt: string }
    >;

export type RefusalReason = 'SUBJECT_UNKNOWN' | 'SUBJECT_ALREADY_ERASED' | 'NO_RECORD_IN_SCOPE';

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

export type LacunaEvent =
  CatalogueEvent | SubjectEvent | InteractionEvent | RequestEvent | RebuildEvent | ModelEvent | LedgerEvent;
export type LacunaEventType = LacunaEvent['type'];
export type DataOf<Type extends LacunaEventType> = Extract<LacunaEvent, { type: Type }>['data'];
