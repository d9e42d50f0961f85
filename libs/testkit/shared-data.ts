import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

/** Folder of vectors and data sets that are not part of the repository. */
const root = resolve(process.env.LACUNA_SHARED ?? resolve(import.meta.dirname, '../../../shared'));

/** Path of a shared file or folder, or undefined where it is not at hand. */
export function sharedPath(relative: string): string | undefined {
  const path = resolve(root, relative);
  return existsSync(path) ? path : undefined;
}

/**
 * A describe block over shared data. Where the data is absent the block is skipped with a notice; in CI that is a failure, so that
 * no vector goes unread there.
 */
export function describeWithShared(relative: string, name: string, body: (path: string) => void): void {
  const path = sharedPath(relative);
  if (path !== undefined) describe(name, () => body(path));
  else if (process.env.CI) describe(name, () => it(`finds ${relative}`, () => expect(path).toBeDefined()));
  else {
    console.warn(`skipped "${name}": ${relative} is not under LACUNA_SHARED`);
    describe.skip(name, () => it('needs shared data', () => undefined));
  }
}
