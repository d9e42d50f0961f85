import {
  genesisStatement,
  payloadDigestOf,
  PREDICATE_TYPES,
  type PredicateType,
  type UnlearningCertificate,
} from '#libs/certificate';
import type { DataOf, Genesis, LacunaEventType } from '#libs/contracts';
import { fromHex, type JsonValue } from '#libs/essentials';
import type { Checkpoint } from '#libs/merkle';
import { streamNames, type EventStore, type RecordedEvent } from '#libs/messaging';

/** What an event says about an entry of the ledger. */
export interface LedgerClaim {
  readonly event: LacunaEventType;
  readonly predicateType: PredicateType;
  /** SHA-256 of the statement, hex, where the event tells it. */
  readonly payloadDigest?: string;
  /** Fields that the statement has in common with the event. */
  readonly fields: Readonly<Record<string, JsonValue>>;
  /** Of a certificate; its file has this name. */
  readonly requestId?: string;
}

export interface RecordedCheckpoint extends Checkpoint {
  /** Milliseconds: when the event was recorded. */
  readonly recordedAt: number;
}

/** What the event log says about the ledger. */
export interface RecordedClaims {
  readonly checkpoints: readonly RecordedCheckpoint[];
  readonly byIndex: ReadonlyMap<number, readonly LedgerClaim[]>;
  /** The first entries of model lines, by the digest of their statement: their events are older than the entry's index. */
  readonly geneses: ReadonlyMap<string, LedgerClaim>;
}

const TYPES = [
  'ModelGenesis',
  'ModelPublished',
  'ModelRevoked',
  'CertificateIssued',
  'LogKeyAnnounced',
  'SignerKeyAnnounced',
  'CheckpointPublished',
] as const satisfies readonly LacunaEventType[];
const { model, request, ledger } = streamNames.prefixes;

/** Reads every event that speaks of the ledger. */
export async function readClaims(events: Pick<EventStore, 'readAll'>): Promise<RecordedClaims> {
  const checkpoints: RecordedCheckpoint[] = [];
  const byIndex = new Map<number, LedgerClaim[]>();
  const geneses = new Map<string, LedgerClaim>();
  const filter = { types: TYPES, streamPrefixes: [model, request, ledger] };
  for await (const event of events.readAll({ filter }))
    switch (event.type as (typeof TYPES)[number]) {
      case 'CheckpointPublished':
        checkpoints.push(checkpointOf(event));
        break;
      case 'ModelGenesis': {
        const claim = genesisClaim(event.data as DataOf<'ModelGenesis'>);
        geneses.set(claim.payloadDigest, claim);
        break;
      }
      default: {
        const { ledgerIndex } = event.data as { ledgerIndex: number };
        byIndex.set(ledgerIndex, [...(byIndex.get(ledgerIndex) ?? []), claimOf(event)]);
      }
    }
  return { checkpoints, byIndex, geneses };
}

function checkpointOf({ data, recordedAt }: RecordedEvent): RecordedCheckpoint {
  const { origin, size, rootHash } = data as DataOf<'CheckpointPublished'>;
  return { origin, size, root: fromHex(rootHash), recordedAt: Date.parse(recordedAt) };
}

function genesisClaim({ genesis, genesisDigest }: DataOf<'ModelGenesis'>) {
  return {
    event: 'ModelGenesis',
    predicateType: PREDICATE_TYPES.genesis,
    payloadDigest: payloadDigestOf(genesisStatement(genesis, genesisDigest)),
    fields: {},
  } as const;
}

function claimOf({ type, data }: RecordedEvent): LedgerClaim {
  const fields = data as Readonly<Record<string, JsonValue>>;
  const pick = (...names: string[]) => Object.fromEntries(names.map((name) => [name, fields[name]]));
  switch (type) {
    case 'ModelPublished':
      return {
        event: type,
        predicateType: PREDICATE_TYPES.publication,
        fields: pick('line', 'version', 'manifestDigest', 'publishedAt'),
      };
    case 'ModelRevoked':
      return {
        event: type,
        predicateType: PREDICATE_TYPES.revocation,
        fields: pick('line', 'version', 'manifestDigest', 'reason', 'revokedAt'),
      };
    case 'LogKeyAnnounced':
      return {
        event: type,
        predicateType: PREDICATE_TYPES.logKeyRotation,
        fields: pick('origin', 'vkey', 'retiresAt', 'announcedAt'),
      };
    case 'SignerKeyAnnounced':
      return {
        event: type,
        predicateType: PREDICATE_TYPES.signerKeyRotation,
        fields: pick('origin', 'publicKey', 'retiresAt', 'announcedAt'),
      };
    default: {
      const { requestId, certificateDigest } = data as DataOf<'CertificateIssued'>;
      return {
        event: 'CertificateIssued',
        predicateType: PREDICATE_TYPES.unlearning,
        payloadDigest: certificateDigest,
        fields: {},
        requestId,
      };
    }
  }
}

/** When a statement says that it was made; milliseconds. */
export function statedTime(predicateType: PredicateType, predicate: JsonValue): number {
  const said = predicate as unknown as Record<string, string> & Genesis & UnlearningCertificate;
  switch (predicateType) {
    case PREDICATE_TYPES.genesis:
      return Date.parse(said.createdAt);
    case PREDICATE_TYPES.publication:
      return Date.parse(said.publishedAt);
    case PREDICATE_TYPES.revocation:
      return Date.parse(said.revokedAt);
    case PREDICATE_TYPES.logKeyRotation:
    case PREDICATE_TYPES.signerKeyRotation:
      return Date.parse(said.announcedAt);
    case PREDICATE_TYPES.unlearning:
      return Date.parse(said.times.completed);
  }
}
