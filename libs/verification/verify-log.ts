import { CertificateError, parseRekorEntry } from '#libs/certificate';
import { equalBytes, toHex, type ErrorDetails } from '#libs/essentials';
import { GrowingTree, leafHash, TILE_WIDTH, tilePath, type Checkpoint, type HashedTile } from '#libs/merkle';
import { readCheckpointFile, readEntries, readTile, type LogFiles } from './log-files.js';
import { StepLog, type ClaimReport, type NotProven, type VerifiedStep } from './steps.js';
import type { TrustPolicy } from './trust.js';
import { openTrustedCheckpoint } from './trusted-checkpoint.js';
import { VerificationError, type VerificationErrorCode } from './verification-error.js';
import { checkOrder, headOf, SPLIT_VIEW, type LogHead } from './verify-consistency.js';

export interface LogInput {
  readonly files: LogFiles;
  readonly trust: TrustPolicy;
  /** An earlier checkpoint of the same log, a signed note. */
  readonly since?: Uint8Array;
  readonly onStep?: (step: VerifiedStep) => void;
  /** Told after each bundle how many entries of how many were read. */
  readonly onEntries?: (read: number, size: number) => void;
}

export interface LogReport extends ClaimReport {
  readonly origin: string;
  readonly head: LogHead;
  /** Null when no earlier checkpoint was given. */
  readonly since: LogHead | null;
}

const READ_AHEAD = 8; // bundles that are on their way at a time: hides the latency of a network, holds a few megabytes

/** What reading all entries does not say. */
const ENTRY_CONTENT: NotProven = {
  code: 'ENTRY_CONTENT',
  meaning:
    'An entry holds digests and a signature; what it says is shown by the certificate or statement with that digest.',
};

/**
 * Reads a whole log as static tiles and computes its root again from its entries. Memory does not grow with the log.
 *
 * @throws VerificationError of the checkpoint, LOG_…, CONSISTENCY_…
 */
export async function verifyLog(input: LogInput): Promise<LogReport> {
  const { files, trust } = input;
  const steps = new StepLog('log', input.onStep);
  const note = await readCheckpointFile(files);
  const head = steps.run('checkpoint', () => openTrustedCheckpoint(note, trust));
  const since = steps.run('since', () => openEarlier(input.since, head, trust));
  const reading = new LogReading(files, head.size, since);
  await steps.runAsync('entries', () => reading.readEntries(input.onEntries));
  await steps.runAsync('tiles', () => reading.checkRightEdge());
  steps.run('root', () => checkRoot(reading.tree, head));
  steps.run('growth', () => reading.checkGrowth());
  const facts = { origin: head.origin, head: headOf(head), since: since ? headOf(since) : null };
  return steps.report(facts, [SPLIT_VIEW, ENTRY_CONTENT]);
}

function openEarlier(
  note: Uint8Array | undefined,
  head: Checkpoint,
  trust: TrustPolicy,
): Checkpoint | undefined {
  if (note === undefined) return undefined;
  const since = openTrustedCheckpoint(note, trust);
  checkOrder(since, head);
  return since;
}

/** One pass over a log, from its first entry to the size of its checkpoint. */
class LogReading {
  readonly tree = new GrowingTree();
  private rootThen: Uint8Array | undefined;

  constructor(
    private readonly files: LogFiles,
    private readonly size: number,
    private readonly since: Checkpoint | undefined,
  ) {}

  async readEntries(tell: LogInput['onEntries'] = () => undefined): Promise<void> {
    for await (const { index, entries, hashes } of this.bundles()) {
      for (const [at, entry] of entries.entries()) await this.add(index * TILE_WIDTH + at, entry, hashes[at]);
      tell(this.tree.size, this.size);
    }
  }

  async checkRightEdge(): Promise<void> {
    for (const tile of this.tree.partialTiles()) if (tile.level > 0) await this.checkTile(tile);
  }

  checkGrowth(): void {
    if (this.since === undefined || equalBytes(this.rootThen!, this.since.root)) return;
    throw refuse(
      'CONSISTENCY_OLD_ROOT_MISMATCH',
      'the first entries of the log do not give the root of the earlier checkpoint',
      {
        facts: { size: this.since.size, computed: toHex(this.rootThen!), signed: toHex(this.since.root) },
        nextStep: 'Keep the earlier checkpoint and this copy: together they show that an entry was changed.',
      },
    );
  }

  private async add(index: number, entry: Uint8Array, stated: Uint8Array): Promise<void> {
    checkEntry(entry, index);
    const hash = leafHash(entry);
    if (!equalBytes(hash, stated))
      throw refuse('LOG_ENTRY_MISMATCH', 'an entry is not the one that the tile above it was made of', {
        facts: { index },
      });
    for (const tile of this.tree.append(hash)) if (tile.level > 0) await this.checkTile(tile);
    if (this.tree.size === this.since?.size) this.rootThen = this.tree.root();
  }

  private async checkTile(tile: HashedTile): Promise<void> {
    const stated = await readTile(this.files, tile);
    const at = tile.hashes.findIndex((hash, i) => !equalBytes(hash, stated[i]));
    if (at >= 0)
      throw refuse('LOG_TILE_MISMATCH', 'a tile does not hold the hashes of what is below it', {
        facts: { path: tilePath(tile), at },
      });
  }

  /** All bundles with the tiles of their leaf hashes, in order, a few of them read ahead. */
  private async *bundles(): AsyncGenerator<Bundle> {
    const bundles = Math.ceil(this.size / TILE_WIDTH);
    const ahead: Promise<Bundle>[] = [];
    for (let index = 0; index < bundles; index++) {
      while (ahead.length < READ_AHEAD && index + ahead.length < bundles) {
        const next = this.bundle(index + ahead.length);
        next.catch(() => undefined); // told when its turn comes
        ahead.push(next);
      }
      yield await ahead.shift()!;
    }
  }

  private async bundle(index: number): Promise<Bundle> {
    const width = Math.min(TILE_WIDTH, this.size - index * TILE_WIDTH);
    const [entries, hashes] = await Promise.all([
      readEntries(this.files, index, width),
      readTile(this.files, { level: 0, index, width }),
    ]);
    return { index, entries, hashes };
  }
}

interface Bundle {
  readonly index: number;
  readonly entries: readonly Uint8Array[];
  readonly hashes: readonly Uint8Array[];
}

function checkEntry(entry: Uint8Array, index: number): void {
  try {
    parseRekorEntry(entry);
  } catch (cause) {
    if (!(cause instanceof CertificateError)) throw cause;
    throw refuse('LOG_ENTRY_UNKNOWN', `an entry is of no kind that this log holds: ${cause.message}`, {
      facts: { index, reason: cause.code },
      cause,
    });
  }
}

function checkRoot(tree: GrowingTree, head: Checkpoint): void {
  const computed = tree.root();
  if (!equalBytes(computed, head.root))
    throw refuse('LOG_ROOT_MISMATCH', 'the entries do not give the root that the checkpoint is signed for', {
      facts: { size: head.size, computed: toHex(computed), signed: toHex(head.root) },
    });
}

function refuse(code: VerificationErrorCode, message: string, details: ErrorDetails): VerificationError {
  return new VerificationError(code, message, {
    nextStep:
      'Fetch the log again; if it is still like this, keep your copy with its checkpoint and ask the operator.',
    ...details,
  });
}
