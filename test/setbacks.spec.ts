import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStoreError } from '#libs/messaging';
import { ModelRegistry } from '#stages/training';
import type { Installation } from '../apps/installation/index.js';
import {
  fixedClock,
  openSmall,
  PEOPLE,
  populate,
  PURPOSE,
  TemporaryFolders,
  using,
} from './support/small-installation.js';

const REQUEST = '7f1d9b1e-0000-4000-8000-000000000001';
const SINCE = fixedClock().toISOString();
const folders = new TemporaryFolders();
afterAll(() => folders.remove());

let installation: Installation;
const { put } = ModelRegistry.prototype;
beforeAll(async () => {
  const folder = folders.next();
  await using(folder, async (fresh) => {
    await populate(fresh);
    await fresh.trainings.train();
  });
  installation = await openSmall(folder, { onRequestFailure: () => {} });
}, 60_000);
afterAll(() => installation.close());

const seenBy = (viewer: Parameters<Installation['details']['of']>[1]) =>
  installation.details.of(installation.requests.get(REQUEST), viewer);
const queued = () => installation.queue.page({ page: 1, size: 10 }).rows[0];

describe('a request whose next part fails', () => {
  it('is told apart from one that waits: the part, since when, and to staff the code', async () => {
    ModelRegistry.prototype.put = () => Promise.reject(new EventStoreError('STORE_FULL', 'no room'));
    const told: string[] = [];
    installation.setbacks.onChange((requestId) => told.push(requestId));
    const { finished } = await installation.requests.withdraw(
      { requestId: REQUEST, externalId: PEOPLE[4], channel: 'api' },
      { purpose: PURPOSE },
    );
    await expect(finished).rejects.toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/) });

    const { parts, phase } = await seenBy({ kind: 'staff', actor: 'staff-ada' });
    expect(phase).toBe('in-progress');
    expect(parts.map(({ part, state }) => [part, state])).toMatchObject([
      ['quarantined', 'done'],
      ['shards', 'failed'],
      ['aggregator', 'waiting'],
      ['published', 'waiting'],
      ['shredded', 'waiting'],
      ['certified', 'waiting'],
      ['recipients', 'waiting'],
    ]);
    expect(parts[1].setback).toEqual({ since: SINCE, code: 'STORE_FULL' });
    expect((await seenBy({ kind: 'person' })).parts[1].setback).toEqual({ since: SINCE });
    expect(queued()).toMatchObject({ requestId: REQUEST, heldUpSince: SINCE });
    expect(told).toEqual([REQUEST]);
  });

  it('is not held up any more once that succeeds', async () => {
    ModelRegistry.prototype.put = put;
    await installation.resume();
    const { parts, phase } = await seenBy({ kind: 'staff', actor: 'staff-ada' });
    expect(phase).toBe('completed');
    expect(parts.filter(({ state }) => state === 'failed')).toEqual([]);
    expect(installation.setbacks.of(REQUEST)).toBeUndefined();
  });
});
