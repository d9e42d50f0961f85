import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileDurably } from '#platform/files';

/** How far a file was taken in, every line up to there. */
export interface ImportCheckpoint {
  readonly line: number;
  /** Head of the event store at that moment, decimal. A store that is behind it was restored from a backup: start over. */
  readonly position: string;
}

/**
 * Where a repeated import may continue. Only an optimisation: an interaction that is met again is a duplicate, so a lost checkpoint
 * costs time and nothing else.
 */
export interface ImportCheckpoints {
  load(key: string): Promise<ImportCheckpoint | undefined>;
  save(key: string, checkpoint: ImportCheckpoint): Promise<void>;
}

/** One small JSON file an import, named after the digest of the imported file and the options. */
export class FileImportCheckpoints implements ImportCheckpoints {
  constructor(private readonly folder: string) {}

  async load(key: string): Promise<ImportCheckpoint | undefined> {
    try {
      const found = JSON.parse(await readFile(this.fileOf(key), 'utf8')) as Partial<ImportCheckpoint>;
      const isValid = Number.isSafeInteger(found.line) && /^\d{1,20}$/.test(found.position ?? '');
      return isValid ? (found as ImportCheckpoint) : undefined;
    } catch {
      return undefined; // absent or damaged alike: the import starts over
    }
  }

  async save(key: string, checkpoint: ImportCheckpoint): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await writeFileDurably(this.fileOf(key), JSON.stringify(checkpoint));
  }

  private fileOf(key: string): string {
    return path.join(this.folder, `${key}.json`);
  }
}
