import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { keyNames } from '#libs/contracts';
import type { RequestStep } from '#libs/erasure';
import { defaultModelConfig } from '#libs/learning';
import { signerFromSeed } from '#libs/merkle';
import { trainingCodeDigest } from '#platform/build';
import { nodeHmacSha256, nodeSha256 } from '#platform/crypto';
import { openDataFolder, type DataFolder } from '#platform/data-folder';
import { CertificateOffice, Notary } from '#stages/certification';
import { SqliteEventStore } from '#stages/event-store';
import { createIngest, FileImportCheckpoints, systemEdge, type Ingest } from '#stages/ingest';
import { Ledger } from '#stages/ledger';
import {
  openProjections,
  type ProjectionProgress,
  type Projections,
  type ProjectionsOptions,
} from '#stages/projections';
import {
  ConsentChanges,
  RequestBook,
  RequestProcess,
  RequestService,
  type SubjectRecords,
} from '#stages/requests';
import { QuarantinedShards, Recommendations } from '#stages/serving';
import { ModelRegistry, TrainingPool } from '#stages/training';
import { ModelLines, Publisher, Rebuilds, Trainings, type RebuildProgress } from '#stages/unlearning';
import { FileVault, loadKek, Shredder } from '#stages/vault';
import { InteractionFoldPool } from './interaction-fold-pool.js';
import { certifiedModels, publishedModels, rebuildsOf, subjectRecords } from './ports.js';
import { settingsOf, type Settings } from './settings.js';

export interface InstallationOptions {
  readonly folder: string;
  /** For a new data folder; an existing one keeps its own. */
  readonly settings?: Partial<Settings>;
  /** Shards of the line when this opening starts it; default 8. */
  readonly shards?: number;
  /** Threads that train, or fold a backlog; default: one a processor. */
  readonly threads?: number;
  /** When projections fold the log in windows, and how long these are; for tests. */
  readonly backlog?: Pick<ProjectionsOptions, 'backlog' | 'windowSize'>;
  /** Value of LACUNA_KEK. */
  readonly kek?: string;
  readonly now?: () => Date;
  readonly onRebuild?: RebuildProgress;
  readonly onProjection?: (progress: ProjectionProgress) => void;
  /** Hears why requests do not get on; they stay open. */
  readonly onRequestFailure?: (reason: unknown) => void;
  readonly onRequestStep?: (
    requestId: string,
    step: RequestStep | 'rebuild',
    when: 'before' | 'after',
  ) => void;
}

/** Everything that runs on one data folder. */
export interface Installation {
  readonly folder: DataFolder;
  readonly settings: Settings;
  readonly store: SqliteEventStore;
  readonly vault: FileVault;
  readonly ledger: Ledger;
  readonly ingest: Ingest;
  readonly projections: Projections;
  readonly subjects: SubjectRecords;
  readonly lines: ModelLines;
  readonly registry: ModelRegistry;
  readonly trainings: Trainings;
  readonly requests: RequestService;
  /** Takes up what a crash or a stop left unfinished; resolves when no request is open. */
  resume(): Promise<void>;
  readonly certificates: CertificateOffice;
  readonly recommendations: Recommendations;
  /** `log.vkey`, `trusted-root.json`, `certificate-signer.pem`. */
  readonly trustFiles: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const DEFAULT_SHARDS = 8;

/**
 * Opens a data folder, or makes one: locks it, opens the stores, starts the model line when there is none (genesis before the
 * first record), and joins the stages.
 *
 * @throws DataFolderError, VaultError, EventStoreError, LedgerError, … naming what is wrong and what to do
 */
export async function openInstallation(options: InstallationOptions): Promise<Installation> {
  const closing: (() => unknown)[] = [];
  try {
    return await join(
      options,
      (close) => closing.unshift(close),
      () => closeAll(closing),
    );
  } catch (error) {
    await closeAll(closing);
    throw error;
  }
}

async function closeAll(closing: (() => unknown)[]): Promise<void> {
  for (const close of closing.splice(0)) await close();
}

async function join(
  options: InstallationOptions,
  onClose: (close: () => unknown) => void,
  close: () => Promise<void>,
): Promise<Installation> {
  const clock = options.now ?? (() => new Date());
  const now = (): string => clock().toISOString();
  const folder = openDataFolder(options.folder);
  onClose(() => folder.release());
  const { paths } = folder;
  const settings = await settingsOf(paths.root, options.settings ?? {});
  const { line } = settings;

  const kek = loadKek({ file: paths.kek, vaultFile: paths.vault, env: options.kek });
  const vault = FileVault.open({ file: paths.vault, kek });
  onClose(() => vault.close());
  const store = SqliteEventStore.open(paths.events, { now });
  onClose(() => store.close());
  const ledger = await Ledger.open({
    folder: paths.ledger,
    database: path.join(paths.root, 'ledger.db'),
    origin: settings.origin,
    signerSeed: vault.ensureKey(keyNames.ledgerSeed),
    now,
  });
  onClose(() => ledger.close());
  const signer = signerFromSeed(vault.ensureKey(keyNames.signerSeed));
  const notary = new Notary(signer, ledger.key, ledger);

  const registry = new ModelRegistry(paths.models);
  const lines = new ModelLines(store, vault, registry, notary, trainingCodeDigest(), nodeHmacSha256);
  await startLine(lines, line, options.shards, settings, now());

  const ingest = await createIngest({
    store,
    vault,
    edge: { ...systemEdge, now: () => clock().getTime() },
    consentTerms: settings.consent,
    rules: settings.values,
    checkpoints: new FileImportCheckpoints(path.join(paths.root, 'imports')),
  });
  onClose(() => ingest.close());
  const projections = await openProjections({
    file: paths.readModels,
    store,
    sealer: vault,
    fold: new InteractionFoldPool({ events: paths.events, vault: paths.vault, kek }, options.threads),
    onProgress: options.onProjection,
    ...options.backlog,
  });
  onClose(() => projections.close());

  const trainer = new TrainingPool({ threads: options.threads });
  onClose(() => trainer.close());
  const publisher = new Publisher(store, lines, registry, notary);
  const rebuilds = new Rebuilds({
    store,
    lines,
    snapshots: projections.snapshots,
    catalogue: projections.catalogue,
    trainer,
    files: registry,
    publisher,
    now,
  });

  const quarantine = new QuarantinedShards(store);
  onClose(() => quarantine.stop());
  const recommendations = new Recommendations(
    publishedModels(line, lines),
    registry,
    projections.catalogue,
    projections.people,
    vault,
    quarantine,
  );
  await recommendations.refresh().catch(() => {}); // whoever asks for recommendations is told; everything else goes on, training above all

  const certificates = new CertificateOffice(notary, certifiedModels(line, lines), paths.certificates);
  const onRebuild = options.onRebuild ?? (() => {});
  const unlearning = rebuildsOf(line, lines, rebuilds, publisher, onRebuild);
  const book = await RequestBook.open(store);
  const subjects = subjectRecords(projections);
  const process = new RequestProcess({
    book,
    vault,
    subjects,
    rebuilds: {
      ...unlearning,
      run: (rebuildId) => unlearning.run(rebuildId).finally(() => recommendations.refresh()),
    },
    shredder: new Shredder(store, vault, nodeSha256),
    certificates,
    hmac: nodeHmacSha256,
    now,
    observe: options.onRequestStep,
  });
  const requests = new RequestService(book, process, vault, now, options.onRequestFailure ?? (() => {}));
  const consentChanges = new ConsentChanges(store, vault, requests);
  onClose(() => consentChanges.stop());
  onClose(() => process.idle());

  return {
    folder,
    settings,
    store,
    vault,
    ledger,
    ingest,
    projections,
    subjects,
    lines,
    registry,
    trainings: new Trainings(
      line,
      lines,
      rebuilds,
      (work) => process.exclusively(work),
      async () => {
        await recommendations.refresh();
        requests.proceed();
      },
      onRebuild,
    ),
    requests,
    resume: async () => {
      await consentChanges.caughtUp();
      await process.resume();
    },
    certificates,
    recommendations,
    trustFiles: ledger.trustFiles(signer.publicKey),
    close,
  };
}

/** The first opening fixes seed, configuration and code of the line; later ones only make sure that it is in the ledger. */
async function startLine(
  lines: ModelLines,
  line: string,
  shards: number | undefined,
  { purpose }: Settings,
  createdAt: string,
): Promise<void> {
  const existing = (await lines.find(line))?.genesis.config;
  const isAsked = shards === undefined || shards === existing?.partition.shards;
  const fresh = { ...defaultModelConfig({ shards: shards ?? DEFAULT_SHARDS }), purpose };
  const config = existing !== undefined && isAsked ? existing : fresh;
  await lines.start({ line, config, seed: randomBytes(32), createdAt });
}
