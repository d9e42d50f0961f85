import { afterAll, beforeAll } from '@jest/globals';
import { describeModelFilesContract, openLocalBucket, type LocalBucket } from '#libs/testkit';
import { openS3 } from '#platform/object-store';
import { ObjectModelFiles } from './index.js';

let bucket: LocalBucket;
beforeAll(async () => {
  bucket = await openLocalBucket();
});
afterAll(() => bucket.close());

let places = 0;

describeModelFilesContract('in a bucket', async () => {
  const objects = await openS3({ ...bucket.address, prefix: `place-${places++}/` }, 'keeps');
  return {
    files: new ObjectModelFiles(objects),
    read: (name) => objects.get(`models/${name}`),
    names: async () => {
      const names: string[] = [];
      for await (const { key } of objects.list('models/')) names.push(key.slice('models/'.length));
      return names;
    },
    overwrite: (name, bytes) => objects.put(`models/${name}`, bytes),
    remove: async (name) => void (await objects.keepOnly(`models/${name}`, () => false)),
    close: async () => objects.close(),
  };
});
