import { quorumInWords } from '#libs/witnessing';
import { packageVersion, trainingCodeDigest } from '#platform/build';
import { openEngine, type Engine } from '#stages/engine';
import type { Closers } from './closers.js';
import type { Models } from './open-models.js';
import type { Stores } from './open-stores.js';
import { withoutSecrets } from './settings.js';

/** What engineers watch. */
export function openEngineOf(
  { store, settings, witnessing }: Stores,
  { lines, projections, rebuilds }: Models,
  closers: Closers,
): Engine {
  const { people, runner } = projections;
  const engine = openEngine({
    store,
    lines,
    quarantine: { labels: () => people.quarantined() },
    running: rebuilds,
    readModels: runner,
    settingsOf: () => ({
      settings: withoutSecrets(settings),
      build: { version: packageVersion(), codeDigest: trainingCodeDigest() },
      ...(witnessing && { witnesses: { quorum: quorumInWords(witnessing.policy.quorum) } }),
    }),
  });
  closers.add(() => engine.close());
  return engine;
}
