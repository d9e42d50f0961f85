import { servingVersion, type ModelLineState, type PublishedVersion } from '#libs/erasure';
import type { Announcement } from './announcement.js';
import type { ModelLines } from './model-lines.js';
import type { ModelSweep } from './model-sweep.js';
import type { ModelNotary } from './ports.js';
import type { RebuildBook } from './rebuild-book.js';

/**
 * Sees to it that one version serves, and that nothing else is left that has learned from records: unlearning must not leave the influence
 * of a record behind in a model that nobody rebuilds, nor in the parts of one that nobody finishes.
 */
export class Retirement {
  constructor(
    private readonly lines: ModelLines,
    private readonly book: RebuildBook,
    private readonly sweep: ModelSweep,
    private readonly notary: Pick<ModelNotary, 'revocation'>,
    private readonly announcement: Pick<Announcement, 'conclude'>,
  ) {}

  /**
   * Revokes every version but the one that serves in the line in use, gives up what other lines have half built and may not finish, and
   * destroys the files that nothing names any more. To be called again where a crash left it half done; never while a rebuild runs.
   */
  async finish(line: string): Promise<void> {
    const others = (await this.lines.names()).filter((name) => name !== line);
    const inUse = await this.lines.get(line);
    const serving = servingVersion(inUse);
    if (serving !== undefined)
      for (const state of [inUse, ...(await this.states(others))]) await this.revokeAllBut(serving, state);
    for (const state of await this.states(others)) await this.endOutdated(state, serving);
    await this.sweep.run();
  }

  /** What may not be finished is given up; what the ledger may name already is published, and revoked at once. */
  private async endOutdated(state: ModelLineState, serving: PublishedVersion | undefined): Promise<void> {
    await this.book.giveUpOutdated(state);
    const prepared = await this.book.outdatedButPrepared(state);
    if (prepared === undefined) return;
    await this.announcement.conclude(prepared);
    const { line } = state.genesis;
    const published = (await this.lines.get(line)).versions.at(-1)!;
    await this.revoke(line, published, serving ?? published);
  }

  private states(names: readonly string[]): Promise<ModelLineState[]> {
    return Promise.all(names.map((name) => this.lines.get(name)));
  }

  private async revokeAllBut(
    serving: PublishedVersion,
    { genesis: { line }, versions }: ModelLineState,
  ): Promise<void> {
    for (const version of versions)
      if (version.revokedAt === undefined && version.manifestDigest !== serving.manifestDigest)
        await this.revoke(line, version, serving);
  }

  /** In the ledger, then in the log: an unrecorded revocation is repeated, and signs the same statement. */
  private async revoke(
    line: string,
    { version, manifestDigest }: PublishedVersion,
    serving: PublishedVersion,
  ): Promise<void> {
    const reason = serving.reason === 'unlearning' ? 'unlearning' : 'superseded';
    const revokedAt = serving.publishedAt;
    const revoked = { line, version, manifestDigest, reason } as const;
    const ledgerIndex = await this.notary.revocation(revoked, revokedAt);
    await this.lines.record({ type: 'ModelRevoked', data: { ...revoked, ledgerIndex, revokedAt } });
  }
}
