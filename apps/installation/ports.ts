import type { SubjectRecords, UnlearningRebuilds } from '#stages/requests';
import type { CertifiedModels } from '#stages/certification';
import type { Projections } from '#stages/projections';
import type { PublishedModels } from '#stages/serving';
import type { ModelLines, Publisher, RebuildProgress, Rebuilds } from '#stages/unlearning';

/*
 * Where stages meet: each function gives one stage's port the shape of another stage's service. Nothing here decides anything.
 */

export function subjectRecords({ people, catalogue }: Projections): SubjectRecords {
  return {
    status: (subject) => people.status(subject),
    records: (subject) => people.records(subject),
    categoriesOf: (items) => catalogue.categoriesOf(items),
  };
}

/** Rebuilds of one line, as the process manager of requests orders them. */
export function rebuildsOf(
  line: string,
  lines: ModelLines,
  rebuilds: Rebuilds,
  publisher: Publisher,
  onProgress: RebuildProgress,
): UnlearningRebuilds {
  return {
    affectedShards: (subject, labels) => rebuilds.affectedShards(line, subject, labels),
    unfinished: () => rebuilds.unfinished(line),
    plan: (requests, shards) => rebuilds.plan({ line, reason: 'unlearning', requests, shards }),
    run: (rebuildId) => rebuilds.run(rebuildId, onProgress),
    settle: async (rebuildId) => {
      if (!(await lines.get(line)).versions.some((version) => version.rebuildId === rebuildId)) return false;
      await publisher.finishRevocations(line);
      return true;
    },
  };
}

export function publishedModels(line: string, lines: ModelLines): PublishedModels {
  return {
    current: async () => {
      const state = await lines.get(line);
      const manifest = await lines.servingManifest(state);
      return manifest && { genesis: state.genesis, manifest, partition: lines.partition(state) };
    },
  };
}

export function certifiedModels(line: string, lines: ModelLines): CertifiedModels {
  return { line: () => lines.get(line), manifestOf: (version) => lines.manifestOf(version) };
}
