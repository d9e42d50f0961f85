import { equalBytes, fromBase64, fromUtf8, toHex, type ErrorDetails } from '#libs/essentials';
import {
  consistencyProof,
  HASH_LENGTH,
  MerkleError,
  nodeOfTile,
  tileOfNode,
  tilePath,
  treeRoot,
  verifyConsistency,
  type Checkpoint,
  type NodeReader,
} from '#libs/merkle';
import { readTile, type LogFiles } from './log-files.js';
import { StepLog, type ClaimReport, type NotProven, type VerifiedStep } from './steps.js';
import type { TrustPolicy } from './trust.js';
import { openTrustedCheckpoint } from './trusted-checkpoint.js';
import { VerificationError, type VerificationErrorCode } from './verification-error.js';

export interface ConsistencyInput {
  /** Signed notes, as they were received. */
  readonly older: Uint8Array;
  readonly newer: Uint8Array;
  readonly trust: TrustPolicy;
  /** Hashes of the proof between the two sizes: from a file, or made of the log's tiles. */
  readonly proof: (oldSize: number, newSize: number) => Promise<readonly Uint8Array[]>;
  readonly onStep?: (step: VerifiedStep) => void;
}

/** Size and root of a log at one time; the root in hexadecimal. */
export interface LogHead {
  readonly size: number;
  readonly root: string;
}

export interface ConsistencyReport extends ClaimReport {
  readonly origin: string;
  readonly older: LogHead;
  readonly newer: LogHead;
}

/** What reading a log, or two heads of it, cannot show. */
export const SPLIT_VIEW: NotProven = {
  code: 'SPLIT_VIEW',
  meaning:
    'That everybody is shown this same log follows from witnesses, or from comparing checkpoints with others; not from this.',
};

/**
 * Verifies that a log only grew between two of its checkpoints: what the older one covers, the newer one covers unchanged.
 *
 * @throws VerificationError of the checkpoints, of the tiles, CONSISTENCY_…
 */
export async function verifyLogConsistency(input: ConsistencyInput): Promise<ConsistencyReport> {
  const steps = new StepLog('consistency', input.onStep);
  const older = steps.run('older', () => openTrustedCheckpoint(input.older, input.trust));
  const newer = steps.run('newer', () => openTrustedCheckpoint(input.newer, input.trust));
  steps.run('order', () => checkOrder(older, newer));
  const proof = await input.proof(older.size, newer.size);
  steps.run('proof', () => checkProof(older, newer, proof));
  return steps.report({ origin: newer.origin, older: headOf(older), newer: headOf(newer) }, [SPLIT_VIEW]);
}

/**
 * Makes the proof out of tiles; they need not be believed, since a proof made of wrong ones leads to other roots.
 *
 * @param within size of the tree that the tiles are of, where it has grown since: partial tiles are kept of one size only
 * @throws VerificationError LOG_TILE_MISSING, LOG_TILE_MALFORMED
 */
export function consistencyFromTiles(
  files: LogFiles,
  oldSize: number,
  newSize: number,
  within = newSize,
): Promise<Uint8Array[]> {
  return fromTiles(files, within, (node) => consistencyProof(oldSize, newSize, node));
}

/**
 * The root of the tree of the first `size` leaves, out of the tiles of a tree of `within` leaves. It is somebody's word until a proof leads from it
 * to a root that is signed.
 *
 * @throws VerificationError LOG_TILE_MISSING, LOG_TILE_MALFORMED
 */
export function rootFromTiles(files: LogFiles, size: number, within: number): Promise<Uint8Array> {
  return fromTiles(files, within, (node) => treeRoot(size, node));
}

/** Computes twice: first to learn which tiles it takes, which does not depend on what their hashes are, then with the hashes. */
async function fromTiles<T>(files: LogFiles, size: number, compute: (node: NodeReader) => T): Promise<T> {
  const wanted = new Map<string, ReturnType<typeof tileOfNode>>();
  compute((level, index) => {
    const tile = tileOfNode(level, index, size);
    wanted.set(tilePath(tile), tile);
    return new Uint8Array(HASH_LENGTH);
  });
  const tiles = new Map<string, Uint8Array[]>();
  for (const [path, tile] of wanted) tiles.set(path, await readTile(files, tile));
  return compute((level, index) =>
    nodeOfTile(tiles.get(tilePath(tileOfNode(level, index, size)))!, level, index),
  );
}

/**
 * Reads a proof from text: one hash in base64 a line, as in the requests of the tlog-witness protocol; no line when the sizes are equal.
 *
 * @throws VerificationError CONSISTENCY_PROOF_MALFORMED
 */
export function parseConsistencyProof(file: Uint8Array): Uint8Array[] {
  try {
    const lines = fromUtf8(file).split('\n');
    if (lines.pop() !== '' || lines.length > MAX_PROOF_LINES) throw new TypeError('lines');
    return lines.map((line) => {
      const hash = fromBase64(line);
      if (hash.length !== HASH_LENGTH) throw new TypeError('hash');
      return hash;
    });
  } catch (cause) {
    throw refuse(
      'CONSISTENCY_PROOF_MALFORMED',
      `expected at most ${MAX_PROOF_LINES} hashes, one in base64 a line, each line ended by a newline`,
      { nextStep: 'Make the proof again, or name the tiles of the log instead.', cause },
    );
  }
}

const MAX_PROOF_LINES = 63; // C2SP tlog-witness: what a tree of 2^64 leaves can need

/** @throws VerificationError CONSISTENCY_FROM_EMPTY, CONSISTENCY_OLDER_IS_LARGER, CONSISTENCY_FORK */
export function checkOrder(older: Checkpoint, newer: Checkpoint): void {
  const facts = { older: older.size, newer: newer.size };
  if (older.size === 0)
    throw refuse(
      'CONSISTENCY_FROM_EMPTY',
      'every log begins with the empty one, so there is nothing to show',
      {
        nextStep: 'Keep the newer checkpoint, and compare with that one next time.',
      },
    );
  if (older.size > newer.size)
    throw refuse('CONSISTENCY_OLDER_IS_LARGER', 'the checkpoint that should be older covers more entries', {
      facts,
      nextStep: 'See that the two are not exchanged; a log that became smaller has lost or hidden entries.',
    });
  if (older.size === newer.size && !equalBytes(older.root, newer.root))
    throw refuse('CONSISTENCY_FORK', 'the log signed two different trees of one size', {
      facts: { ...facts, olderRoot: toHex(older.root), newerRoot: toHex(newer.root) },
    });
}

function checkProof(older: Checkpoint, newer: Checkpoint, proof: readonly Uint8Array[]): void {
  try {
    verifyConsistency({
      oldSize: older.size,
      newSize: newer.size,
      oldRoot: older.root,
      newRoot: newer.root,
      proof,
    });
  } catch (cause) {
    if (!(cause instanceof MerkleError)) throw cause;
    const code = PROOF_CODES[cause.code] ?? 'CONSISTENCY_PROOF_MALFORMED';
    throw refuse(code, cause.message, { facts: cause.facts, cause });
  }
}

const PROOF_CODES: Partial<Record<string, VerificationErrorCode>> = {
  CONSISTENCY_PROOF_LENGTH: 'CONSISTENCY_PROOF_LENGTH',
  CONSISTENCY_OLD_ROOT_MISMATCH: 'CONSISTENCY_OLD_ROOT_MISMATCH',
  CONSISTENCY_NEW_ROOT_MISMATCH: 'CONSISTENCY_NEW_ROOT_MISMATCH',
};

export function headOf({ size, root }: Checkpoint): LogHead {
  return { size, root: toHex(root) };
}

function refuse(code: VerificationErrorCode, message: string, details: ErrorDetails): VerificationError {
  return new VerificationError(code, message, {
    nextStep:
      'Keep both checkpoints: together they show that the log did not only grow. Ask the operator, and tell others.',
    ...details,
  });
}
