import type { EventStore, Vault } from '#libs/messaging';
import { AliasService } from './alias-service.js';
import { CatalogueService } from './catalogue-service.js';
import { ConsentService, type ConsentTerms } from './consent-service.js';
import { systemEdge, type Edge } from './edge.js';
import { EventSourcedIngestState } from './event-sourced-ingest-state.js';
import type { ImportCheckpoints } from './import/import-checkpoints.js';
import { ImportService } from './import/import-service.js';
import type { InteractionRules } from './interaction.js';
import { InteractionService } from './interaction-service.js';

export interface IngestOptions {
  readonly store: EventStore;
  readonly vault: Vault;
  readonly consentTerms: ConsentTerms;
  /** Default: the system's clock and randomness, native hashes. */
  readonly edge?: Edge;
  readonly rules?: InteractionRules;
  readonly checkpoints?: ImportCheckpoints;
}

export interface Ingest {
  readonly aliases: AliasService;
  readonly catalogue: CatalogueService;
  readonly consents: ConsentService;
  readonly interactions: InteractionService;
  readonly imports: ImportService;
  readonly state: EventSourcedIngestState;
  /** Stops following the event store; closes neither it nor the vault. */
  close(): Promise<void>;
}

/** Puts the services of this stage together; resolves when they know what the event store holds. */
export async function createIngest(options: IngestOptions): Promise<Ingest> {
  const { store, vault, edge = systemEdge, consentTerms, rules, checkpoints } = options;
  const state = new EventSourcedIngestState(store, vault);
  await state.caughtUp();
  const aliases = new AliasService(vault, state);
  const catalogue = new CatalogueService(store, state, edge);
  const consents = new ConsentService(store, vault, state, edge, consentTerms);
  const interactions = new InteractionService(store, vault, state, edge, rules);
  const imports = new ImportService(catalogue, consents, interactions, store, edge, checkpoints);
  return { aliases, catalogue, consents, interactions, imports, state, close: () => state.stop() };
}
