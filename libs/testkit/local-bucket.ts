import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import S3rver from '@20minutes/s3rver';

/** A bucket of an S3-compatible server on this machine. */
export interface LocalBucket {
  readonly address: { readonly bucket: string; readonly endpoint: string; readonly region: string };
  close(): Promise<void>;
}

/** Credentials that the server knows; clients find them in the environment. */
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' };

/** Starts the server with one empty bucket, and names its credentials in the environment of this process. */
export async function openLocalBucket(bucket = 'models'): Promise<LocalBucket> {
  const directory = await mkdtemp(path.join(tmpdir(), 'lacuna-s3-'));
  const configureBuckets = [{ name: bucket, configs: [] }];
  const server = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory,
    configureBuckets,
    allowMismatchedSignatures: true, // it signs paths of buckets without their last slash, which S3 does not
  });
  const { port } = await server.run();
  Object.assign(process.env, CREDENTIALS);
  return {
    address: { bucket, endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1' },
    close: async () => {
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await rm(directory, { recursive: true, force: true });
    },
  };
}
