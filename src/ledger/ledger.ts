import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  fromSpki,
  logIdOf,
  toSpki,
  trustFiles,
  type DatedLogKey,
  type LedgerReceipt,
  type LogKeyRotation,
  type SignerKey,
  type SignerKeyRotation,
  type TrustFiles,
} from '#libs/certificate';
import { equalBytes, fromBase64, fromUtf8, toBase64, toHex, utf8 } from '#libs/essentials';
import { coseReceipt } from '#libs/interop';
import {
  checkEntryLength,
  consistencyProof,
  formatVkey,
  inclusionProof,
  inclusionProofs,
  isInForce,
  noteKey,
  openCheckpointOf,
  parseVkey,
  signCheckpoint,
  treeRoot,
  type Checkpoint,
  type KeyPeriod,
  type NoteKey,
  type Signer,
} from '#libs/merkle';
import type { EventStore } from '#libs/messaging';
import { GroupCommit, type GroupCommitOptions } from '#platform/group-commit';
import { traced } from '#platform/tracing';
import { LedgerError, type LedgerErrorCode } from './ledger-error.js';
import { CheckpointHistory } from './checkpoint-history.js';
import { keyHistory, signerHistory } from './key-history.js';
import {
  LedgerStore,
  type LedgerIdentity,
  type NewLeaf,
  type RecordedKey,
  type StoredLeaf,
} from './ledger-store.js';
import { NO_WITNESSES, type CheckpointCosigner, type CosignedNote } from './ports.js';
import type { ObjectCopy } from './object-copy.js';
import { StaticFiles, tileFiles, type WriteFiles } from './static-files.js';

export interface LedgerOptions {
  /** Holds `checkpoint` and `tile/…`, and `ledger.db` unless `database` says otherwise. */
  readonly folder: string;
  /** SQLite file. */
  readonly database?: string;
  /** Name of the log in checkpoints and keys: a URL without scheme, no spaces, no plus. */
  readonly origin: string;
  /** The log's key of a generation: 0 is the one it begins with, each rotation counts on. */
  readonly signer: (generation: number) => Signer;
  /** ISO 8601. */
  readonly now: () => string;
  /** Keeps the history of checkpoints, so that a ledger restored from an old backup is found out. */
  readonly events: Pick<EventStore, 'append' | 'readStream'>;
  /** How leaves that are appended at the same time share a commit and a publication. */
  readonly batches?: Partial<GroupCommitOptions>;
  /** Has checkpoints cosigned before they are published; default: nobody. */
  readonly cosigner?: CheckpointCosigner;
  /** The database never grows past this; an append that needs more is refused with LEDGER_FULL. */
  readonly maxBytes?: number;
  /** How static files reach the disk; default: writeFilesDurably. */
  readonly writeFiles?: WriteFiles;
}

/** What the ledger hands back for a leaf, and the key by which a bundle names the log: the oldest that is in force. */
export interface Logged extends LedgerReceipt {
  readonly logKey: NoteKey;
}

const EXPORTED = ['tile', 'statements'];
const BATCHES: GroupCommitOptions = { maxItems: 4096, delay: 2 };

/**
 * The append-only log of the operator (DESIGN §6). A leaf is durable in the database before a checkpoint that covers it is signed;
 * tiles and the record of the checkpoint are durable before it is published; proofs handed out are against a published checkpoint.
 */
export class Ledger {
  private keys: readonly DatedLogKey[] = [];
  private announcedSigners: readonly RecordedKey[] = [];
  /** Size of the log that the published checkpoint covers, and that checkpoint. */
  private published = 0;
  private note = '';
  private policy: CosignedNote['policy'];
  /** Size up to which checkpoints are on record. */
  private recorded = 0;
  private readonly commits: GroupCommit<NewLeaf, Logged>;
  private closed = false;
  private listener: (() => void) | undefined;

  private constructor(
    private readonly store: LedgerStore,
    private readonly files: StaticFiles,
    private readonly history: CheckpointHistory,
    private readonly identity: LedgerIdentity,
    private readonly options: Pick<LedgerOptions, 'signer' | 'now' | 'batches' | 'cosigner'>,
  ) {
    this.readKeys();
    this.commits = new GroupCommit((leaves) => this.commit(leaves), { ...BATCHES, ...options.batches });
  }

  /**
   * Opens the log, or begins it, and brings the published files up to what the database holds.
   *
   * @throws LedgerError LEDGER_ORIGIN_CHANGED, LEDGER_KEY_CHANGED, LEDGER_BEHIND_CHECKPOINT, LEDGER_BEHIND_HISTORY, EVENTS_BEHIND_LEDGER,
   *   LEDGER_FORKED, LEDGER_CHECKPOINT_UNREADABLE, LEDGER_NOT_PUBLISHED, LEDGER_DAMAGED, LEDGER_READ_ONLY, LEDGER_UNAVAILABLE
   */
  static async open(options: LedgerOptions): Promise<Ledger> {
    const { folder, database = join(folder, 'ledger.db'), now, events } = options;
    const { publicKey } = options.signer(0);
    const fresh = { origin: noteKey(options.origin, publicKey).name, publicKey, beganAt: now() };
    await makeFolder(folder);
    const store = LedgerStore.open(database, { maxBytes: options.maxBytes });
    try {
      const identity = store.identity(fresh);
      checkOrigin(identity, fresh);
      const files = new StaticFiles(folder, options.writeFiles);
      const history = new CheckpointHistory(events, identity.origin);
      const ledger = new Ledger(store, files, history, identity, options);
      await ledger.catchUp();
      return ledger;
    } catch (error) {
      store.close();
      throw error;
    }
  }

  /**
   * Appends a leaf, publishes, and proves it. Leaves that are appended at the same time share one commit, one checkpoint and one
   * publication. The same bytes are never appended twice: their first index comes back.
   *
   * @param leaf at most 65,535 bytes
   * @throws LedgerError LEDGER_FULL, LEDGER_NOT_PUBLISHED (the leaf is kept; repeat the call), LEDGER_CLOSED;
   *   MerkleError ENTRY_TOO_LARGE
   */
  append(leaf: Uint8Array): Promise<Logged> {
    return this.add({ entry: leaf });
  }

  /** Appends leaves as `append` does each of them; they follow one another in the log unless others are appended meanwhile. */
  async appendAll(leaves: readonly Uint8Array[]): Promise<Logged[]> {
    leaves.forEach(checkEntryLength);
    return Promise.all(leaves.map((leaf) => this.append(leaf)));
  }

  /**
   * What announces the log's next key; see `announce`. Until the log has `overlap` entries more, checkpoints carry both signatures.
   *
   * @throws LedgerError LEDGER_ROTATION_UNDER_WAY while the key before is still in force
   */
  planRotation(overlap: number): LogKeyRotation {
    checkRotated(this.keys, this.published);
    const { origin } = this.identity;
    const { publicKey } = this.options.signer(this.keys.length);
    const vkey = formatVkey(noteKey(origin, publicKey));
    return { origin, vkey, retiresAt: this.size() + 1 + overlap, announcedAt: this.options.now() };
  }

  /**
   * Appends the leaf that announces a key; from the checkpoint on that covers it, the log signs with that key, too. Leaf and key are
   * recorded together.
   *
   * @throws LedgerError as `append`, and LEDGER_ROTATION_LATE
   */
  announce(leaf: Uint8Array, { vkey, retiresAt, announcedAt }: LogKeyRotation): Promise<Logged> {
    const { publicKey } = parseVkey(vkey);
    return this.add({ entry: leaf, announces: { role: 'log', publicKey, retiresAt, announcedAt } });
  }

  /**
   * What announces the next key of whoever signs what stands in the log; see `announceSigner`. The key in use goes on for `overlap`
   * entries more, while verifiers get to know the next one.
   *
   * @param publicKey Ed25519, 32 bytes
   * @throws LedgerError LEDGER_ROTATION_UNDER_WAY while the key before is still in force
   */
  planSignerRotation(overlap: number, publicKey: Uint8Array): SignerKeyRotation {
    checkRotated(this.signerKeys(publicKey), this.size());
    const { origin } = this.identity;
    const retiresAt = this.size() + 1 + overlap;
    return { origin, publicKey: toBase64(toSpki(publicKey)), retiresAt, announcedAt: this.options.now() };
  }

  /** Appends the leaf that announces a signer's next key. @throws LedgerError as `announce` */
  announceSigner(leaf: Uint8Array, rotation: SignerKeyRotation): Promise<Logged> {
    const { retiresAt, announcedAt } = rotation;
    const publicKey = fromSpki(fromBase64(rotation.publicKey));
    return this.add({ entry: leaf, announces: { role: 'signer', publicKey, retiresAt, announcedAt } });
  }

  /** What was announced of signers so far, oldest first. */
  signerRotations(): SignerKeyRotation[] {
    const { origin } = this.identity;
    return this.announcedSigners.map(({ publicKey, retiresAt, announcedAt }) => ({
      origin,
      publicKey: toBase64(toSpki(publicKey)),
      retiresAt,
      announcedAt,
    }));
  }

  /** The keys of whoever signs what stands in the log, oldest first. @param first the one that was never announced */
  signerKeys(first: Uint8Array): SignerKey[] {
    return signerHistory(first, this.announcedSigners);
  }

  /** What was announced so far, oldest first. */
  rotations(): LogKeyRotation[] {
    const { origin } = this.identity;
    return this.store.announcedKeys('log').map(({ publicKey, retiresAt, announcedAt }) => ({
      origin,
      vkey: formatVkey(noteKey(origin, publicKey)),
      retiresAt,
      announcedAt,
    }));
  }

  /** Name and public key of the log; while a key is being rotated, the old one. */
  get key(): NoteKey {
    return this.keysAt(this.published)[0].key;
  }

  size(): number {
    return this.store.size();
  }

  /** The index that a leaf gets which is appended in this very turn, at most: it gets a lower one when others are there already. */
  nextIndex(): number {
    return this.size() + this.commits.pending;
  }

  /** Whether the same bytes were appended before. */
  holds(leaf: Uint8Array): boolean {
    return this.store.indexOf(leaf) !== undefined;
  }

  /** The checkpoint that is published, a signed note. */
  checkpoint(): string {
    return this.note;
  }

  /** Whether the published checkpoint has the cosignatures it should have; undefined when no policy asks for any. */
  checkpointPolicy(): CosignedNote['policy'] {
    return this.policy;
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

  /** Leaves [from, to) as they are recorded; fewer where the log ends before. */
  leaves(from: number, to: number): StoredLeaf[] {
    return this.store.leaves(from, to);
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

  /**
   * COSE receipt (RFC 9942) of a leaf against the published checkpoint, signed with the newest key in force and naming it by its log id.
   *
   * @throws LedgerError LEDGER_INDEX_OUT_OF_RANGE; InteropError COSE_TREE_TOO_SMALL
   */
  coseReceipt(index: number): Uint8Array {
    this.checkReached(index + 1);
    const { size, root } = this.head();
    const { key } = this.keysAt(size).at(-1)!;
    const position = { index, size, root, path: this.inclusionProof(index) };
    return coseReceipt(position, logIdOf(key), this.signersAt(size).at(-1)!);
  }

  /** What verifiers need to trust this log and what stands in it. @param firstSigner see `signerKeys` */
  trustFiles(firstSigner: Uint8Array): TrustFiles {
    return trustFiles(this.keys, this.signerKeys(firstSigner));
  }

  /**
   * Brings another folder up to the published log, for any web server: each file as a whole, only what is missing, the checkpoint last. Can
   * be repeated and interrupted.
   *
   * @throws LedgerError LEDGER_EXPORT_FOLDER_TAKEN, LEDGER_CHECKPOINT_UNREADABLE, LEDGER_BEHIND_CHECKPOINT, LEDGER_FORKED for a folder
   *   that holds something else, another log, a larger one, or a fork of this one
   */
  async exportTo(folder: string): Promise<void> {
    const target = new StaticFiles(folder);
    const note = await target.checkpoint();
    if (note !== undefined) this.checkHolds(this.openPublished(note), 'LEDGER_BEHIND_CHECKPOINT');
    else if ((await target.names()).some((name) => !EXPORTED.includes(name)))
      throw new LedgerError('LEDGER_EXPORT_FOLDER_TAKEN', 'the folder holds something else than a log', {
        nextStep: 'Name a new folder, or one that the ledger was exported to before.',
      });
    await target.restoreTiles(this.store, this.published);
    await this.files.copyStatementsTo(target);
    await target.publishCheckpoint(this.note);
  }

  /** Tells of each publication, before its receipts are handed out: nobody waits for what the listener begins. */
  whenPublished(listener: () => void): void {
    this.listener = listener;
  }

  /**
   * Brings a copy in an object store up to the published log: tiles first, the checkpoint last. Can be repeated and interrupted.
   *
   * @throws LedgerError LEDGER_CHECKPOINT_UNREADABLE, LEDGER_BEHIND_CHECKPOINT, LEDGER_FORKED for a copy of another log, of a larger one,
   *   or of a fork of this one
   */
  async bringCopy(copy: ObjectCopy): Promise<void> {
    const [size, note] = [this.published, this.note];
    const held = await copy.checkpoint();
    const checkpoint = held && this.openPublished(held);
    if (checkpoint !== undefined) this.checkHolds(checkpoint, 'LEDGER_BEHIND_CHECKPOINT');
    await copy.takeTiles((from) => tileFiles(this.store, from, size), checkpoint?.size ?? 0);
    await copy.takeStatements(this.files);
    await copy.takeCheckpoint(note);
  }

  /**
   * The published log as static files, made from the database: of one checkpoint, whatever is appended or lost on the disk meanwhile. The
   * checkpoint comes last.
   */
  *publishedFiles(): Generator<{ readonly path: string; readonly content: Uint8Array }> {
    const [size, note] = [this.published, this.note];
    for (const { path, content } of tileFiles(this.store, 0, size)) yield { path, content: content() };
    yield { path: 'checkpoint', content: utf8(note) };
  }

  /** Lets what was appended be published, then closes. */
  async close(): Promise<void> {
    this.closed = true;
    await this.commits.idle();
    this.store.close();
  }

  private async add(leaf: NewLeaf): Promise<Logged> {
    if (this.closed) throw new LedgerError('LEDGER_CLOSED', 'the ledger is closed');
    checkEntryLength(leaf.entry);
    return traced('ledger.append', {}, async (span) => {
      const logged = await this.commits.add(leaf);
      span.setAttribute('lacuna.ledger.index', logged.index);
      return logged;
    });
  }

  private async commit(leaves: readonly NewLeaf[]): Promise<Logged[]> {
    const indexes = this.store.appendAll(leaves);
    if (leaves.some(({ announces }) => announces !== undefined)) this.readKeys();
    const size = this.store.size();
    if (this.published < size || this.policy?.satisfied === false)
      await this.publish(size, () => this.files.publishTiles(this.store, this.published, size));
    const proofs = inclusionProofs(indexes, this.published, this.store.node);
    const [checkpoint, logKey, policy] = [this.note, this.key, this.policy];
    return indexes.map((index, at) => ({ index, inclusionProof: proofs[at], checkpoint, logKey, policy }));
  }

  /** Refuses a database that what was published contradicts; publishes what it holds beyond that. */
  private async catchUp(): Promise<void> {
    const note = await this.files.checkpoint();
    if (note !== undefined) {
      this.checkHolds(this.openPublished(note), 'LEDGER_BEHIND_CHECKPOINT');
      this.note = fromUtf8(note);
    }
    const last = await this.history.last();
    if (last !== undefined) this.checkHolds(last, 'LEDGER_BEHIND_HISTORY');
    this.recorded = last?.size ?? 0;
    if (note !== undefined) this.checkOnRecord(this.openPublished(note));
    const size = this.store.size();
    await this.publish(size, () => this.files.restoreTiles(this.store, size));
  }

  /** What was published was on record before: events that lack it are those of another installation, or of an old backup. */
  private checkOnRecord({ size }: Checkpoint): void {
    if (size > this.recorded)
      throw new LedgerError('EVENTS_BEHIND_LEDGER', 'the event log lacks a checkpoint that was published', {
        facts: { recorded: this.recorded, published: size },
        nextStep:
          'Check that LACUNA_EVENTSTORE_URL names the event store of this installation (unset: events.db in its data folder); else restore the newest backup of the events.',
      });
  }

  private checkHolds({ size, root }: Checkpoint, behind: LedgerErrorCode): void {
    const held = this.store.size();
    if (size > held)
      throw new LedgerError(behind, 'the database holds fewer leaves than were published', {
        facts: { held, published: size },
        nextStep: 'Restore the newest ledger.db; a log that forgets leaves would be caught as a fork.',
      });
    if (!equalBytes(this.headAt(size).root, root))
      throw new LedgerError(
        'LEDGER_FORKED',
        'a checkpoint was published with another root than the database has',
        {
          facts: { size, published: toHex(root) },
          nextStep: 'Find out which of the two is the log before anything else is signed.',
        },
      );
  }

  private openPublished(note: Uint8Array): Checkpoint {
    try {
      return openCheckpointOf(note, this.keys);
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

  /** A checkpoint is on record before anybody can have it: whoever rolls the ledger back afterwards is contradicted by the events. */
  private async publish(size: number, writeTiles: () => Promise<void>): Promise<void> {
    const head = this.headAt(size);
    const signed = signCheckpoint(head, ...this.signersAt(size));
    const note = this.note.startsWith(signed) ? this.note : signed; // what was cosigned stays cosigned
    try {
      await writeTiles();
      if (this.recorded < size) await this.history.record(head);
      this.recorded = size;
      const { cosigner = NO_WITNESSES } = this.options;
      const cosigned = await cosigner.cosign(note, (from) => consistencyProof(from, size, this.store.node));
      await this.files.publishCheckpoint(cosigned.note);
      [this.published, this.note, this.policy] = [size, cosigned.note, cosigned.policy];
    } catch (cause) {
      if (cause instanceof LedgerError) throw cause;
      throw new LedgerError('LEDGER_NOT_PUBLISHED', 'the files of the ledger could not be written', {
        facts: { size, reason: (cause as { code?: string }).code },
        nextStep: 'See to space and permissions of the ledger folder, then repeat the step; no leaf is lost.',
        cause,
      });
    }
    this.retireKeys();
    this.listener?.();
  }

  private readKeys(): void {
    this.keys = keyHistory(this.identity, this.store.announcedKeys('log'));
    this.announcedSigners = this.store.announcedKeys('signer');
  }

  private keysAt(size: number): DatedLogKey[] {
    return this.keys.filter((key) => isInForce(key, size));
  }

  private signersAt(size: number): Signer[] {
    return this.keysAt(size).map((inForce) => {
      const signer = this.options.signer(this.keys.indexOf(inForce));
      if (!equalBytes(signer.publicKey, inForce.key.publicKey)) throw keyChanged(this.identity);
      return signer;
    });
  }

  /** Dates the retirement of keys that the published checkpoint outgrew, for tools that know times and no sizes. */
  private retireKeys(): void {
    const retired = ({ until, validUntil }: DatedLogKey): boolean =>
      until !== null && until <= this.published && validUntil === undefined;
    if (!this.keys.some(retired)) return;
    this.keys.forEach((key, generation) => {
      if (retired(key)) this.store.retirePredecessor(generation + 1, this.options.now());
    });
    this.readKeys();
  }

  private headAt(size: number): Checkpoint {
    return { origin: this.identity.origin, size, root: treeRoot(size, this.store.node) };
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

function checkOrigin(recorded: LedgerIdentity, given: LedgerIdentity): void {
  if (recorded.origin !== given.origin)
    throw new LedgerError('LEDGER_ORIGIN_CHANGED', 'the database belongs to a log of another origin', {
      facts: { recorded: recorded.origin, given: given.origin },
      nextStep: 'Open it under the origin it was begun with, or begin another log in another folder.',
    });
}

/** A key is not replaced again before the one before it has retired. */
function checkRotated(keys: readonly KeyPeriod[], size: number): void {
  const predecessor = keys.at(-2);
  if (predecessor === undefined || !isInForce(predecessor, size)) return;
  throw new LedgerError('LEDGER_ROTATION_UNDER_WAY', 'the key before the newest one is still in force', {
    facts: { size, retiresAt: predecessor.until ?? undefined },
    nextStep: 'Rotate again when the log has reached the size at which that key retires.',
  });
}

function keyChanged({ origin }: LedgerIdentity): LedgerError {
  return new LedgerError('LEDGER_KEY_CHANGED', 'the database belongs to a log with another signing key', {
    facts: { origin },
    nextStep: 'Restore the signing key that the log was begun with, or that it has announced.',
  });
}

function outOfRange(index: number, size: number): LedgerError {
  return new LedgerError('LEDGER_INDEX_OUT_OF_RANGE', 'the ledger does not reach that far', {
    facts: { index, size },
  });
}
