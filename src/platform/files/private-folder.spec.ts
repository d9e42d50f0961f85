import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { builtFile } from '#platform/build';
import { withPrivateFolder } from './index.js';

const parent = mkdtempSync(path.join(tmpdir(), 'private-folder-'));
afterAll(() => rmSync(parent, { recursive: true }));

const left = (): string[] => readdirSync(parent);

/** A process that does something in the middle of its work. */
function working(middle: string) {
  const script = `
    import { writeFileSync } from 'node:fs';
    import { withPrivateFolder } from ${JSON.stringify(builtFile('src/platform/files/index.js'))};
    await withPrivateFolder(${JSON.stringify(parent)}, async (folder) => {
      writeFileSync(folder + '/secret', 'x');
      console.log('there');
      ${middle}
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    });`;
  return spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

describe('a private folder', () => {
  it('is its owner’s alone, and gone when the work is done or has failed', async () => {
    const mode = await withPrivateFolder(parent, (folder) => Promise.resolve(statSync(folder).mode & 0o777));
    expect(mode).toBe(0o700);
    expect(left()).toEqual([]);
    let seen = '';
    const failing = withPrivateFolder(parent, (folder) => {
      seen = folder;
      return Promise.reject(new Error('work failed'));
    });
    await expect(failing).rejects.toThrow('work failed');
    expect([path.dirname(seen), existsSync(seen)]).toEqual([parent, false]);
  });

  it('is gone when the process exits in the middle', async () => {
    const [code] = (await once(working('process.exit(7);'), 'close')) as [number];
    expect(code).toBe(7);
    expect(left()).toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('is gone when the process is ended by %s', async (signal) => {
    const child = working('');
    await once(child.stdout, 'data');
    expect(left()).toHaveLength(1);
    child.kill(signal);
    const [, endedBy] = (await once(child, 'close')) as [number, string];
    expect(endedBy).toBe(signal);
    expect(left()).toEqual([]);
  });
});
