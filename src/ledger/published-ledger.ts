import { equalBytes, fromUtf8, toHex } from '#libs/essentials';
import { GrowingTree, leafHash, openCheckpointOf, TILE_WIDTH, treeRoot, type Checkpoint } from '#libs/merkle';
import { readCheckpointFile, readEntries, type LogFiles } from '#libs/verification';
import { keyHistory } from './key-history.js';
import { LedgerError } from './ledger-error.js';
import { LedgerStore } from './ledger-store.js';

const LEAVES_AT_ONCE = 256;
const ROTATION = /urn:lacuna:(?:log|signer)-key-rotation:v1/;

/**
 * Brings the database of a ledger that was restored from a backup up to the published copy, so that it goes on where outsiders saw it and never
 * forks. The copy is chosen by whoever serves it: its checkpoint must be signed by the log, and its entries must continue what the database
 * holds and give the signed root; nothing is kept before.
 *
 * @returns entries before and after
 * @throws LedgerError LEDGER_FORKED, LEDGER_ROTATED_SINCE; MerkleError of the checkpoint; VerificationError LOG_…
 */
export async function extendFromPublished(
  database: string,
  files: LogFiles,
): Promise<{ readonly before: number; readonly after: number }> {
  const store = LedgerStore.open(database);
  try {
    const before = store.size();
    const head = openedBy(store, await readCheckpointFile(files));
    if (head.size <= before) {
      requireHeld(store, head);
      return { before, after: before };
    }
    const tree = new GrowingTree();
    for (let from = 0; from < before; from += LEAVES_AT_ONCE)
      for (const { hash } of store.leaves(from, from + LEAVES_AT_ONCE)) tree.append(hash);
    const entries = await entriesBetween(files, before, head.size);
    for (const entry of entries) tree.append(leafHash(entry));
    if (!equalBytes(tree.root(), head.root)) throw forked(head, tree.root());
    await refuseRotations(files, before, head.size);
    store.appendAll(entries.map((entry) => ({ entry })));
    return { before, after: store.size() };
  } finally {
    store.close();
  }
}

/**
 * Whether a ledger holds what somebody outside kept a checkpoint of.
 *
 * @throws LedgerError LEDGER_BEHIND_OUTSIDE, LEDGER_FORKED; MerkleError of the checkpoint
 */
export function checkAgainstOutside(database: string, note: Uint8Array): Checkpoint {
  const store = LedgerStore.open(database);
  try {
    const head = openedBy(store, note);
    if (head.size > store.size())
      throw new LedgerError(
        'LEDGER_BEHIND_OUTSIDE',
        'somebody outside has seen more of the ledger than this',
        {
          facts: { held: store.size(), seen: head.size },
          nextStep: 'Give the published copy with --ledger; without its entries the ledger would fork.',
        },
      );
    requireHeld(store, head);
    return head;
  } finally {
    store.close();
  }
}

function openedBy(store: LedgerStore, note: Uint8Array): Checkpoint {
  const identity = store.recordedIdentity();
  if (identity !== undefined) return openCheckpointOf(note, keyHistory(identity, store.announcedKeys('log')));
  throw new LedgerError('LEDGER_DAMAGED', 'no log was begun in the ledger database', {
    nextStep: 'Take another backup.',
  });
}

function requireHeld(store: LedgerStore, head: Checkpoint): void {
  const root = treeRoot(head.size, store.node);
  if (!equalBytes(root, head.root)) throw forked(head, root);
}

async function entriesBetween(files: LogFiles, from: number, to: number): Promise<Uint8Array[]> {
  const entries: Uint8Array[] = [];
  for (let index = Math.floor(from / TILE_WIDTH); index * TILE_WIDTH < to; index++) {
    const first = index * TILE_WIDTH;
    const bundle = await readEntries(files, index, Math.min(TILE_WIDTH, to - first));
    entries.push(...bundle.slice(Math.max(0, from - first)));
  }
  return entries;
}

/** The backup has no key that was announced after it. */
async function refuseRotations(files: LogFiles, from: number, to: number): Promise<void> {
  for (let index = from; index < to; index++) {
    const statement = await files.read(`statements/${index}.sigstore.json`);
    if (statement === undefined) continue; // a certificate's lies elsewhere
    const { dsseEnvelope } = JSON.parse(fromUtf8(statement)) as { dsseEnvelope?: { payload?: string } };
    if (ROTATION.test(Buffer.from(dsseEnvelope?.payload ?? '', 'base64').toString('utf8')))
      throw new LedgerError(
        'LEDGER_ROTATED_SINCE',
        'a key that signs was replaced after this backup was made',
        {
          facts: { index },
          nextStep:
            'Restore a backup that is younger than the rotation; an older one does not hold the new key.',
        },
      );
  }
}

function forked(head: Checkpoint, root: Uint8Array): LedgerError {
  return new LedgerError('LEDGER_FORKED', 'the ledger is not the one that this checkpoint was signed for', {
    facts: { size: head.size, held: toHex(root), signed: toHex(head.root) },
    nextStep: 'Do not publish anything: keep both copies, and find out which of them others have seen.',
  });
}
