import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { fromUtf8, utf8 } from '#libs/essentials';
import {
  collect,
  openLocalBucket,
  openVersionedBucket,
  refusalOf,
  refusalOfAsync,
  type BucketBehaviour,
  type LocalBucket,
  type VersionedBucket,
} from '#libs/testkit';
import { claimFor, openS3, ownerOf, parseS3Address, type ObjectStore } from './index.js';

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && fromUtf8(Uint8Array.from(bytes));

describe('an address of a bucket', () => {
  it('names the bucket, the beginning of keys, and where the service is', () => {
    const env = { LACUNA_S3_ENDPOINT: 'http://127.0.0.1:9000', AWS_REGION: 'eu-central-1' };
    expect(parseS3Address('s3://models/lacuna/one/', env)).toEqual({
      bucket: 'models',
      prefix: 'lacuna/one/',
      endpoint: 'http://127.0.0.1:9000',
      region: 'eu-central-1',
    });
    expect(parseS3Address('s3://models')).toEqual({ bucket: 'models', prefix: '' });
    const elsewhere = parseS3Address('s3://models', { LACUNA_S3_ENDPOINT: 'https://s3.example' });
    expect(elsewhere.region).toBe('us-east-1');
  });

  it.each(['', 'models', 'http://models', 's3://', 's3://A', 's3://models/../up', 's3://models/a?x=1'])(
    'refuses what names none: %j',
    (address) => {
      expect(refusalOf(() => parseS3Address(address))).toBe('OBJECT_STORE_ADDRESS_MALFORMED');
    },
  );

  it.each(['127.0.0.1:9000', 'ftp://host', 'http://user:secret@host', 'https://host/?x=1'])(
    'refuses a service that is no plain URL: %s',
    (endpoint) => {
      const parse = (): unknown => parseS3Address('s3://models', { LACUNA_S3_ENDPOINT: endpoint });
      expect(refusalOf(parse)).toBe('OBJECT_STORE_ENDPOINT_MALFORMED');
    },
  );
});

describe('an object store', () => {
  let bucket: LocalBucket;
  let objects: ObjectStore;
  beforeAll(async () => {
    bucket = await openLocalBucket();
    objects = await openS3({ ...bucket.address, prefix: 'here/' }, 'keeps');
  });
  afterAll(async () => {
    objects.close();
    await bucket.close();
  });

  it('keeps, copies, lists and destroys files below its prefix, and sees no others', async () => {
    const other = await openS3({ ...bucket.address, prefix: 'there/' }, 'adds');
    await other.put('a/1', utf8('of somebody else'));
    await objects.put('a/1', utf8('one'));
    expect(await objects.copy('a/1', 'a/2')).toBe(true);
    expect(await objects.copy('a/none', 'a/3')).toBe(false);
    expect(text(await objects.get('a/2'))).toBe('one');
    expect(await objects.get('a/3')).toBeUndefined();
    expect([await objects.sizeOf('a/2'), await objects.sizeOf('a/3')]).toEqual([3, undefined]);
    expect(await collect(objects.list('a/'))).toEqual([
      { key: 'a/1', bytes: 3 },
      { key: 'a/2', bytes: 3 },
    ]);
    expect(await objects.keepOnly('a/', (key) => key === 'a/2')).toEqual({ files: 1, bytes: 3 });
    expect(await collect(objects.list(''))).toEqual([{ key: 'a/2', bytes: 3 }]);
    expect(text(await other.get('a/1'))).toBe('of somebody else');
    other.close();
  });

  it('belongs to the installation that was there first', async () => {
    expect(await ownerOf(objects)).toBeUndefined();
    await claimFor(objects, 'installation-1');
    await claimFor(objects, 'installation-1');
    expect(await ownerOf(objects)).toBe('installation-1');
    const claim = (): Promise<void> => claimFor(objects, 'installation-2');
    expect(await refusalOfAsync(claim)).toBe('OBJECT_STORE_OF_ANOTHER_INSTALLATION');
  });

  it('says that the bucket is missing', async () => {
    const open = (): Promise<unknown> => openS3({ ...bucket.address, bucket: 'absent', prefix: '' }, 'keeps');
    expect(await refusalOfAsync(open)).toBe('OBJECT_STORE_BUCKET_MISSING');
  });

  it('says that nobody answers', async () => {
    const address = { ...bucket.address, endpoint: 'http://127.0.0.1:9', prefix: '' };
    expect(await refusalOfAsync(() => openS3(address, 'keeps'))).toBe('OBJECT_STORE_UNREACHABLE');
  });

  it('says that the credentials are refused', async () => {
    const known = process.env.AWS_ACCESS_KEY_ID;
    process.env.AWS_ACCESS_KEY_ID = 'nobody';
    const open = (): Promise<unknown> => openS3({ ...bucket.address, prefix: '' }, 'keeps');
    expect(await refusalOfAsync(open)).toBe('OBJECT_STORE_DENIED');
    process.env.AWS_ACCESS_KEY_ID = known;
  });
});

describe('a bucket that keeps versions', () => {
  let bucket: VersionedBucket;
  const open = async (behaviour: BucketBehaviour): Promise<ObjectStore> => {
    bucket = await openVersionedBucket(behaviour);
    return openS3({ ...bucket.address, prefix: '' }, 'keeps');
  };
  afterEach(() => bucket.close());

  it.each(['Enabled', 'Suspended', 'denied'] as const)(
    'is left without earlier versions of anything, whatever it says of versioning: %s',
    async (versioning) => {
      const objects = await open({ versioning });
      for (const content of ['first', 'second', 'third']) {
        await objects.put('a', utf8(content));
        await objects.put('b', utf8(content));
        await objects.put('c', utf8(content));
      }
      expect(await objects.keepOnly('', (key) => key === 'b')).toEqual({
        files: 8,
        bytes: 3 * 5 + 3 * 6 + 2 * 5,
      });
      expect(bucket.remains()).toEqual(['b: third']);
      expect(text(await objects.get('b'))).toBe('third');
      objects.close();
    },
  );

  it('is refused where versions cannot be destroyed', async () => {
    expect(await refusalOfAsync(() => open({ versioning: 'Enabled', mayDestroy: false }))).toBe(
      'OBJECT_STORE_KEEPS_VERSIONS',
    );
  });

  it('is refused where a rule keeps every object for some time', async () => {
    expect(await refusalOfAsync(() => open({ versioning: 'Enabled', retention: true }))).toBe(
      'OBJECT_STORE_LOCKED',
    );
  });

  it('may be added to without a look at versions', async () => {
    bucket = await openVersionedBucket({ versioning: 'Enabled', mayDestroy: false, retention: true });
    const objects = await openS3({ ...bucket.address, prefix: '' }, 'adds');
    await objects.put('a', utf8('one'));
    expect(bucket.remains()).toEqual(['a: one']);
    objects.close();
  });
});
