import {
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  HeadBucketCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { utf8 } from '#libs/essentials';
import { ObjectStoreError } from './object-store-error.js';
import type { S3Address } from './s3-address.js';
import { isDenied, isUnknownThere, s3Failure } from './s3-failure.js';
import { s3Client, S3ObjectStore } from './s3-object-store.js';

/** Whoever only reads and adds files need not be allowed to destroy any. */
export type S3Use = 'keeps' | 'adds';

const PROBE = '.deletion-probe';

/**
 * Opens a place in a bucket. Whoever keeps it must be able to destroy what is there for good: that is tried out where the bucket keeps
 * versions, or does not say whether it does.
 *
 * @throws ObjectStoreError OBJECT_STORE_BUCKET_MISSING, …DENIED, …CREDENTIALS_MISSING, …REGION_WRONG, …UNREACHABLE, …LOCKED,
 *   …KEEPS_VERSIONS
 */
export async function openBucket(address: S3Address, use: S3Use): Promise<S3ObjectStore> {
  const client = s3Client(address);
  try {
    await lookAtBucket(client, address.bucket);
    const keepsVersions = use === 'keeps' && (await mayKeepVersions(client, address.bucket));
    const store = new S3ObjectStore(client, address, keepsVersions);
    if (use === 'keeps') await refuseRetention(client, address.bucket);
    if (keepsVersions) await tryDestruction(store, address.bucket);
    return store;
  } catch (error) {
    client.destroy();
    throw error;
  }
}

async function lookAtBucket(client: S3Client, bucket: string): Promise<void> {
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }));
  } catch (error) {
    // The answer to HEAD has no body: only the status tells.
    const isMissing =
      (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 404;
    throw s3Failure(isMissing ? Object.assign(new Error('404'), { name: 'NoSuchBucket' }) : error, bucket);
  }
}

/** True as well where the bucket does not say: asking for versions then shows what there is. */
async function mayKeepVersions(client: S3Client, bucket: string): Promise<boolean> {
  try {
    const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket: bucket }));
    return Status !== undefined;
  } catch (error) {
    if (isUnknownThere(error)) return false;
    if (isDenied(error)) return true;
    throw s3Failure(error, bucket);
  }
}

/** Files that a rule keeps for some time cannot be destroyed when a person is forgotten. */
async function refuseRetention(client: S3Client, bucket: string): Promise<void> {
  let rule: unknown;
  try {
    const lock = await client.send(new GetObjectLockConfigurationCommand({ Bucket: bucket }));
    rule = lock.ObjectLockConfiguration?.Rule;
  } catch (error) {
    if (isUnknownThere(error) || isDenied(error)) return;
    throw s3Failure(error, bucket);
  }
  if (rule === undefined) return;
  throw new ObjectStoreError('OBJECT_STORE_LOCKED', 'the bucket keeps every file for a fixed time', {
    facts: { bucket },
    nextStep:
      'Take a bucket without default retention (object lock) for LACUNA_MODEL_STORE: model files are destroyed when people are forgotten.',
  });
}

async function tryDestruction(store: S3ObjectStore, bucket: string): Promise<void> {
  try {
    await store.put(PROBE, utf8('Lacuna tries whether it may destroy versions.'));
    await store.keepOnly(PROBE, () => false);
  } catch (cause) {
    throw new ObjectStoreError(
      'OBJECT_STORE_KEEPS_VERSIONS',
      'the bucket keeps earlier versions, and they cannot be destroyed',
      {
        facts: { bucket },
        nextStep:
          'Allow s3:ListBucketVersions and s3:DeleteObjectVersion, or take a bucket without versioning for LACUNA_MODEL_STORE.',
        cause,
      },
    );
  }
}
