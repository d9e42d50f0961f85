import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { ModelFiles } from '#libs/contracts';
import type { ModelLineState } from '#libs/erasure';
import { aggregatorReady, requireFit, type CatalogueLists } from '#libs/learning';
import { trainingCodeDigest } from '#platform/build';
import { nodeHmacSha256 } from '#platform/crypto';
import { createIngest, FileImportCheckpoints, systemEdge, type Ingest } from '#stages/ingest';
import { openProjections, StoreInteractionFold, type Projections } from '#stages/projections';
import { QuarantinedShards, Recommendations } from '#stages/serving';
import { ModelRegistry, ObjectModelFiles } from '#stages/training';
import type { QueuedTrainer } from '#stages/training/queue';
import {
  Announcement,
  ModelLines,
  ModelSweep,
  Publisher,
  RebuildBook,
  Rebuilds,
  Retirement,
} from '#stages/unlearning';
import type { Closers } from './closers.js';
import { InteractionFoldPool } from './interaction-fold-pool.js';
import { configOf, isChosen, type LineChoice } from './line-choice.js';
import type { Stores } from './open-stores.js';
import { openTrainer } from './open-trainer.js';
import type { InstallationOptions } from './options.js';
import { publishedModels } from './ports.js';
import { readModelsPlace } from './read-models-place.js';

/** From events to recommendations. */
export interface Models {
  readonly ingest: Ingest;
  readonly projections: Projections;
  readonly registry: ModelFiles;
  readonly lines: ModelLines;
  readonly rebuilds: Rebuilds;
  readonly recommendations: Recommendations;
  /** Where workers train. */
  readonly queued?: QueuedTrainer;
}

/** Starts the model line when there is none, then opens what reads and writes events and models. */
export async function openModels(
  stores: Stores,
  options: InstallationOptions,
  closers: Closers,
): Promise<Models> {
  const { vault, store, notary, maps, tombstones, folder, objects, now } = stores;
  const registry = objects ? new ObjectModelFiles(objects) : new ModelRegistry(folder.paths.models);
  const lines = new ModelLines(store, vault, registry, notary, trainingCodeDigest(), nodeHmacSha256);
  await startLine(lines, stores, stores.settings.line, options.line);
  const ingest = await openIngest(stores, closers);
  const projections = await openReadModels(stores, options, closers);
  const { trainer, queued } = await openTrainer(stores, registry, options, closers);
  const book = new RebuildBook(store, lines, now);
  const sweep = new ModelSweep(lines, book, registry, options.onSwept ?? (() => {}));
  const announcement = new Announcement(lines, book, notary, tombstones);
  const retirement = new Retirement(lines, book, sweep, notary, announcement);
  await retirement.finish(stores.settings.line).catch(options.onRequestFailure ?? (() => {})); // tried again before anything is unlearned
  const publisher = new Publisher(lines, registry, notary, announcement, retirement);
  const { snapshots, catalogue } = projections;
  const rebuilds = new Rebuilds({
    store,
    lines,
    book,
    snapshots,
    catalogue,
    trainer,
    maps,
    publisher,
    retirement,
    now,
  });
  const recommendations = openRecommendations(stores, { lines, registry, projections }, closers);
  await recommendations.refresh().catch(() => {}); // whoever asks for recommendations is told; everything else goes on, training above all
  return { ingest, projections, registry, lines, rebuilds, recommendations, queued };
}

/**
 * The first start fixes seed, configuration and code of a line; later ones only make sure that it is what was chosen, and in the ledger.
 * @param catalogue where there is one already
 * @throws LearningError ENGINE_… when a new line asks for an engine that is not there
 * @throws UnlearningError LINE_EXISTS when it was started as something else
 * @throws LearningError DATASET_TOO_LARGE for a catalogue that the line could not be trained with; then nothing is started
 */
export async function startLine(
  lines: ModelLines,
  { settings: { purpose }, now }: Pick<Stores, 'settings' | 'now'>,
  line: string,
  choice: LineChoice = {},
  catalogue: CatalogueLists = { items: [] },
): Promise<ModelLineState> {
  const existing = (await lines.find(line))?.genesis.config;
  const config = existing !== undefined && isChosen(existing, choice) ? existing : configOf(choice, purpose);
  requireFit(config, catalogue);
  if (existing === undefined) await aggregatorReady(config);
  return lines.start({ line, config, seed: randomBytes(32), createdAt: now() });
}

async function openIngest(
  { store, vault, settings, folder, clock }: Stores,
  closers: Closers,
): Promise<Ingest> {
  const ingest = await createIngest({
    store,
    vault,
    edge: { ...systemEdge, now: () => clock().getTime() },
    consentTerms: settings.consent,
    rules: settings.values,
    checkpoints: new FileImportCheckpoints(path.join(folder.paths.root, 'imports')),
  });
  closers.add(() => ingest.close());
  return ingest;
}

async function openReadModels(
  { store, events, vault, kek, appendTraces, settings, folder: { paths } }: Stores,
  options: InstallationOptions,
  closers: Closers,
): Promise<Projections> {
  const fold =
    events.file === undefined
      ? new StoreInteractionFold(store, vault)
      : new InteractionFoldPool({ events: events.file, vault: paths.vault, kek }, options.threads);
  const projections = await openProjections({
    place: readModelsPlace(paths.readModels, settings, options.backends),
    store,
    sealer: vault,
    fold,
    onProgress: options.onProjection,
    tracesOf: appendTraces,
    ...options.backlog,
  });
  closers.add(() => projections.close());
  return projections;
}

function openRecommendations(
  { store, vault, settings }: Stores,
  { lines, registry, projections }: Pick<Models, 'lines' | 'registry' | 'projections'>,
  closers: Closers,
): Recommendations {
  const quarantine = new QuarantinedShards(store);
  closers.add(() => quarantine.stop());
  const models = publishedModels(settings.line, lines);
  const { catalogue, people, degrees } = projections;
  return new Recommendations(models, registry, catalogue, people, vault, quarantine, degrees);
}
