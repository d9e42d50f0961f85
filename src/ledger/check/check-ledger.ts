import { parseBundle, parseRekorEntry } from '#libs/certificate';
import { canonicalJson, equalBytes, fromHex, isCodedError, toHex } from '#libs/essentials';
import {
  GrowingTree,
  HASH_LENGTH,
  leafHash,
  nodesCompletedBy,
  type Checkpoint,
  type NodeReader,
} from '#libs/merkle';
import type { EventStore } from '#libs/messaging';
import {
  VerificationError,
  verifyLog,
  verifyLoggedStatement,
  type LogFiles,
  type TrustPolicy,
} from '#libs/verification';
import type { LedgerStore, StoredLeaf } from '../ledger-store.js';
import { Findings, type LedgerFinding } from './findings.js';
import { readClaims, statedTime, type LedgerClaim, type RecordedClaims } from './recorded-claims.js';

export interface LedgerCheckInput {
  readonly store: LedgerStore;
  /** The published files. */
  readonly files: LogFiles;
  readonly trust: TrustPolicy;
  readonly events: Pick<EventStore, 'readAll'>;
  /** The bundle of an entry, or of a request's certificate; undefined when there is none. */
  readonly statement: (of: { index: number; requestId?: string }) => Promise<Uint8Array | undefined>;
  /** Milliseconds by which clocks may run backwards. */
  readonly clockTolerance: number;
  /** Told now and then how many entries of how many were checked. */
  readonly onProgress?: (checked: number, size: number) => void;
}

export interface LedgerCheckReport {
  readonly origin: string;
  /** Entries in the database. */
  readonly size: number;
  /** Checkpoints that the events tell of. */
  readonly checkpoints: number;
  /** Empty when everything is as it should be. */
  readonly findings: readonly LedgerFinding[];
}

const LEAVES_AT_ONCE = 256;

/**
 * Derives the whole ledger again: from its leaves the tree, every checkpoint that the events tell of and the published files; from the events
 * which leaf there must be, and from the statements what each of them stands for. Reads only.
 */
export async function checkLedger(input: LedgerCheckInput): Promise<LedgerCheckReport> {
  const check = new LedgerCheck(input, await readClaims(input.events));
  await check.run();
  const { origin } = input.trust;
  const size = input.store.size();
  return { origin, size, checkpoints: check.claims.checkpoints.length, findings: check.findings.all };
}

class LedgerCheck {
  readonly findings = new Findings();
  private readonly tree = new GrowingTree();
  /** Of the checkpoints on record, the first that covers the leaf at hand. */
  private covering = 0;

  constructor(
    private readonly input: LedgerCheckInput,
    readonly claims: RecordedClaims,
  ) {}

  async run(): Promise<void> {
    const size = this.input.store.size();
    const published = await this.checkPublished();
    this.checkHistory(size, published);
    const heads = new Map<number, Checkpoint[]>();
    for (const head of [...this.claims.checkpoints, ...(published === undefined ? [] : [published])])
      heads.set(head.size, [...(heads.get(head.size) ?? []), head]);
    await this.checkLeaves(size, heads);
    for (const [index, claims] of this.claims.byIndex)
      if (index >= size)
        for (const { event } of claims) this.findings.add('LEDGER_EVENT_WITHOUT_LEAF', { event, index });
  }

  /** The published files as a stranger reads them; undefined when their checkpoint cannot be believed. */
  private async checkPublished(): Promise<Checkpoint | undefined> {
    const { files, trust } = this.input;
    try {
      const { origin, head } = await verifyLog({ files, trust });
      return { origin, size: head.size, root: fromHex(head.root) };
    } catch (error) {
      if (!(error instanceof VerificationError)) throw error;
      this.findings.refused(error);
      return undefined;
    }
  }

  private checkHistory(size: number, published: Checkpoint | undefined): void {
    const { checkpoints } = this.claims;
    checkpoints.forEach((checkpoint, at) => {
      const before = checkpoints[at - 1];
      if (before === undefined) return;
      const facts = { size: checkpoint.size, after: before.size };
      if (checkpoint.size < before.size) this.findings.add('LEDGER_HISTORY_BACKWARDS', facts);
      if (checkpoint.recordedAt < before.recordedAt - this.input.clockTolerance)
        this.findings.add('LEDGER_CLOCK_ROLLED_BACK', {
          ...facts,
          seconds: (before.recordedAt - checkpoint.recordedAt) / 1000,
        });
    });
    const largest = Math.max(published?.size ?? 0, ...checkpoints.map((checkpoint) => checkpoint.size));
    if (largest > size) this.findings.add('LEDGER_TRUNCATED', { held: size, published: largest });
    if (published !== undefined && published.size < size)
      this.findings.add('LEDGER_NOT_PUBLISHED', { held: size, published: published.size });
  }

  private async checkLeaves(size: number, heads: ReadonlyMap<number, readonly Checkpoint[]>): Promise<void> {
    const { store, onProgress = () => undefined } = this.input;
    for (let from = 0; from < size; from += LEAVES_AT_ONCE) {
      const leaves = store.leaves(from, Math.min(size, from + LEAVES_AT_ONCE));
      for (const leaf of leaves) {
        if (leaf.index !== this.tree.size)
          return this.findings.add('LEDGER_LEAF_LOST', { index: this.tree.size });
        this.checkLeaf(leaf);
        for (const head of heads.get(this.tree.size) ?? []) this.checkHead(head);
        await this.checkStatement(leaf);
      }
      onProgress(this.tree.size, size);
    }
  }

  private checkLeaf({ index, entry, hash }: StoredLeaf): void {
    const derived = leafHash(entry);
    if (!equalBytes(derived, hash)) this.findings.add('LEDGER_LEAF_EDITED', { index });
    this.tree.append(derived);
    const { store } = this.input;
    // A node that is missing was found when its own turn came; what is above it is then wrong, too.
    const read: NodeReader = (level, at) => store.storedNode(level, at) ?? new Uint8Array(HASH_LENGTH);
    for (const node of nodesCompletedBy(index, hash, read)) {
      const stored = store.storedNode(node.level, node.index);
      if (stored === undefined || !equalBytes(stored, node.hash))
        this.findings.add('LEDGER_NODE_WRONG', { level: node.level, index: node.index });
    }
  }

  private checkHead({ size, root }: Checkpoint): void {
    const derived = this.tree.root();
    if (!equalBytes(root, derived))
      this.findings.add('LEDGER_FORKED', { size, published: toHex(root), derived: toHex(derived) });
  }

  private async checkStatement(leaf: StoredLeaf): Promise<void> {
    const { index } = leaf;
    const payloadDigest = payloadDigestOf(leaf);
    const genesis = this.claims.geneses.get(payloadDigest);
    const claims = this.claims.byIndex.get(index) ?? (genesis === undefined ? [] : [genesis]);
    if (claims.length === 0) return this.findings.add('LEDGER_LEAF_WITHOUT_EVENT', { index });
    for (const claim of claims) {
      const { event } = claim;
      if (claim.payloadDigest !== undefined && claim.payloadDigest !== payloadDigest)
        this.findings.add('LEDGER_STATEMENT_CONTRADICTS_EVENT', { index, event });
      else await this.checkClaim(leaf, claim);
    }
  }

  private async checkClaim(
    leaf: StoredLeaf,
    { event, requestId, predicateType, fields }: LedgerClaim,
  ): Promise<void> {
    const { index } = leaf;
    const bundle = await this.input.statement({ index, requestId });
    if (bundle === undefined) return this.findings.add('LEDGER_STATEMENT_MISSING', { index, event });
    try {
      const { statement } = verifyLoggedStatement({ bundle, trust: this.input.trust });
      const { body, logIndex } = parseBundle(bundle).entry;
      if (logIndex !== index || !equalBytes(body, leaf.entry))
        return this.findings.add('LEDGER_STATEMENT_OF_ANOTHER_LEAF', { index, event });
      const said = statement.predicate as Readonly<Record<string, unknown>>;
      const agrees = Object.entries(fields).every(
        ([name, value]) => canonicalJson(said[name]) === canonicalJson(value),
      );
      if (statement.predicateType !== predicateType || !agrees)
        this.findings.add('LEDGER_STATEMENT_CONTRADICTS_EVENT', { index, event });
      this.checkTime(index, statedTime(statement.predicateType, statement.predicate));
    } catch (error) {
      if (!isCodedError(error)) throw error;
      this.findings.add('LEDGER_STATEMENT_REFUSED', { index, event, reason: error.code });
    }
  }

  /** A statement is older than the record of the checkpoint that first covers it, unless the clock was set back in between. */
  private checkTime(index: number, stated: number): void {
    const { checkpoints } = this.claims;
    while (checkpoints[this.covering] !== undefined && checkpoints[this.covering].size <= index)
      this.covering++;
    const covering = checkpoints.at(this.covering);
    if (covering !== undefined && stated > covering.recordedAt + this.input.clockTolerance)
      this.findings.add('LEDGER_CLOCK_ROLLED_BACK', {
        index,
        seconds: (stated - covering.recordedAt) / 1000,
      });
  }
}

function payloadDigestOf({ entry }: StoredLeaf): string {
  try {
    return toHex(parseRekorEntry(entry).payloadDigest);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return ''; // an edited leaf, which was found already
  }
}
