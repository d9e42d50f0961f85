import { ObjectStoreError } from './object-store-error.js';

interface Failure {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
  readonly $response?: { readonly statusCode?: number };
}

/** What a client's error says by its name, where the status does not say it. */
const BY_NAME: Readonly<Record<string, ObjectStoreError['code']>> = {
  NoSuchBucket: 'OBJECT_STORE_BUCKET_MISSING',
  CredentialsProviderError: 'OBJECT_STORE_CREDENTIALS_MISSING',
  PermanentRedirect: 'OBJECT_STORE_REGION_WRONG',
  AuthorizationHeaderMalformed: 'OBJECT_STORE_REGION_WRONG',
  IllegalLocationConstraintException: 'OBJECT_STORE_REGION_WRONG',
};

const WORDS: Readonly<
  Partial<Record<ObjectStoreError['code'], readonly [message: string, nextStep: string]>>
> = {
  OBJECT_STORE_BUCKET_MISSING: [
    'the bucket of the object store is not there',
    'Make the bucket, or correct LACUNA_MODEL_STORE.',
  ],
  OBJECT_STORE_CREDENTIALS_MISSING: [
    'there are no credentials for the object store',
    'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine or pod a role.',
  ],
  OBJECT_STORE_REGION_WRONG: [
    'the bucket is in another region',
    'Set AWS_REGION to the region of the bucket.',
  ],
  OBJECT_STORE_DENIED: [
    'the object store refuses the credentials, or what they may do',
    'See to the credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, or the role) and to their policy: docs/guides/operating.md lists the actions.',
  ],
  OBJECT_STORE_UNREACHABLE: [
    'the object store cannot be reached',
    'See to the service and to LACUNA_S3_ENDPOINT; what was begun is tried again.',
  ],
};

/** What a failed call means to a person; an error that is nobody's fault out there stays as it is. */
export function s3Failure(cause: unknown, bucket: string): unknown {
  const code = codeOf(cause as Failure);
  if (code === undefined) return cause;
  const [message, nextStep] = WORDS[code]!;
  return new ObjectStoreError(code, message, { facts: { bucket, reason: nameOf(cause) }, nextStep, cause });
}

/** True where the answer was that there is no such thing. */
export function isAbsent(error: unknown): boolean {
  const { name } = error as Failure;
  return name === 'NoSuchKey' || (statusOf(error as Failure) === 404 && name !== 'NoSuchBucket');
}

/** True where a service does not know what was asked: it then has no such feature. */
export function isUnknownThere(error: unknown): boolean {
  const status = statusOf(error as Failure);
  return status === 404 || status === 405 || status === 501 || (error as Failure).name === 'NotImplemented';
}

export function isDenied(error: unknown): boolean {
  return statusOf(error as Failure) === 403;
}

function codeOf(failure: Failure): ObjectStoreError['code'] | undefined {
  const named = Object.hasOwn(BY_NAME, failure.name ?? '') ? BY_NAME[failure.name!] : undefined;
  if (named !== undefined) return named;
  const status = statusOf(failure);
  if (status === 401 || status === 403) return 'OBJECT_STORE_DENIED';
  if (status === 301) return 'OBJECT_STORE_REGION_WRONG';
  const wasUnanswered = status === undefined && failure.$metadata?.attempts !== undefined;
  return wasUnanswered || (status !== undefined && status >= 500) ? 'OBJECT_STORE_UNREACHABLE' : undefined;
}

function statusOf({ $metadata, $response }: Failure): number | undefined {
  return $metadata?.httpStatusCode ?? $response?.statusCode;
}

function nameOf(cause: unknown): string {
  const { code, name } = cause as Failure;
  return code ?? name ?? 'unknown';
}
