import type { FilesInUse, ModelManifest, ShardManifest, Swept } from '#libs/contracts';
import { filesOfPart, filesOfRebuild } from '#libs/erasure';
import type { ModelLines } from './model-lines.js';
import type { ModelFiles } from './ports.js';
import type { RebuildBook } from './rebuild-book.js';

/**
 * Destroys the model files that nothing names: those of revoked versions and of rebuilds that were given up, and what a crash between a
 * file and its event has left, whose records nobody knows any more.
 */
export class ModelSweep {
  constructor(
    private readonly lines: ModelLines,
    private readonly book: RebuildBook,
    private readonly files: Pick<ModelFiles, 'keepOnly'>,
    /** Told what was destroyed, where anything was. */
    private readonly onSwept: (swept: Swept) => void,
  ) {}

  /** Never while a rebuild runs, whose next file has no event yet. */
  async run(): Promise<void> {
    const swept = await this.files.keepOnly(await this.inUse());
    if (swept.files > 0) this.onSwept(swept);
  }

  /** What serves, what is half built, and the manifests of all versions, for those who verify later. */
  private async inUse(): Promise<FilesInUse> {
    const digests = new Set<string>();
    const versions: FilesInUse['versions'][number][] = [];
    for (const line of await this.lines.names()) {
      const state = await this.lines.get(line);
      for (const published of state.versions) {
        const { manifestDigest, version, revokedAt } = published;
        const parts = revokedAt === undefined ? partsOf(await this.lines.manifestOf(published)) : [];
        versions.push({ line, version, files: parts.map(({ file }) => file) });
        for (const digest of [manifestDigest, ...parts.flatMap(filesOfPart)]) digests.add(digest);
      }
      const { state: rebuild } = await this.book.next(state);
      if (rebuild !== undefined) for (const digest of filesOfRebuild(rebuild)) digests.add(digest);
    }
    return { digests, versions };
  }
}

function partsOf({ shards, aggregator }: ModelManifest): (ShardManifest | ModelManifest['aggregator'])[] {
  return [...shards, aggregator];
}
