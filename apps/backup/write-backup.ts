import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, readFileSync } from 'node:fs';
import { open, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import Database from 'better-sqlite3';
import { isCodedError, utf8 } from '#libs/essentials';
import { DataFolderError, openDataFolder } from '#platform/data-folder';
import { FILE_MODE, syncFolder } from '#platform/files';
import type { SqliteDatabase } from '#platform/sqlite';
import { writeTar, type FileToPack } from '#platform/tar';
import { copyEvents } from '#stages/event-store';
import { BackupError } from './backup-error.js';
import { CONTENTS, DATABASES, SUMMARY, type BackupContents, type BackupSummary } from './backup-contents.js';
import { sealingFor, type BackupLock } from './envelope.js';
import { inodeOf, momentOf, withHolding, type Moment, type RemoteEvents } from './moment.js';
import { readBackup } from './read-backup.js';

const EVENTS = 'events.db';

export interface BackupOrder {
  readonly folder: string;
  /** A file that is not there yet. */
  readonly file: string;
  readonly lock: BackupLock;
  /** Where they are kept on a server: they are copied, each at its position. */
  readonly events?: RemoteEvents;
  /** Puts the key-encryption key in, too, where it lies in a file. Then the backup alone opens everything. */
  readonly withKek?: boolean;
  readonly onProgress?: (line: string) => void;
}

export interface WrittenBackup extends BackupSummary {
  readonly files: number;
  /** Bytes of the file. */
  readonly size: number;
}

/**
 * Writes a backup of a data folder as of one moment: encrypted, and read back before it gets its name. The installation may be running; it
 * is held up for some milliseconds.
 *
 * @throws BackupError BACKUP_…, DataFolderError
 */
export async function writeBackup(order: BackupOrder): Promise<WrittenBackup> {
  const { folder, file, lock, withKek = false, events, onProgress = () => {} } = order;
  const root = path.resolve(folder);
  requireWhole(root, events);
  const draft = `${file}.partial`;
  const release = lockIfAtRest(root);
  try {
    await makeDraft(file, draft);
    return await withHolding(root, async (holding) => {
      const moment = await momentOf(root, holding, { withKek, events });
      try {
        onProgress(`everything is held as of ${moment.at}`);
        const copies = await copiesOf(moment, holding, onProgress);
        if (events !== undefined) copies.set(EVENTS, await copiedFrom(events, moment, holding, onProgress));
        const summary = await summaryOf(moment, copies);
        const packing = new Packing(summary, new Map([...copies, ...moment.files]), onProgress);
        const sealing = await sealingFor(lock);
        await pipeline(sealing.seal(writeTar(packing.files())), createWriteStream(draft, { flags: 'r+' }));
        await synced(draft);
        onProgress('reading the backup back');
        const files = await verified(sealing.open(createReadStream(draft)));
        await rename(draft, file);
        await syncFolder(path.dirname(path.resolve(file)));
        return { ...summary, files, size: (await stat(file)).size };
      } finally {
        moment.close();
      }
    });
  } finally {
    await rm(draft, { force: true });
    release();
  }
}

function requireWhole(root: string, events: RemoteEvents | undefined): void {
  for (const name of ['lacuna.json', 'vault.db', ...(events === undefined ? [EVENTS] : [])])
    if (!existsSync(path.join(root, name)))
      throw new BackupError('BACKUP_NOT_WHOLE', 'the folder does not hold a whole installation', {
        facts: { missing: name },
        nextStep:
          'Name the data folder with --data-folder, and where its events are in LACUNA_EVENTSTORE_URL.',
      });
}

/** Nobody may start meanwhile what is not running: opening changes how the databases keep their log. */
function lockIfAtRest(root: string): () => void {
  try {
    const folder = openDataFolder(root);
    return () => folder.release();
  } catch (error) {
    if (error instanceof DataFolderError && error.code === 'DATA_FOLDER_IN_USE') return () => {};
    throw error;
  }
}

async function makeDraft(file: string, draft: string): Promise<void> {
  if (existsSync(file))
    throw new BackupError('BACKUP_FILE_EXISTS', 'there is a file of that name already', {
      nextStep: 'Name a new file; a backup never replaces one.',
    });
  try {
    await writeFile(draft, '', { mode: FILE_MODE.private });
  } catch (cause) {
    throw new BackupError('BACKUP_FILE_UNWRITABLE', 'the file cannot be made', {
      facts: { reason: (cause as NodeJS.ErrnoException).code },
      nextStep: 'Name a file in a folder that is there and may be written to.',
      cause,
    });
  }
}

/** @returns files by their names in the backup */
async function copiesOf(
  { databases }: Moment,
  holding: string,
  tell: (line: string) => void,
): Promise<Map<string, string>> {
  const copies = new Map<string, string>();
  for (const [name, database] of databases) {
    const copy = path.join(holding, name);
    await database.backup(copy); // of the transaction that is open on it
    checkSound(copy, name);
    copies.set(name, copy);
    tell(`${name} copied and checked`);
  }
  return copies;
}

/** The log as it was at the moment, without what was deleted since. */
async function copiedFrom(
  events: RemoteEvents,
  { head = 0n }: Moment,
  holding: string,
  tell: (line: string) => void,
): Promise<string> {
  const copy = path.join(holding, EVENTS);
  await copyEvents(copy, events.readAll({ upTo: head }));
  setHead(copy, head);
  checkSound(copy, EVENTS);
  tell('events copied from their server');
  return copy;
}

/** What is appended after a restore comes behind everything that ever was, deleted or not. */
function setHead(file: string, head: bigint): void {
  const database = new Database(file);
  try {
    database.prepare('UPDATE high_water SET position = ?').run(head);
  } finally {
    database.close();
  }
}

function checkSound(file: string, name: string): void {
  const copy = new Database(file);
  try {
    copy.pragma('journal_mode = DELETE'); // one plain file
    if (copy.pragma('quick_check(1)', { simple: true }) !== 'ok')
      throw new BackupError('BACKUP_DAMAGED', 'a database is damaged already where it is', {
        facts: { name },
        nextStep: 'Keep the backups you have; restore the newest one that is sound.',
      });
  } finally {
    copy.close();
  }
}

async function summaryOf(
  { at, files, head }: Moment,
  copies: ReadonlyMap<string, string>,
): Promise<BackupSummary> {
  const settings = JSON.parse(readFileSync(files.get('lacuna.json')!, 'utf8')) as Record<string, string>;
  return {
    schema: 'urn:lacuna:backup:v1',
    installation: settings.installation,
    origin: settings.origin,
    madeAt: at,
    head: String(
      head ??
        valueIn(
          copies.get(EVENTS)!,
          'SELECT max(coalesce((SELECT max(position) FROM events), 0), position) FROM high_water',
        ),
    ),
    ledgerSize: copies.has('ledger.db')
      ? Number(valueIn(copies.get('ledger.db')!, 'SELECT count(*) FROM leaf'))
      : 0,
    holdsKek: files.has('kek.key'),
  };
}

function valueIn(file: string, sql: string): unknown {
  const database: SqliteDatabase = new Database(file, { readonly: true });
  try {
    return database.prepare(sql).pluck().get();
  } finally {
    database.close();
  }
}

/** Files on their way into the archive, each once; the list of contents comes last. */
class Packing {
  private readonly contents: {
    files: BackupContents['files'][number][];
    links: BackupContents['links'][number][];
  } = {
    files: [],
    links: [],
  };

  constructor(
    private readonly summary: BackupSummary,
    private readonly sources: ReadonlyMap<string, string>,
    private readonly tell: (line: string) => void,
  ) {}

  async *files(): AsyncGenerator<FileToPack> {
    yield inMemory(SUMMARY, this.summary);
    const packed = new Map<string, string>();
    for (const name of inOrder(this.sources)) {
      const file = this.sources.get(name)!;
      const inode = await inodeOf(file);
      const of = packed.get(inode);
      if (of !== undefined) {
        this.contents.links.push({ name, of });
        continue;
      }
      packed.set(inode, name);
      yield this.packed(name, file, (await stat(file)).size);
    }
    this.tell(`${this.contents.files.length} files packed`);
    yield inMemory(CONTENTS, this.contents);
  }

  private packed(name: string, file: string, size: number): FileToPack {
    const { contents } = this;
    async function* content(): AsyncGenerator<Uint8Array> {
      const digest = createHash('sha256');
      for await (const piece of createReadStream(file) as AsyncIterable<Buffer>) {
        digest.update(piece);
        yield piece;
      }
      contents.files.push({ name, size, sha256: digest.digest('hex') });
    }
    return { name, size, content: content() };
  }
}

/** The databases first. */
function inOrder(sources: ReadonlyMap<string, string>): string[] {
  const rank = (name: string): number => ((DATABASES as readonly string[]).includes(name) ? 0 : 1);
  return [...sources.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

function inMemory(name: string, value: object): FileToPack {
  const content = utf8(JSON.stringify(value));
  return { name, size: content.length, content: [content] };
}

async function synced(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** @throws BackupError BACKUP_DAMAGED when what lies on the disk is not what was packed */
async function verified(archive: AsyncIterable<Uint8Array>): Promise<number> {
  try {
    const { contents } = await readBackup(archive, async (_, content) => {
      for await (const piece of content) void piece;
    });
    return contents.files.length;
  } catch (cause) {
    throw new BackupError('BACKUP_DAMAGED', 'the backup cannot be read back as it was written', {
      facts: { reason: isCodedError(cause) ? cause.code : undefined },
      nextStep: 'Write it to another disk; this one loses or changes what it is given.',
      cause,
    });
  }
}
