export { claimFor, ownerOf } from './claim.js';
export type { Destroyed, ObjectStore, StoredObject } from './object-store.js';
export { ObjectStoreError, type ObjectStoreErrorCode } from './object-store-error.js';
export type { S3Use } from './open-bucket.js';
export { openS3 } from './open-s3.js';
export { parseS3Address, type S3Address } from './s3-address.js';
