import type { LogKeyRotation, SignerKeyRotation } from '#libs/certificate';
import type { ModelLineState } from '#libs/erasure';
import { isCodedError } from '#libs/essentials';
import { fullDisk } from '#platform/data-folder';
import type { Engine } from '#stages/engine';
import type { Access } from '#stages/access';
import type { Explorer } from '#stages/explorer';
import type { QueuedTrainer } from '#stages/training/queue';
import { Closers } from './closers.js';
import { rotateLedgerKey, rotateSignerKey } from './ledger-keys.js';
import type { LineChoice } from './line-choice.js';
import { openEngineOf } from './open-engine.js';
import { openAccessOf } from './open-access.js';
import { openExplorerOf } from './open-explorer.js';
import { openModels, startLine, type Models } from './open-models.js';
import { openOutbox, type Deliveries } from './open-outbox.js';
import { openOutreach, type Outreach } from './open-outreach.js';
import { openRequests, type Requests } from './open-requests.js';
import { openStores, type Stores } from './open-stores.js';
import type { InstallationOptions } from './options.js';
import { openSelfService, type SelfService } from './open-self-service.js';
import { useLine } from './settings.js';

/** Everything that runs on one data folder. */
export interface Installation
  extends
    Pick<Stores, 'folder' | 'settings' | 'store' | 'events' | 'vault' | 'ledger' | 'witnessing' | 'objects'>,
    Omit<Models, 'rebuilds' | 'queued'>,
    Pick<Deliveries, 'mailer' | 'courier' | 'outbox'>,
    SelfService,
    Outreach,
    Requests {
  /**
   * Starts a line, or finds one that was started as what is chosen, and uses it from the next opening on.
   * @throws UnlearningError LINE_EXISTS, LearningError DATASET_TOO_LARGE; then the line in use stays
   */
  startLine(name: string, choice?: LineChoice): Promise<ModelLineState>;
  /** The queue of the workers, where there are any. */
  readonly jobQueue?: Pick<QueuedTrainer, 'warnings'>;
  readonly engine: Engine;
  readonly access: Access;
  readonly explorer: Explorer;
  /** What verifiers need to trust this installation, by file name, as it is now. */
  readonly trustFiles: ReturnType<Stores['trustFiles']>;
  /** Announces the ledger's next key; see rotateLedgerKey. */
  rotateLedgerKey(overlap: number): Promise<LogKeyRotation>;
  /** Announces the next key that signs certificates; see rotateSignerKey. */
  rotateSignerKey(overlap: number): Promise<SignerKeyRotation>;
  close(): Promise<void>;
}

/**
 * Opens a data folder, or makes one: locks it, opens the stores, starts the model line when there is none (genesis before the
 * first record), and joins the stages.
 *
 * @throws DataFolderError, VaultError, EventStoreError, LedgerError, … naming what is wrong and what to do
 */
export async function openInstallation(options: InstallationOptions): Promise<Installation> {
  const closers = new Closers();
  try {
    const stores = await openStores(options, closers);
    const models = await openModels(stores, options, closers);
    const deliveries = openOutbox(stores, options, closers);
    const engine = openEngineOf(stores, models, closers, options.backends);
    const requests = await openRequests(stores, models, engine, deliveries, options, closers);
    const access = await openAccessOf(stores, deliveries, requests, options, closers);
    const outreach = await openOutreach(stores, deliveries, requests, access.portalUrl, closers);
    const explorer = await openExplorerOf(stores, requests, closers, options.backends);
    const { folder, settings, store, events, vault, ledger, witnessing, objects } = stores;
    const { ingest, projections, registry, lines, recommendations, queued: jobQueue } = models;
    return {
      folder,
      settings,
      store,
      events,
      vault,
      ledger,
      get trustFiles() {
        return stores.trustFiles();
      },
      witnessing,
      objects,
      ingest,
      projections,
      registry,
      lines,
      recommendations,
      jobQueue,
      mailer: deliveries.mailer,
      courier: deliveries.courier,
      outbox: deliveries.outbox,
      ...requests,
      ...outreach,
      ...openSelfService(stores, models, requests),
      engine,
      access,
      explorer,
      startLine: async (name, choice) => {
        const catalogue = await projections.catalogue.at(await store.head());
        const started = await startLine(lines, stores, name, choice, catalogue);
        await useLine(folder.paths.root, name);
        return started;
      },
      rotateLedgerKey: (overlap) => rotateLedgerKey(stores, overlap),
      rotateSignerKey: (overlap) => rotateSignerKey(stores, overlap),
      close: () => closers.close(),
    };
  } catch (error) {
    await closers.close();
    throw isCodedError(error) ? error : (fullDisk(error) ?? error); // whichever file it was that found no room
  }
}
