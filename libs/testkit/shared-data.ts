import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from '@jest/globals';

const beside = fileURLToPath(new URL('../../../shared', import.meta.url));

/** Path of a file or folder of the shared vectors and data sets; undefined when it is not on this machine. */
export function sharedPath(relative: string): string | undefined {
  const path = resolve(process.env.LACUNA_SHARED ?? beside, relative);
  return existsSync(path) ? path : undefined;
}

/**
 * A `describe` that needs shared data. Without the data it is skipped with a notice, and fails where CI is set: there a
 * missing vector would pass for a success.
 *
 * @example
 * describeWithShared('vectors/jcs', 'canonical JSON', (folder) => { it('…', () => …); });
 */
export function describeWithShared(relative: string, name: string, body: (path: string) => void): void {
  const path = sharedPath(relative);
  if (path !== undefined) {
    describe(name, () => body(path));
    return;
  }
  const notice = `${relative} is missing; set LACUNA_SHARED to the folder that holds it`;
  if (process.env.CI) {
    it(`${name}: the shared data is there`, () => {
      throw new Error(notice);
    });
    return;
  }
  process.stderr.write(`skipped "${name}": ${notice}\n`);
  describe.skip(name, () => it(`needs ${relative}`, () => undefined));
}
