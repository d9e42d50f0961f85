import { BackupError } from './backup-error.js';

/** What the first entry of a backup says of it. */
export interface BackupSummary {
  readonly schema: 'urn:lacuna:backup:v1';
  readonly installation: string;
  readonly origin: string;
  /** ISO 8601: the moment that everything in it is of. */
  readonly madeAt: string;
  /** Position of the last event, decimal. */
  readonly head: string;
  /** Entries of the ledger. */
  readonly ledgerSize: number;
  /** Whether the key-encryption key is in it, in plain. */
  readonly holdsKek: boolean;
}

/** What the last entry says: nothing is restored that differs from it. */
export interface BackupContents {
  readonly files: readonly { readonly name: string; readonly size: number; readonly sha256: string }[];
  /** Further names of files that were packed once. */
  readonly links: readonly { readonly name: string; readonly of: string }[];
}

export const SUMMARY = 'backup.json';
export const CONTENTS = 'contents.json';

/** Each is one consistent state; all of them, and the files, are of one moment. */
export const DATABASES = ['events.db', 'vault.db', 'ledger.db', 'datasets.db', 'access.db'] as const;

/**
 * What else is in a backup; nothing that is not named here. Not in it: locks; read models, which are built again; what waits to be sent, and
 * records that were handed to workers, which name people who may have been erased since.
 */
const KEPT_FILES: ReadonlySet<string> = new Set(['lacuna.json', 'tokens.json', 'policy', 'kek.wrapped']);
const KEPT_FOLDERS: ReadonlySet<string> = new Set([
  'models',
  'ledger',
  'certificates',
  'receipts',
  'imports',
]);
const DRAFT = /\.(?:tmp|new)$/;
const KEK_FILE = 'kek.key';

/** Of the files beside the databases. */
export function isPacked(name: string, withKek: boolean): boolean {
  if (name === KEK_FILE) return withKek;
  const [top, ...below] = name.split('/');
  return below.length === 0 ? KEPT_FILES.has(top) : KEPT_FOLDERS.has(top) && !DRAFT.test(name);
}

const PART = /^[A-Za-z0-9_][A-Za-z0-9._~-]*$/;

/** Chosen by whoever made the file. @throws BackupError BACKUP_MALFORMED for a name that could lead out of the folder */
export function checkName(name: string): string {
  const isDatabase = (DATABASES as readonly string[]).includes(name);
  if (name.split('/').every((part) => PART.test(part)) && (isDatabase || isPacked(name, true))) return name;
  throw malformed('it holds a file of a name that no backup has');
}

export function malformed(what: string, cause?: unknown): BackupError {
  return new BackupError('BACKUP_MALFORMED', `the file is not a backup of Lacuna: ${what}`, {
    nextStep: 'Name a file that lacuna backup has written.',
    cause,
  });
}

/** @throws BackupError BACKUP_MALFORMED, BACKUP_VERSION_UNKNOWN */
export function parseSummary(text: string): BackupSummary {
  const summary = parsed(text) as Partial<BackupSummary>;
  if (summary.schema !== 'urn:lacuna:backup:v1')
    throw new BackupError(
      'BACKUP_VERSION_UNKNOWN',
      'the backup is of a form that this version does not know',
      {
        nextStep: 'Restore it with the release that wrote it, then upgrade.',
      },
    );
  const isWhole =
    typeof summary.installation === 'string' &&
    typeof summary.madeAt === 'string' &&
    Number.isSafeInteger(summary.ledgerSize);
  if (!isWhole) throw malformed('its summary is not whole');
  return summary as BackupSummary;
}

/** @throws BackupError BACKUP_MALFORMED */
export function parseContents(text: string): BackupContents {
  const { files, links } = parsed(text) as Partial<BackupContents>;
  if (!Array.isArray(files) || !Array.isArray(links)) throw malformed('its list of contents is not whole');
  return { files, links };
}

function parsed(text: string): object {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === 'object' && value !== null) return value;
  } catch (cause) {
    throw malformed('a list in it is not JSON', cause);
  }
  throw malformed('a list in it is not JSON');
}
