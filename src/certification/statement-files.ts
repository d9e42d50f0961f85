import { existsSync } from 'node:fs';
import path from 'node:path';
import { FILE_MODE, FOLDER_MODE, writeFilesDurably } from '#platform/files';
import type { StatementArchive } from './ports.js';

const MODES = { file: FILE_MODE.public, folder: FOLDER_MODE.public };

/** Statements of the ledger that are no certificates, one Sigstore bundle a file: `<index>.sigstore.json`. */
export class StatementFiles implements StatementArchive {
  constructor(private readonly folder: string) {}

  async keep(index: number, bundle: string): Promise<void> {
    const file = this.fileOf(index);
    if (!existsSync(file)) await writeFilesDurably([{ file, content: `${bundle}\n` }], MODES);
  }

  fileOf(index: number): string {
    return path.join(this.folder, `${index}.sigstore.json`);
  }
}
