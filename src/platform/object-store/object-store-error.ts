import { CodedError } from '#libs/essentials';

export type ObjectStoreErrorCode =
  | 'OBJECT_STORE_ADDRESS_MALFORMED'
  | 'OBJECT_STORE_ENDPOINT_MALFORMED'
  | 'OBJECT_STORE_BUCKET_MISSING'
  | 'OBJECT_STORE_DENIED'
  | 'OBJECT_STORE_CREDENTIALS_MISSING'
  | 'OBJECT_STORE_REGION_WRONG'
  | 'OBJECT_STORE_UNREACHABLE'
  | 'OBJECT_STORE_LOCKED'
  | 'OBJECT_STORE_KEEPS_VERSIONS'
  | 'OBJECT_STORE_OF_ANOTHER_INSTALLATION';

/** Why an object store cannot be used. */
export class ObjectStoreError extends CodedError<ObjectStoreErrorCode> {}
