import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { FILE_MODE, FOLDER_MODE, writeFilesDurably } from '#platform/files';
import { CertificationError } from './certification-error.js';
import type { StatementArchive } from './ports.js';

const MODES = { file: FILE_MODE.public, folder: FOLDER_MODE.public };

/** Statements of the ledger that are no certificates, one Sigstore bundle a file: `<index>.sigstore.json`. */
export class StatementFiles implements StatementArchive {
  constructor(private readonly folder: string) {}

  async keep(index: number, bundle: string): Promise<void> {
    const file = this.fileOf(index);
    if (!existsSync(file)) await writeFilesDurably([{ file, content: `${bundle}\n` }], MODES);
  }

  /** @throws CertificationError STATEMENT_NOT_KEPT */
  async read(index: number): Promise<string> {
    try {
      return await readFile(this.fileOf(index), 'utf8');
    } catch (cause) {
      throw new CertificationError(
        'STATEMENT_NOT_KEPT',
        'what an entry of the ledger stands for cannot be read',
        {
          facts: { index },
          nextStep:
            'Restore the folder statements of the ledger from a backup; `lacuna ledger check` names what is missing.',
          cause,
        },
      );
    }
  }

  fileOf(index: number): string {
    return path.join(this.folder, `${index}.sigstore.json`);
  }
}
