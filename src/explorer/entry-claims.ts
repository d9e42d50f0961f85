import { genesisStatement, payloadDigestOf } from '#libs/certificate';
import type { LacunaEvent, LacunaEventType } from '#libs/contracts';
import { streamNames, type RecordedEvent } from '#libs/messaging';
import type { EntryEntity } from './index-entities.js';

/** What an event says of the entry at an index. */
export type EntryClaim = Pick<EntryEntity, 'number' | 'type'> &
  Partial<Pick<EntryEntity, 'requestId' | 'line' | 'version' | 'document'>>;

/** What an event tells about the ledger. */
export type LedgerFact =
  | { readonly kind: 'entry'; readonly claim: EntryClaim }
  | {
      readonly kind: 'genesis';
      readonly payloadDigest: string;
      readonly line: string;
      readonly document: string;
    }
  | { readonly kind: 'checkpoint'; readonly size: number; readonly rootHash: string; readonly at: number };

const { model, request, ledger } = streamNames.prefixes;

/** The events that speak of the ledger. */
export const LEDGER_EVENTS = {
  types: [
    'ModelGenesis',
    'ModelPublished',
    'ModelRevoked',
    'CertificateIssued',
    'LogKeyAnnounced',
    'SignerKeyAnnounced',
    'CheckpointPublished',
  ] as const satisfies readonly LacunaEventType[],
  streamPrefixes: [model, request, ledger],
};

/** Undefined for an event that does not speak of the ledger. */
export function ledgerFactOf(recorded: RecordedEvent): LedgerFact | undefined {
  const event = recorded as unknown as LacunaEvent;
  switch (event.type) {
    case 'CheckpointPublished': {
      const { size, rootHash } = event.data;
      return { kind: 'checkpoint', size, rootHash, at: Date.parse(recorded.recordedAt) };
    }
    case 'ModelGenesis': {
      const { genesis, genesisDigest: document } = event.data;
      const payloadDigest = payloadDigestOf(genesisStatement(genesis, document));
      return { kind: 'genesis', payloadDigest, line: genesis.line, document };
    }
    case 'ModelPublished':
    case 'ModelRevoked': {
      const { ledgerIndex: number, line, version, manifestDigest: document } = event.data;
      const type = event.type === 'ModelPublished' ? 'publication' : 'revocation';
      return { kind: 'entry', claim: { number, type, line, version, document } };
    }
    case 'CertificateIssued': {
      const { ledgerIndex: number, requestId } = event.data;
      return { kind: 'entry', claim: { number, type: 'certificate', requestId } };
    }
    case 'LogKeyAnnounced':
    case 'SignerKeyAnnounced':
      return { kind: 'entry', claim: { number: event.data.ledgerIndex, type: 'key-rotation' } };
    default:
      return undefined;
  }
}
