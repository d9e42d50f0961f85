import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { refusalOfAsync } from '#libs/testkit';
import { settingsOf, type Settings } from './settings.js';

const home = mkdtempSync(path.join(tmpdir(), 'lacuna-settings-'));
afterAll(() => rmSync(home, { recursive: true }));
const folderFor = (): string => mkdtempSync(path.join(home, 'folder-'));

describe('the settings of a new data folder', () => {
  it.each<[string, Partial<Settings>]>([
    ['a grace window of less than nothing', { requests: { graceHours: { erasure: -1 } } }],
    ['half an approval', { requests: { approvals: { erasure: 0.5 } } }],
    ['the law of nowhere', { requests: { regime: 'dpdpa' as 'ccpa' } }],
    ['receipts that are kept for no day', { receiptDays: 0 }],
    ['neither hold nor issue', { unwitnessed: 'perhaps' as 'hold' }],
    ['a portal within a path', { portal: { url: 'https://example.org/portal' } }],
  ])('are refused, and not written down, with %s', async (_, changes) => {
    const folder = folderFor();
    expect(await refusalOfAsync(() => settingsOf(folder, changes))).toBe('SETTINGS_MALFORMED');
    expect(existsSync(path.join(folder, 'lacuna.json'))).toBe(false);
  });

  it('are what was asked for, and the same when the folder is opened again', async () => {
    const folder = folderFor();
    const changes = { requests: { graceHours: { erasure: 24 } } } as const;
    const settings = await settingsOf(folder, changes);
    expect(settings).toMatchObject({ ...changes, receiptDays: 90 });
    expect(await settingsOf(folder, changes)).toEqual(settings);
  });
});
