import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { expect } from '@jest/globals';
import Database from 'better-sqlite3';
import { builtFile } from '#platform/build';

export interface Ended {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the built `lacuna` as a process of its own; `npm test` builds it first. */
export function lacuna(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return ended('apps/cli/main.js', argv, { PATH: process.env.PATH, ...env });
}

/** Runs the built `lacuna-verify` as a stranger does, who has set nothing. */
export function lacunaVerify(...argv: readonly string[]): Promise<Ended> {
  return ended('apps/verifier/main.js', argv, {});
}

function ended(program: string, argv: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const child = spawn(process.execPath, [builtFile(program), ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ exitCode: code ?? -1, out, err }));
  });
}

/** Runs `lacuna` on a data folder. */
export const inFolder = (folder: string, ...argv: readonly string[]): Promise<Ended> =>
  lacuna(['--data-folder', folder, '--threads', '1', ...argv]);

/** Everything that was ever recorded, as a digest: equal before and after when nothing was half-written. */
export function contentOf(folder: string): string {
  const events = new Database(path.join(folder, 'events.db'), { readonly: true });
  try {
    return createHash('sha256')
      .update(JSON.stringify(events.prepare('SELECT * FROM events ORDER BY position').all()))
      .digest('hex');
  } finally {
    events.close();
  }
}

/** Expects a coded error with a next step, on standard error only as text for people. */
export function expectRefusal({ exitCode, err }: Ended, code: string): void {
  expect(err).toMatch(new RegExp(`^${code}: .+\nWhat to do: .+`, 'm'));
  expect(err).not.toMatch(/^ {4}at /m); // no stack: nothing went wrong that nobody had thought of
  expect(exitCode).toBe(1);
}
