import type { ModelManifest } from '#libs/contracts';
import type { CompleteRebuild, PreparedRebuild } from '#libs/erasure';
import type { ModelLines } from './model-lines.js';
import type { ModelNotary, TombstoneMap } from './ports.js';
import type { RebuildBook } from './rebuild-book.js';

/**
 * Puts a version into the ledger, then into the log. What was prepared is announced sooner or later, for the ledger may name it already:
 * if it were given up and made anew, the ledger would tell of two models under one number.
 */
export class Announcement {
  constructor(
    private readonly lines: ModelLines,
    private readonly book: RebuildBook,
    private readonly notary: Pick<ModelNotary, 'publication'>,
    private readonly tombstones: TombstoneMap,
  ) {}

  /** To be recorded when the files of the version are in place, and before it is announced. */
  async prepare({ plan: { rebuildId } }: CompleteRebuild, manifestDigest: string): Promise<void> {
    await this.book.record(
      { type: 'PublicationPrepared', data: { rebuildId, manifestDigest } },
      'publication',
    );
  }

  /** Announces what an interruption has left prepared. */
  async conclude(rebuild: PreparedRebuild): Promise<void> {
    const manifest = await this.lines.manifestOf({ manifestDigest: rebuild.prepared });
    await this.announce(rebuild, manifest, rebuild.prepared);
  }

  // The time comes from the rebuild's own event: a repetition after a crash then signs the same statement, and the ledger keeps one.
  async announce(
    { plan, rebuiltAt: publishedAt }: CompleteRebuild,
    manifest: ModelManifest,
    manifestDigest: string,
  ): Promise<void> {
    const { line, version } = manifest;
    const tombstones = await this.tombstones.asOf(takenInUpTo(manifest));
    const ledgerIndex = await this.notary.publication({ manifest, manifestDigest, publishedAt, tombstones });
    const { rebuildId, reason } = plan;
    const data = { line, version, manifestDigest, rebuildId, reason, ledgerIndex, publishedAt };
    await this.lines.record({ type: 'ModelPublished', data });
  }
}

/** The log up to here is in the version. */
function takenInUpTo({ shards }: ModelManifest): bigint {
  return shards.reduce((latest, { position }) => (BigInt(position) > latest ? BigInt(position) : latest), 0n);
}
