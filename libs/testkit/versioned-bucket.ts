import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a bucket of the stand-in behaves. */
export interface BucketBehaviour {
  /** What it says of versioning. */
  readonly versioning: 'Enabled' | 'Suspended' | 'denied' | 'broken';
  /** A rule of object lock keeps every object for some time. */
  readonly retention?: boolean;
  /** Whether versions may be destroyed. */
  readonly mayDestroy?: boolean;
}

export interface VersionedBucket {
  readonly address: { readonly bucket: string; readonly endpoint: string; readonly region: string };
  /** Every content that anything has left, as text, with its key. */
  remains(): string[];
  close(): Promise<void>;
}

interface Version {
  readonly key: string;
  readonly id: string;
  /** Undefined for a marker of deletion. */
  readonly content?: Buffer;
}

const BUCKET = 'models';
/** Few, so that a listing has several pages. */
const PAGE = 3;

/**
 * A bucket that keeps versions, as the S3 API tells of them: the servers from npm know none. Signatures are not checked.
 * docs.aws.amazon.com/AmazonS3/latest/API: GetBucketVersioning, ListObjectVersions, DeleteObject.
 */
export async function openVersionedBucket(behaviour: BucketBehaviour): Promise<VersionedBucket> {
  const versions: Version[] = []; // newest first
  let made = 0;
  const server = createServer((request, response) => void answer(request, response));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
    const [, bucket, ...rest] = pathname.split('/').map(decodeURIComponent);
    const key = rest.join('/');
    if (bucket !== BUCKET) return refuse(response, 404, 'NoSuchBucket');
    if (key === '') return aboutBucket(searchParams, response);
    if (request.method === 'PUT') {
      versions.unshift({ key, id: `v${++made}`, content: await bodyOf(request) });
      return void response.end();
    }
    if (request.method === 'DELETE') return remove(key, searchParams.get('versionId'), response);
    const current = versions.find((one) => one.key === key);
    if (current?.content === undefined) return refuse(response, 404, 'NoSuchKey');
    response.end(current.content);
  }

  function aboutBucket(query: URLSearchParams, response: ServerResponse): void {
    if (query.has('versioning')) return aboutVersioning(response);
    if (query.has('object-lock')) return aboutLock(response);
    if (query.has('versions')) return listVersions(query, response);
    response.end();
  }

  function aboutVersioning(response: ServerResponse): void {
    const { versioning } = behaviour;
    if (versioning === 'denied') return refuse(response, 403, 'AccessDenied');
    if (versioning === 'broken') return refuse(response, 400, 'InternalConfusion');
    response.end(`<VersioningConfiguration><Status>${versioning}</Status></VersioningConfiguration>`);
  }

  function aboutLock(response: ServerResponse): void {
    if (!behaviour.retention) return refuse(response, 404, 'ObjectLockConfigurationNotFoundError');
    const rule = '<Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>30</Days></DefaultRetention></Rule>';
    response.end(
      `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>${rule}</ObjectLockConfiguration>`,
    );
  }

  function listVersions(query: URLSearchParams, response: ServerResponse): void {
    const all = versions
      .filter(({ key }) => key.startsWith(query.get('prefix') ?? ''))
      .sort((one, other) => (one.key < other.key ? -1 : Number(one.key > other.key)));
    const marker = `${query.get('key-marker')} ${query.get('version-id-marker')}`;
    const from = all.findIndex(({ key, id }) => `${key} ${id}` === marker) + 1;
    const page = all.slice(from, from + PAGE);
    const rows = page.map((one) => {
      const isLatest = versions.find(({ key }) => key === one.key) === one;
      const tag = one.content === undefined ? 'DeleteMarker' : 'Version';
      const size = one.content === undefined ? '' : `<Size>${one.content.length}</Size>`;
      return `<${tag}><Key>${one.key}</Key><VersionId>${one.id}</VersionId><IsLatest>${isLatest}</IsLatest>${size}</${tag}>`;
    });
    const last = page.at(-1);
    const isMore = from + PAGE < all.length;
    const next =
      isMore && last
        ? `<NextKeyMarker>${last.key}</NextKeyMarker><NextVersionIdMarker>${last.id}</NextVersionIdMarker>`
        : '';
    response.end(
      `<ListVersionsResult><IsTruncated>${isMore}</IsTruncated>${next}${rows.join('')}</ListVersionsResult>`,
    );
  }

  function remove(key: string, id: string | null, response: ServerResponse): void {
    if (id === null) versions.unshift({ key, id: `v${++made}` });
    else if (behaviour.mayDestroy === false) return refuse(response, 403, 'AccessDenied');
    else if (versions.some((one) => one.id === id))
      versions.splice(
        versions.findIndex((one) => one.id === id),
        1,
      );
    response.writeHead(204).end();
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' });
  return {
    address: { bucket: BUCKET, endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1' },
    remains: () => versions.map(({ key, content }) => `${key}: ${content?.toString() ?? 'deleted'}`),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status).end(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
