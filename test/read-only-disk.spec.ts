import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkInstallationLedger } from '../apps/installation/index.js';
import { using } from './support/small-installation.js';

/** A small disk of its own, where this machine lets us have one. */
const disk = mkdtempSync(path.join(tmpdir(), 'lacuna-disk-'));
const mount = (...args: string[]): boolean => spawnSync('mount', args).status === 0;
const hasDisk = mount('-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk);
if (!hasDisk) console.warn('No disk may be mounted here: what happens on a read-only one is not tested.');

afterAll(() => {
  if (hasDisk) spawnSync('umount', [disk]);
  rmSync(disk, { recursive: true });
});

(hasDisk ? describe : describe.skip)('an installation whose disk has become read-only', () => {
  const folder = path.join(disk, 'data');
  beforeAll(async () => {
    await using(folder, async () => undefined);
    expect(mount('-o', 'remount,ro', disk)).toBe(true);
  });

  it('refuses to open, and names what cannot be written and what to do', async () => {
    await expect(using(folder, async () => undefined)).rejects.toMatchObject({
      code: 'VAULT_READ_ONLY',
      nextStep: expect.stringContaining('write'),
    });
  });

  it('refuses to be made anew there', async () => {
    await expect(using(path.join(disk, 'other'), async () => undefined)).rejects.toMatchObject({
      code: 'DATA_FOLDER_UNWRITABLE',
      nextStep: expect.any(String),
    });
  });

  it('has a ledger that can still be checked', async () => {
    const { size, findings } = await checkInstallationLedger({ folder, clockTolerance: 300_000 });
    expect([size, findings]).toEqual([1, []]);
  });
});
