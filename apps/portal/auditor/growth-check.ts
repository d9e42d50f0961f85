import { CodedError, equalBytes, fromHex, toHex } from '#libs/essentials';
import { verifyConsistency, type Checkpoint } from '#libs/merkle';
import {
  consistencyFromTiles,
  openTrustedCheckpoint,
  rootFromTiles,
  verifyLogConsistency,
  type LogFiles,
  type LogHead,
} from '#libs/verification';
import type { TrustTexts } from '../trust/trust-choice.js';
import { trustPolicyOf } from '../trust/trust-policy.js';
import { takeSteps, type CheckedSteps } from './checked-steps.js';

export const GROWTH_STEPS = ['trust', 'head', 'sizes', 'older', 'newer', 'between', 'told'] as const;
export const KEPT_STEPS = ['trust', 'kept', 'head', 'growth'] as const;

export type GrowthCode = 'GROWTH_SIZES' | 'GROWTH_ROOT_TOLD_OTHERWISE' | 'LOG_CHECKPOINT_MISSING';

/** Two sizes cannot be compared, or do not fit what the server tells. */
export class GrowthError extends CodedError<GrowthCode> {}

/** A size of the log and the root that the server tells for it, hex; absent where it tells none. */
export interface ToldHead {
  readonly size: number;
  readonly rootHash?: string;
}

export interface GrowthReport {
  readonly older: LogHead;
  readonly newer: LogHead;
  /** The checkpoint that is published and signed, which covers both. */
  readonly head: LogHead & { readonly origin: string };
}

/**
 * Verifies that the log only grew between any two sizes: both trees, made of the public tiles, are beginnings of the tree that is signed now, and the
 * smaller one is the beginning of the larger.
 */
export function checkGrowth(
  older: ToldHead,
  newer: ToldHead,
  files: LogFiles,
  trustFiles: TrustTexts,
): Promise<CheckedSteps<(typeof GROWTH_STEPS)[number], GrowthReport>> {
  return takeSteps(GROWTH_STEPS, async (hold) => {
    const trust = trustPolicyOf(trustFiles);
    hold('trust');
    const head = openTrustedCheckpoint(await publishedNote(files), trust);
    hold('head');
    requireOrder(older.size, newer.size, head.size);
    hold('sizes');
    const smaller = await beginningOf(head, older.size, files);
    hold('older');
    const larger = await beginningOf(head, newer.size, files);
    hold('newer');
    await continues(smaller, larger, files, head.size);
    hold('between');
    requireTold(older, smaller);
    requireTold(newer, larger);
    return {
      older: logHead(smaller),
      newer: logHead(larger),
      head: { ...logHead(head), origin: head.origin },
    };
  });
}

/** Verifies that the log which is published now continues the one that somebody kept a checkpoint of. */
export function checkSinceKept(
  kept: Uint8Array,
  files: LogFiles,
  trustFiles: TrustTexts,
): Promise<CheckedSteps<(typeof KEPT_STEPS)[number], GrowthReport>> {
  return takeSteps(KEPT_STEPS, async (hold) => {
    const trust = trustPolicyOf(trustFiles);
    hold('trust');
    openTrustedCheckpoint(kept, trust);
    hold('kept');
    const newer = await publishedNote(files);
    openTrustedCheckpoint(newer, trust);
    hold('head');
    const proof = (from: number, to: number) => consistencyFromTiles(files, from, to);
    const report = await verifyLogConsistency({ older: kept, newer, trust, proof });
    return { older: report.older, newer: report.newer, head: { ...report.newer, origin: report.origin } };
  });
}

type Head = Pick<Checkpoint, 'size' | 'root'>;

/** The tree of the first entries, shown to be the beginning of the signed one. */
async function beginningOf(head: Head, size: number, files: LogFiles): Promise<Head> {
  const root = size === head.size ? head.root : await rootFromTiles(files, size, head.size);
  const beginning = { size, root };
  await continues(beginning, head, files);
  return beginning;
}

async function continues(older: Head, newer: Head, files: LogFiles, within = newer.size): Promise<void> {
  verifyConsistency({
    oldSize: older.size,
    newSize: newer.size,
    oldRoot: older.root,
    newRoot: newer.root,
    proof: await consistencyFromTiles(files, older.size, newer.size, within),
  });
}

function requireOrder(older: number, newer: number, head: number): void {
  const fits = Number.isSafeInteger(older) && Number.isSafeInteger(newer) && older >= 1 && newer <= head;
  if (!fits || older > newer)
    throw new GrowthError(
      'GROWTH_SIZES',
      'the older size is 1 or more, and neither exceeds the published one',
      {
        facts: { older, newer, published: head },
        nextStep: 'Choose two sizes up to that of the published checkpoint, the smaller one first.',
      },
    );
}

function requireTold({ size, rootHash }: ToldHead, { root }: Head): void {
  if (rootHash !== undefined && !equalBytes(fromHex(rootHash), root))
    throw new GrowthError('GROWTH_ROOT_TOLD_OTHERWISE', 'the list shows another root than the tiles give', {
      facts: { size, told: rootHash, computed: toHex(root) },
      nextStep: 'Keep both: the checkpoint in the list was signed, or recorded, for another tree.',
    });
}

async function publishedNote(files: LogFiles): Promise<Uint8Array> {
  const note = await files.read('checkpoint');
  if (note !== undefined) return note;
  throw new GrowthError('LOG_CHECKPOINT_MISSING', 'this server publishes no checkpoint', {
    nextStep: 'A ledger without entries has none yet; ask the operator otherwise.',
  });
}

function logHead({ size, root }: Head): LogHead {
  return { size, root: toHex(root) };
}
