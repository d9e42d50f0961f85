import { createHash } from 'node:crypto';
import { fromUtf8, concatBytes } from '#libs/essentials';
import { readTar } from '#platform/tar';
import { BackupError } from './backup-error.js';
import {
  checkName,
  CONTENTS,
  malformed,
  parseContents,
  parseSummary,
  SUMMARY,
  type BackupContents,
  type BackupSummary,
} from './backup-contents.js';

const MAX_LIST = 256 * 1024 * 1024;

export interface ReadBackup {
  readonly summary: BackupSummary;
  readonly contents: BackupContents;
}

/**
 * Goes through a backup and compares every file with the list of contents that ends it.
 *
 * @param take gets each file as it comes; what it did is to be thrown away when this rejects
 * @throws BackupError BACKUP_MALFORMED, BACKUP_VERSION_UNKNOWN, BACKUP_DAMAGED; AgeError; TarError
 */
export async function readBackup(
  archive: AsyncIterable<Uint8Array>,
  take: (name: string, content: AsyncIterable<Uint8Array>, summary: BackupSummary) => Promise<void>,
): Promise<ReadBackup> {
  let summary: BackupSummary | undefined;
  let contents: BackupContents | undefined;
  const digests = new Map<string, string>();
  for await (const { name, size, content } of readTar(archive)) {
    if (summary === undefined) {
      if (name !== SUMMARY) throw malformed('it does not begin with its summary');
      summary = parseSummary(await textOf(content, size));
    } else if (name === CONTENTS) contents = parseContents(await textOf(content, size));
    else if (contents !== undefined || digests.has(name))
      throw malformed('something follows its end, or comes twice');
    else {
      const digest = createHash('sha256');
      await take(checkName(name), digested(content, digest), summary);
      digests.set(name, digest.digest('hex'));
    }
  }
  if (summary === undefined || contents === undefined) throw malformed('its list of contents is missing');
  compare(contents, digests);
  return { summary, contents };
}

async function* digested(
  content: AsyncIterable<Uint8Array>,
  digest: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const piece of content) {
    digest.update(piece);
    yield piece;
  }
}

function compare({ files, links }: BackupContents, digests: ReadonlyMap<string, string>): void {
  const differs =
    files.length !== digests.size || files.some(({ name, sha256 }) => digests.get(name) !== sha256);
  if (differs || links.some(({ name, of }) => checkName(name) === of || !digests.has(of)))
    throw new BackupError('BACKUP_DAMAGED', 'the files are not those that the backup lists', {
      facts: { listed: files.length, found: digests.size },
      nextStep: 'Take another backup; this one was not written to its end, or was changed.',
    });
}

async function textOf(content: AsyncIterable<Uint8Array>, size: number): Promise<string> {
  if (size > MAX_LIST) throw malformed('a list in it is too long');
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return fromUtf8(concatBytes(...pieces));
}
