import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ModelManifest } from '#libs/contracts';
import { collect, openLocalBucket, refusalOfAsync, type LocalBucket } from '#libs/testkit';
import { openS3, type ObjectStore, type S3Address } from '#platform/object-store';
import { RegistryError } from '#stages/training';
import { migrateModels, type Installation } from '../apps/installation/index.js';
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

  it('may have had them in a folder: they are moved, also after an interruption, and forgotten where they were', async () => {
    const folder = folders.copyOf(populated);
    const twin = folders.copyOf(populated);
    const backends = { models: at('four/') };
    const env = {
      LACUNA_MODEL_STORE: `s3://${bucket.address.bucket}/four`,
      LACUNA_S3_ENDPOINT: bucket.address.endpoint,
    };
    const train = async ({ trainings }: Installation): Promise<void> => void (await trainings.train());
    await using(folder, train);
    const open = (): Promise<void> => using(folder, async () => {}, { backends });
    expect(await refusalOfAsync(open)).toBe('MODELS_NOT_MOVED');
    const interrupted = (): Promise<unknown> =>
      migrateModels(folder, env, ({ files }) => {
        if (files === 3) throw new RegistryError('MODEL_STORE_FULL', 'interrupted');
      });
    expect(await refusalOfAsync(interrupted)).toBe('MODEL_STORE_FULL');
    expect(await refusalOfAsync(open)).toBe('MODELS_NOT_MOVED');
    const { files } = await migrateModels(folder, env);
    expect(files).toBeGreaterThan(3);
    expect(existsSync(path.join(folder, 'models'))).toBe(false);
    expect(await migrateModels(folder, env)).toMatchObject({ files: 0 });
    const erase = async (installation: Installation): Promise<ModelManifest> => {
      const [person] = PEOPLE.slice(-1);
      const { requests, recommendations, trainings } = installation;
      expect(await recommendations.recommend(person, 3)).toBeDefined();
      await (
        await requests.erase({ requestId: REQUEST, externalId: person, channel: 'cli' })
      ).finished;
      return (await trainings.servingManifest())!;
    };
    await using(twin, train);
    const scaled = await using(folder, erase, { backends });
    expect(filesOf(scaled)).toEqual(filesOf(await using(twin, erase)));
  });

  it('is told what is missing when files are to be moved to nowhere', async () => {
    expect(await refusalOfAsync(() => migrateModels(folders.next(), {}))).toBe('MODEL_STORE_UNNAMED');
  });

  it('refuses a place that belongs to another installation', async () => {
    const backends = { models: at('three/') };
    await using(folders.next(), async () => {}, { backends });
    const other = (): Promise<void> => using(folders.next(), async () => {}, { backends });
    expect(await refusalOfAsync(other)).toBe('OBJECT_STORE_OF_ANOTHER_INSTALLATION');
  });
});
