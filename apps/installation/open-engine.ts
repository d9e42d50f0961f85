import { keyNames } from '#libs/contracts';
import { quorumInWords } from '#libs/witnessing';
import { packageVersion, trainingCodeDigest } from '#platform/build';
import { openEngine, type Engine } from '#stages/engine';
import type { Backends } from './backends.js';
import type { Closers } from './closers.js';
import { MeasuringProcesses, type MeasuringOrderOf } from './measuring-processes.js';
import type { Models } from './open-models.js';
import type { Stores } from './open-stores.js';
import { readModelsPlace } from './read-models-place.js';
import { withoutSecrets } from './settings.js';

/** What engineers watch. */
export function openEngineOf(stores: Stores, models: Models, closers: Closers, backends?: Backends): Engine {
  const { store, settings, witnessing, now } = stores;
  const { lines, projections, rebuilds } = models;
  const { people, runner } = projections;
  const engine = openEngine({
    store,
    lines,
    quarantine: { labels: () => people.quarantined() },
    running: rebuilds,
    readModels: runner,
    measurer: new MeasuringProcesses(measuringOrders(stores, models, backends)),
    now,
    settingsOf: () => ({
      settings: withoutSecrets(settings),
      build: { version: packageVersion(), codeDigest: trainingCodeDigest() },
      ...(witnessing && { witnesses: { quorum: quorumInWords(witnessing.policy.quorum) } }),
    }),
  });
  closers.add(() => engine.close());
  return engine;
}

/** Everything that was appended by now is folded in before a measurement reads. */
function measuringOrders(
  { vault, settings, folder }: Stores,
  { lines, projections }: Models,
  backends?: Backends,
): MeasuringOrderOf {
  return async ({ genesis }, version) => {
    await projections.runner.caughtUp();
    const position = await projections.runner.position();
    return {
      genesis,
      partitionKey: vault.key(keyNames.partition(genesis.line)),
      manifest: await lines.manifestOf(version),
      readModels: readModelsPlace(folder.paths.readModels, settings, backends),
      position: position.toString(),
    };
  };
}
