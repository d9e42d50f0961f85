import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ModelManifest } from '#libs/contracts';
import { collect, openLocalBucket, refusalOfAsync, type LocalBucket } from '#libs/testkit';
import { openS3, type ObjectStore, type S3Address } from '#platform/object-store';
import type { Installation } from '../apps/installation/index.js';
import { filesOf } from './support/model-files.js';
import { PEOPLE, populate, TemporaryFolders, using } from './support/small-installation.js';

const REQUEST = '7f1d9b1e-0000-4000-8000-000000000001';

const folders = new TemporaryFolders();
let bucket: LocalBucket;
let populated: string;
beforeAll(async () => {
  bucket = await openLocalBucket();
  populated = folders.next();
  await using(populated, populate);
});
afterAll(async () => {
  folders.remove();
  await bucket.close();
});

const at = (prefix: string): S3Address => ({ ...bucket.address, prefix });

/** Manifests of a training and of the version after an erasure. */
async function trainAndErase({ trainings, requests }: Installation): Promise<ModelManifest[]> {
  await trainings.train();
  const before = (await trainings.servingManifest())!;
  const erasure = { requestId: REQUEST, externalId: PEOPLE[4], channel: 'cli' } as const;
  await (
    await requests.erase(erasure)
  ).finished;
  expect(requests.get(REQUEST).status).toBe('closed');
  return [before, (await trainings.servingManifest())!];
}

async function withObjects<T>(prefix: string, work: (objects: ObjectStore) => Promise<T>): Promise<T> {
  const objects = await openS3(at(prefix), 'keeps');
  try {
    return await work(objects);
  } finally {
    objects.close();
  }
}

describe('an installation whose model files are in an object store', () => {
  it('makes the same files as in a folder, and leaves none there that nothing names', async () => {
    const embedded = await using(folders.copyOf(populated), trainAndErase);
    const folder = folders.copyOf(populated);
    const backends = { models: at('one/') };
    const scaled = await using(folder, trainAndErase, { backends });
    expect(scaled).toEqual(embedded);
    await withObjects('one/', async (objects) => {
      const blobs = (await collect(objects.list('models/blobs/'))).map(({ key }) => path.basename(key));
      const manifests = blobs.filter((digest) => !filesOf(scaled[1]).includes(digest));
      expect(blobs).toHaveLength(filesOf(scaled[1]).length + 2);
      expect(manifests).toHaveLength(2);
      const laidOut = (await collect(objects.list('models/main/'))).map(({ key }) => key);
      expect(laidOut.filter((key) => key.includes('/v1/'))).toEqual(['models/main/v1/manifest.json']);
      expect(laidOut.filter((key) => key.includes('/v2/'))).toHaveLength(filesOf(scaled[1]).length + 2);
    });
  });

  it('has a copy of its ledger there, as soon as it is opened again at the latest', async () => {
    const folder = folders.copyOf(populated);
    const backends = { models: at('two/') };
    await using(folder, async ({ trainings }) => void (await trainings.train()), { backends });
    await using(folder, async () => {}, { backends });
    await withObjects('two/', async (objects) => {
      const note = readFileSync(path.join(folder, 'ledger/checkpoint'), 'utf8');
      expect(Buffer.from((await objects.get('ledger/checkpoint'))!).toString()).toBe(note);
    });
  });

  it('refuses a place that belongs to another installation', async () => {
    const backends = { models: at('three/') };
    await using(folders.next(), async () => {}, { backends });
    const other = (): Promise<void> => using(folders.next(), async () => {}, { backends });
    expect(await refusalOfAsync(other)).toBe('OBJECT_STORE_OF_ANOTHER_INSTALLATION');
  });
});
