import type { S3Use } from './open-bucket.js';
import type { S3Address } from './s3-address.js';
import type { S3ObjectStore } from './s3-object-store.js';

/** Opens a place in a bucket; the client of S3 is loaded only now. @throws ObjectStoreError as openBucket */
export async function openS3(address: S3Address, use: S3Use): Promise<S3ObjectStore> {
  const { openBucket } = await import('./open-bucket.js');
  return openBucket(address, use);
}
