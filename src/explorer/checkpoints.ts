import { In } from 'typeorm';
import { parseBundle } from '#libs/certificate';
import { fromUtf8, utf8 } from '#libs/essentials';
import type { CheckpointView, Page } from '#libs/portal-contract';
import { CheckpointEntity, EntryEntity } from './index-entities.js';
import type { LedgerIndex } from './ledger-index.js';
import type { ExploredLedger, ExploredStatements, WeighCheckpoint, WitnessedCheckpoint } from './ports.js';

/** The checkpoints that were published, as the event log tells them, newest first. */
export class Checkpoints {
  constructor(
    private readonly index: LedgerIndex,
    private readonly ledger: Pick<ExploredLedger, 'head' | 'checkpoint'>,
    private readonly statements: Pick<ExploredStatements, 'certificate' | 'statement'>,
    private readonly weigh: WeighCheckpoint,
  ) {}

  page({ page, size }: { readonly page: number; readonly size: number }): Promise<Page<CheckpointView>> {
    return this.index.ask(async (manager) => {
      const total = await manager.count(CheckpointEntity);
      const found = await manager.find(CheckpointEntity, {
        order: { size: 'DESC' },
        skip: (page - 1) * size,
        take: size,
      });
      const entries = await manager.findBy(EntryEntity, { number: In(found.map(({ size: of }) => of - 1)) });
      const last = new Map(entries.map((entry) => [entry.number + 1, entry]));
      const rows = await Promise.all(
        found.map((checkpoint) => this.view(checkpoint, last.get(checkpoint.size))),
      );
      return { rows, total, page, size };
    });
  }

  private async view(
    { size, rootHash, at }: CheckpointEntity,
    last: EntryEntity | undefined,
  ): Promise<CheckpointView> {
    const witnesses = await this.witnessesOf(size, last);
    return { size, rootHash, at: new Date(at).toISOString(), ...(witnesses && { witnesses }) };
  }

  /**
   * Who cosigned: of the published checkpoint it stands in its file; of an earlier one in the bundle of its last entry, which was handed out
   * with it.
   */
  private async witnessesOf(
    size: number,
    last: EntryEntity | undefined,
  ): Promise<WitnessedCheckpoint | undefined> {
    if (size === this.ledger.head().size) return this.weigh(this.ledger.checkpoint());
    try {
      const bundle =
        last === undefined || last.requestId === null
          ? await this.statements.statement(size - 1)
          : await this.statements.certificate(last.requestId);
      const { proof } = parseBundle(utf8(JSON.stringify(bundle))).entry;
      return proof.size === size ? this.weigh(fromUtf8(proof.checkpoint)) : undefined;
    } catch {
      return undefined; // lost or not readable: nothing is known of that checkpoint's witnesses
    }
  }
}
