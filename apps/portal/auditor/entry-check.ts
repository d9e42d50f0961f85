import { parseBundle, type Statement } from '#libs/certificate';
import { canonicalJson, CodedError, equalBytes, fromHex, toHex, utf8 } from '#libs/essentials';
import { leafHash, verifyInclusion, type Checkpoint } from '#libs/merkle';
import type { EntryDetail } from '#libs/portal-contract';
import { openTrustedCheckpoint, verifyLoggedStatement } from '#libs/verification';
import type { TrustTexts } from '../trust/trust-choice.js';
import { trustPolicyOf } from '../trust/trust-policy.js';
import { takeSteps, type CheckedSteps } from './checked-steps.js';
import { inclusionPath, type InclusionPath } from './inclusion-path.js';

export const ENTRY_STEPS = ['trust', 'leaf', 'checkpoint', 'head', 'inclusion', 'statement'] as const;
export type EntryStep = (typeof ENTRY_STEPS)[number];

export type EntryCheckCode = 'ENTRY_LEAF_MISMATCH' | 'ENTRY_HEAD_MISMATCH' | 'ENTRY_STATEMENT_OF_ANOTHER';

/** The server showed an entry that does not fit its proof or its statement. */
export class EntryCheckError extends CodedError<EntryCheckCode> {}

export interface EntryReport {
  /** Absent where it is not kept. */
  readonly statement?: Statement;
}

/** What was found out about an entry, in this browser. */
export interface CheckedEntry extends CheckedSteps<EntryStep, EntryReport> {
  /** As the entry itself gives it. */
  readonly leafHash: string;
  /** What the proof leads to, for the drawing; absent where its length cannot be right. */
  readonly path?: InclusionPath;
  /** Root of the checkpoint; absent when that is not signed by whom one trusts. */
  readonly signedRoot?: string;
}

/**
 * Verifies an entry of the ledger as the server showed it: its hash, the checkpoint, the way between them, and that the statement is the one that was
 * logged here. Where the statement is not kept there is no such step.
 *
 * @param now seconds since 1970, for the times of witnesses
 */
export async function checkEntry(detail: EntryDetail, files: TrustTexts, now: number): Promise<CheckedEntry> {
  const { index, proof } = detail;
  const body = utf8(canonicalJson(detail.entry));
  const leaf = leafHash(body);
  const hashes = proof.hashes.map(fromHex);
  let head: Checkpoint | undefined;
  const names = ENTRY_STEPS.filter((step) => step !== 'statement' || detail.statement !== undefined);
  const checked = await takeSteps(names, (hold) => {
    const trust = trustPolicyOf(files);
    hold('trust');
    if (toHex(leaf) !== detail.leafHash)
      throw refuse('ENTRY_LEAF_MISMATCH', 'the entry has another hash than the server says');
    hold('leaf');
    head = openTrustedCheckpoint(utf8(proof.checkpoint), trust);
    hold('checkpoint');
    if (head.size !== proof.treeSize || toHex(head.root) !== proof.rootHash)
      throw refuse('ENTRY_HEAD_MISMATCH', 'the proof is for another size or root than the checkpoint');
    hold('head');
    verifyInclusion({ index, size: head.size, leafHash: leaf, proof: hashes, root: head.root });
    hold('inclusion');
    if (detail.statement === undefined) return {};
    const bundle = utf8(JSON.stringify(detail.statement));
    if (!equalBytes(parseBundle(bundle).entry.body, body))
      throw refuse('ENTRY_STATEMENT_OF_ANOTHER', 'the statement is not the one that was logged here');
    return { statement: verifyLoggedStatement({ bundle, trust, now }).statement };
  });
  return {
    ...checked,
    leafHash: toHex(leaf),
    path: inclusionPath(index, proof.treeSize, leaf, hashes),
    ...(head !== undefined && { signedRoot: toHex(head.root) }),
  };
}

function refuse(code: EntryCheckCode, message: string): EntryCheckError {
  return new EntryCheckError(code, message, {
    nextStep: 'Load the page again; if it stays like this, keep what you see and ask the operator.',
  });
}
