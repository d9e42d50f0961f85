import { ObjectStoreError } from './object-store-error.js';

/** A place in an S3-compatible object store. */
export interface S3Address {
  readonly bucket: string;
  /** Beginning of all keys: empty, or ends with a slash. */
  readonly prefix: string;
  /** Another service than AWS, addressed by path. */
  readonly endpoint?: string;
  readonly region?: string;
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const SEGMENT = /^[\w.-]+$/;
/** What services that are not AWS take a signature for, unless told otherwise. */
const USUAL_REGION = 'us-east-1';

/**
 * Reads `s3://bucket/prefix`, and from the environment where the service is (LACUNA_S3_ENDPOINT, AWS_REGION). Credentials stand in neither:
 * the client finds them where AWS puts them.
 *
 * @example parseS3Address('s3://models/lacuna', process.env) // { bucket: 'models', prefix: 'lacuna/' }
 * @throws ObjectStoreError OBJECT_STORE_ADDRESS_MALFORMED, OBJECT_STORE_ENDPOINT_MALFORMED
 */
export function parseS3Address(
  text: string,
  env: Readonly<Record<string, string | undefined>> = {},
): S3Address {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/?#]*)\/?([^?#]*)$/.exec(text) ?? [];
  const segments = path.split('/').filter((segment) => segment !== '');
  const isPath = segments.every((segment) => SEGMENT.test(segment) && !/^\.+$/.test(segment));
  if (!BUCKET.test(bucket) || !isPath)
    throw new ObjectStoreError(
      'OBJECT_STORE_ADDRESS_MALFORMED',
      'LACUNA_MODEL_STORE does not name a bucket',
      {
        nextStep:
          'Write s3://BUCKET or s3://BUCKET/PREFIX; where the service is, says LACUNA_S3_ENDPOINT, and credentials stand in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
      },
    );
  const endpoint = endpointOf(env.LACUNA_S3_ENDPOINT);
  const region =
    env.AWS_REGION || env.AWS_DEFAULT_REGION || (endpoint === undefined ? undefined : USUAL_REGION);
  return { bucket, prefix: segments.map((segment) => `${segment}/`).join(''), endpoint, region };
}

function endpointOf(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (isPlain && /^https?:$/.test(url.protocol)) return text;
  throw new ObjectStoreError('OBJECT_STORE_ENDPOINT_MALFORMED', 'LACUNA_S3_ENDPOINT is not a plain URL', {
    nextStep: 'Write https://HOST or https://HOST:PORT, without credentials.',
  });
}
