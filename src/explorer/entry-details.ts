import { fromUtf8, isCodedError, toHex } from '#libs/essentials';
import type { EntryDetail } from '#libs/portal-contract';
import type { EntrySearch } from './entry-search.js';
import type { ExploredLedger, ExploredStatements } from './ports.js';

/** Why what an entry stands for is not shown, and the entry nevertheless is. */
const NOT_KEPT: ReadonlySet<string> = new Set(['STATEMENT_NOT_KEPT', 'CERTIFICATE_NOT_ISSUED']);

/** Single entries: decoded, with what they stand for and the proof that the published ledger holds them. */
export class EntryDetails {
  constructor(
    private readonly entries: Pick<EntrySearch, 'get'>,
    private readonly ledger: ExploredLedger,
    private readonly statements: Pick<ExploredStatements, 'certificate' | 'statement'>,
  ) {}

  /** @throws ExplorerError ENTRY_UNKNOWN */
  async get(index: number): Promise<EntryDetail> {
    const found = await this.entries.get(index);
    const statement = await this.statementOf(found);
    const { size, root } = this.ledger.head(); // from here on nothing is awaited: all is of one checkpoint
    const [{ entry }] = this.ledger.leaves(index, index + 1);
    return {
      ...found,
      entry: JSON.parse(fromUtf8(entry)) as unknown,
      ...(statement !== undefined && { statement }),
      proof: {
        checkpoint: this.ledger.checkpoint(),
        treeSize: size,
        rootHash: toHex(root),
        hashes: this.ledger.inclusionProof(index, size).map(toHex),
      },
    };
  }

  private async statementOf({ index, requestId }: { index: number; requestId?: string }): Promise<unknown> {
    try {
      return await (requestId === undefined
        ? this.statements.statement(index)
        : this.statements.certificate(requestId));
    } catch (error) {
      if (isCodedError(error) && NOT_KEPT.has(error.code)) return undefined;
      throw error;
    }
  }
}
