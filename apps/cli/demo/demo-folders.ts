import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { openDataFolder } from '#platform/data-folder';
import { DemoError } from './demo-error.js';
import type { DemoOptions } from './demo-options.js';

/** Name of the demo's ledger; tells a data folder of a demo from a real one. */
export const DEMO_ORIGIN = 'demo.lacuna.localhost/ledger';
export const REPORT_FILE = 'report.json';
export const REPORT_SCHEMA = 'urn:lacuna:demo-report:v1';

/**
 * Removes what an earlier demo left, after a look at both folders: one that is neither empty nor a demo's is never touched, and then
 * neither is the other.
 *
 * @throws DemoError DEMO_FOLDER_NOT_OURS; DataFolderError DATA_FOLDER_IN_USE
 */
export function clearDemoFolders({ out, dataFolder }: DemoOptions): void {
  requireOurs(dataFolder, 'lacuna.json', ({ origin }) => origin === DEMO_ORIGIN);
  requireOurs(out, REPORT_FILE, ({ schema }) => schema === REPORT_SCHEMA);
  if (existsSync(dataFolder)) openDataFolder(dataFolder).release(); // refuses while another process works there
  for (const folder of [dataFolder, out]) rmSync(folder, { recursive: true, force: true });
}

function requireOurs(
  folder: string,
  marker: string,
  isOurs: (content: Record<string, unknown>) => boolean,
): void {
  if (!existsSync(folder) || isEmpty(folder) || isOurs(readJson(path.join(folder, marker)))) return;
  throw new DemoError('DEMO_FOLDER_NOT_OURS', 'a folder that the demo would empty holds something else', {
    facts: { folder: path.basename(folder) },
    nextStep: 'Choose other folders with --out and --data-folder, or remove it yourself.',
  });
}

function isEmpty(folder: string): boolean {
  try {
    return readdirSync(folder).length === 0;
  } catch {
    return false; // a file, or a folder that may not be read
  }
}

function readJson(file: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(readFileSync(file, 'utf8'))) as Record<string, unknown>;
  } catch {
    return {}; // no marker of a demo
  }
}
