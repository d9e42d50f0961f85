import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { trustFiles, type LedgerReceipt, type TrustFiles } from '#libs/certificate';
import { equalBytes, toHex } from '#libs/essentials';
import {
  checkEntryLength,
  consistencyProof,
  inclusionProof,
  noteKey,
  openCheckpoint,
  signCheckpoint,
  signerFromSeed,
  treeRoot,
  type Checkpoint,
  type NoteKey,
  type Signer,
} from '#libs/merkle';
import { LedgerError } from './ledger-error.js';
import { LedgerStore, type LedgerIdentity } from './ledger-store.js';
import { StaticFiles } from './static-files.js';

export interface LedgerOptions {
  /** Holds `checkpoint` and `tile/…`, and `ledger.db` unless `database` says otherwise. */
  readonly folder: string;
  /** SQLite file. */
  readonly database?: string;
  /** Name of the log in checkpoints and keys: a URL without scheme, no spaces, no plus. */
  readonly origin: string;
  /** 32 secret bytes. */
  readonly signerSeed: Uint8Array;
  /** ISO 8601. */
  readonly now: () => string;
}

/**
 * The append-only log of the operator (DESIGN §6). A leaf is durable in the database before a checkpoint that covers it is signed;
 * tiles are in place before the checkpoint is; proofs handed out are against a published checkpoint.
 */
export class Ledger {
  /** Name and public key of the log. */
  readonly key: NoteKey;
  /** Size of the log that the published checkpoint covers, and that checkpoint. */
  private published = 0;
  private note = '';
  private queue: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly store: LedgerStore,
    private readonly files: StaticFiles,
    private readonly signer: Signer,
    private readonly identity: LedgerIdentity,
  ) {
    this.key = noteKey(identity.origin, signer.publicKey);
  }

  /**
   * Opens the log, or begins it, and brings the published files up to what the database holds.
   *
   * @throws LedgerError LEDGER_ORIGIN_CHANGED, LEDGER_KEY_CHANGED, LEDGER_BEHIND_CHECKPOINT, LEDGER_FORKED,
   *   LEDGER_CHECKPOINT_UNREADABLE, LEDGER_NOT_PUBLISHED, LEDGER_DAMAGED, LEDGER_READ_ONLY, LEDGER_UNAVAILABLE
   */
  static async open(options: LedgerOptions): Promise<Ledger> {
    const { folder, database = join(folder, 'ledger.db'), origin, signerSeed, now } = options;
    const signer = signerFromSeed(signerSeed);
    const fresh = {
      origin: noteKey(origin, signer.publicKey).name,
      publicKey: signer.publicKey,
      beganAt: now(),
    };
    await makeFolder(folder);
    const store = LedgerStore.open(database);
    try {
      const identity = store.identity(fresh);
      checkIdentity(identity, fresh);
      const ledger = new Ledger(store, new StaticFiles(folder), signer, identity);
      await ledger.checkPublished();
      await ledger.publish();
      return ledger;
    } catch (error) {
      store.close();
      throw error;
    }
  }

  /**
   * Appends a leaf, publishes, and proves it. The same bytes are never appended twice: their first index comes back.
   *
   * @param leaf at most 65,535 bytes
   * @throws LedgerError LEDGER_FULL, LEDGER_NOT_PUBLISHED (the leaf is kept; repeat the call), LEDGER_CLOSED;
   *   MerkleError ENTRY_TOO_LARGE
   */
  append(leaf: Uint8Array): Promise<LedgerReceipt> {
    const appended = this.queue.then(async () => {
      checkEntryLength(leaf);
      const index = this.store.append(leaf);
      const size = this.store.size();
      if (this.published < size) await this.publish(this.published);
      return {
        index,
        inclusionProof: this.inclusionProof(index, this.published),
        checkpoint: this.note,
      };
    });
    this.queue = appended.catch(() => undefined);
    return appended;
  }

  size(): number {
    return this.store.size();
  }

  /** The checkpoint that is published, a signed note. */
  checkpoint(): string {
    return this.note;
  }

  /** Size and root of the checkpoint that is published. */
  head(): Checkpoint {
    return this.headAt(this.published);
  }

  /** @throws LedgerError LEDGER_INDEX_OUT_OF_RANGE */
  leaf(index: number): Uint8Array {
    const [entry] = Number.isSafeInteger(index) && index >= 0 ? this.store.entries(index, index + 1) : [];
    if (entry === undefined) throw outOfRange(index, this.size());
    return entry;
  }

  /** @throws LedgerError LEDGER_INDEX_OUT_OF_RANGE; MerkleError INCLUSION_INDEX_OUT_OF_RANGE, TREE_SIZE_INVALID */
  inclusionProof(index: number, size = this.published): Uint8Array[] {
    this.checkReached(size);
    return inclusionProof(index, size, this.store.node);
  }

  /** @throws LedgerError LEDGER_INDEX_OUT_OF_RANGE; MerkleError CONSISTENCY_SIZES_OUT_OF_ORDER, TREE_SIZE_INVALID */
  consistencyProof(from: number, to = this.published): Uint8Array[] {
    this.checkReached(to);
    return consistencyProof(from, to, this.store.node);
  }

  /** What verifiers need to trust this log and the certificates of one signer. */
  trustFiles(signerPublicKey: Uint8Array): TrustFiles {
    return trustFiles(this.key, signerPublicKey, this.identity.beganAt);
  }

  /** Lets the running append finish, then closes. */
  async close(): Promise<void> {
    await this.queue;
    this.store.close();
  }

  private async checkPublished(): Promise<void> {
    const note = await this.files.checkpoint();
    if (note === undefined) return;
    const checkpoint = this.openPublished(note);
    const size = this.store.size();
    if (checkpoint.size > size)
      throw new LedgerError(
        'LEDGER_BEHIND_CHECKPOINT',
        'the database holds fewer leaves than were published',
        {
          facts: { held: size, published: checkpoint.size },
          nextStep: 'Restore the newest ledger.db; a log that forgets leaves would be caught as a fork.',
        },
      );
    if (!equalBytes(this.headAt(checkpoint.size).root, checkpoint.root))
      throw new LedgerError('LEDGER_FORKED', 'the published checkpoint has another root than the database', {
        facts: { size: checkpoint.size, published: toHex(checkpoint.root) },
        nextStep: 'Find out which of the two is the log before anything else is signed.',
      });
    this.published = checkpoint.size;
  }

  private openPublished(note: Uint8Array): Checkpoint {
    try {
      return openCheckpoint(note, this.key);
    } catch (cause) {
      throw new LedgerError(
        'LEDGER_CHECKPOINT_UNREADABLE',
        'the published checkpoint is not one of this log',
        {
          nextStep: 'Restore the file `checkpoint` from a copy; remove it only if it was never handed out.',
          cause,
        },
      );
    }
  }

  /** On opening all tiles are compared, so that whatever is missing or damaged is written again; later only new ones. */
  private async publish(from = 0): Promise<void> {
    const size = this.store.size();
    const note = signCheckpoint(this.headAt(size), this.signer);
    try {
      await this.files.publishTiles(this.store, from, size);
      await this.files.publishCheckpoint(note);
    } catch (cause) {
      if (cause instanceof LedgerError) throw cause;
      throw new LedgerError('LEDGER_NOT_PUBLISHED', 'the files of the ledger could not be written', {
        facts: { size },
        nextStep: 'See to space and permissions of the ledger folder, then repeat the step; no leaf is lost.',
        cause,
      });
    }
    [this.published, this.note] = [size, note];
  }

  private headAt(size: number): Checkpoint {
    return { origin: this.key.name, size, root: treeRoot(size, this.store.node) };
  }

  private checkReached(size: number): void {
    if (size > this.size()) throw outOfRange(size, this.size());
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new LedgerError('LEDGER_UNAVAILABLE', 'the ledger folder cannot be made', {
      nextStep: 'Choose a folder that this process may write to.',
      cause,
    });
  }
}

function checkIdentity(recorded: LedgerIdentity, given: LedgerIdentity): void {
  if (recorded.origin !== given.origin)
    throw new LedgerError('LEDGER_ORIGIN_CHANGED', 'the database belongs to a log of another origin', {
      facts: { recorded: recorded.origin, given: given.origin },
      nextStep: 'Open it under the origin it was begun with, or begin another log in another folder.',
    });
  if (!equalBytes(recorded.publicKey, given.publicKey))
    throw new LedgerError('LEDGER_KEY_CHANGED', 'the database belongs to a log with another signing key', {
      facts: { origin: recorded.origin },
      nextStep: 'Restore the signing key that the log was begun with.',
    });
}

function outOfRange(index: number, size: number): LedgerError {
  return new LedgerError('LEDGER_INDEX_OUT_OF_RANGE', 'the ledger does not reach that far', {
    facts: { index, size },
  });
}
