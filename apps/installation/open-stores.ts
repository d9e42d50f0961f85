import path from 'node:path';
import type { TrustFiles } from '#libs/certificate';
import { keyNames } from '#libs/contracts';
import type { EventStore } from '#libs/messaging';
import { modelSignerFromSeed } from '#libs/interop';
import { signerFromSeed } from '#libs/merkle';
import { openDataFolder, type DataFolder, type DataPaths } from '#platform/data-folder';
import { claimFor, openS3, type ObjectStore, type S3Address } from '#platform/object-store';
import { AppendTraces } from '#platform/tracing';
import { Notary, StatementFiles } from '#stages/certification';
import { DatasetMaps, MapStore, Tombstones } from '#stages/datasets';
import { Copying, Ledger, ObjectCopy } from '#stages/ledger';
import { holdsModelFiles } from '#stages/training';
import { FileVault } from '#stages/vault';
import { CertificateSigners } from './certificate-signers.js';
import type { Closers } from './closers.js';
import { kekCustodyOf } from './kek.js';
import { InstallationError } from './installation-error.js';
import { finishRotations } from './ledger-keys.js';
import { observedStore } from './observed-store.js';
import { openWitnessing, publishPolicy, type Witnessing } from './open-witnessing.js';
import { openEventLog, type EventLog } from './open-event-store.js';
import type { InstallationOptions } from './options.js';
import { settingsOf, type Settings } from './settings.js';

/** What cannot be rebuilt: log, keys, ledger, dataset maps; and who signs. */
export interface Stores {
  readonly folder: DataFolder;
  readonly settings: Settings;
  readonly vault: FileVault;
  readonly store: EventStore;
  readonly events: EventLog;
  readonly appendTraces: AppendTraces;
  readonly ledger: Ledger;
  readonly signers: CertificateSigners;
  readonly notary: Notary;
  readonly statements: StatementFiles;
  readonly maps: DatasetMaps;
  readonly tombstones: Tombstones;
  /** `log.vkey`, `log-keys.json`, `trusted-root.json`, `certificate-signer.pem`, `certificate-signers.json`, `model-signer.pem`, perhaps `policy`, as they are now. */
  readonly trustFiles: () => TrustFiles & { readonly 'model-signer.pem': string; readonly policy?: string };
  /** Absent when no policy asks for witnesses. */
  readonly witnessing?: Witnessing;
  /** Where model files and copies of the ledger's tiles are, when that is not the data folder. */
  readonly objects?: ObjectStore;
  readonly kek: Uint8Array;
  readonly clock: () => Date;
  /** ISO 8601. */
  readonly now: () => string;
}

/** Locks the data folder and opens its stores. */
export async function openStores(options: InstallationOptions, closers: Closers): Promise<Stores> {
  const clock = options.now ?? (() => new Date());
  const now = (): string => clock().toISOString();
  const folder = openDataFolder(options.folder);
  closers.add(() => folder.release());
  const { paths } = folder;
  const settings = await settingsOf(paths.root, options.settings ?? {});
  const objects = await openObjects(options.backends?.models, settings, paths, closers);
  const kek = await kekCustodyOf(paths, options, settings.installation).load();
  const vault = FileVault.open({ file: paths.vault, kek });
  closers.add(() => vault.close());
  const appendTraces = new AppendTraces();
  const { installation } = settings;
  const { backends, eventsBeforeThread } = options;
  const events = await openEventLog({ paths, backends, installation, now, eventsBeforeThread }, closers);
  const store = observedStore(events.store, options.onAppended ?? (() => {}), appendTraces);
  const witnessing = await openWitnessing(paths, closers);
  const ledger = await Ledger.open({
    folder: paths.ledger,
    database: path.join(paths.root, 'ledger.db'),
    origin: settings.origin,
    signer: (generation) => signerFromSeed(vault.ensureKey(keyNames.ledgerSeed(generation))),
    events: store,
    now,
    cosigner: witnessing?.cosigner,
  });
  closers.add(() => ledger.close());
  if (objects !== undefined) await copyLedger(ledger, objects, options, closers);
  const mapStore = MapStore.open(paths.datasets);
  closers.add(() => mapStore.close());
  const signers = new CertificateSigners(vault, ledger);
  const modelSigner = modelSignerFromSeed(vault.ensureKey(keyNames.modelSignerSeed));
  const statements = new StatementFiles(paths.statements);
  const notary = new Notary(() => signers.all(), ledger, statements, modelSigner);
  await finishRotations({ ledger, notary, store });
  const trustFiles: Stores['trustFiles'] = () => ({
    ...ledger.trustFiles(signers.first),
    'model-signer.pem': modelSigner.publicKeyPem,
    ...(witnessing && { policy: witnessing.policyText }),
  });
  if (witnessing !== undefined) await publishPolicy(witnessing, trustFiles(), paths.ledger);
  return {
    folder,
    settings,
    vault,
    store,
    events,
    appendTraces,
    ledger,
    signers,
    notary,
    statements,
    maps: new DatasetMaps(mapStore),
    tombstones: new Tombstones(mapStore, store),
    witnessing,
    trustFiles,
    objects,
    kek,
    clock,
    now,
  };
}

/**
 * Brings the copy up, and keeps it so.
 * @throws LedgerError for a copy of another log, or of a fork of this one: an outsider may have it
 */
async function copyLedger(
  ledger: Ledger,
  objects: ObjectStore,
  { onCopyFailure = () => {} }: InstallationOptions,
  closers: Closers,
): Promise<void> {
  const copy = new ObjectCopy(objects);
  await ledger.bringCopy(copy);
  const copying = new Copying(ledger, copy, onCopyFailure);
  ledger.whenPublished(() => copying.due());
  closers.add(() => copying.stop());
}

/**
 * @throws ObjectStoreError what is wrong with it, and which setting helps
 * @throws InstallationError MODELS_NOT_MOVED: files that stay in the folder would be forgotten there, with whom they have learned from
 */
async function openObjects(
  address: S3Address | undefined,
  { installation }: Settings,
  { models }: DataPaths,
  closers: Closers,
): Promise<ObjectStore | undefined> {
  if (address === undefined) return undefined;
  if (await holdsModelFiles(models)) throw modelsNotMoved();
  const objects = await openS3(address, 'keeps');
  closers.add(() => objects.close());
  await claimFor(objects, installation);
  return objects;
}

function modelsNotMoved(): InstallationError {
  return new InstallationError(
    'MODELS_NOT_MOVED',
    'LACUNA_MODEL_STORE is set, and the data folder holds model files',
    {
      nextStep: 'Move them with `lacuna migrate`, or unset LACUNA_MODEL_STORE.',
    },
  );
}
