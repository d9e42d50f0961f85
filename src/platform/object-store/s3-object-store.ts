import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Destroyed, ObjectStore, StoredObject } from './object-store.js';
import type { S3Address } from './s3-address.js';
import { isAbsent, s3Failure } from './s3-failure.js';

const ATTEMPTS = 4;
const CONNECT_MILLISECONDS = 5_000;
const SILENT_MILLISECONDS = 30_000; // a connection on which nothing moves is given up
const DELETIONS_AT_ONCE = 16;

/** One of the contents that a key has or had. */
interface StoredVersion extends StoredObject {
  readonly version?: string;
  /** What a reader of the key gets. */
  readonly isCurrent: boolean;
  /** Says that the key was deleted, and holds nothing. */
  readonly isMarker: boolean;
}

export function s3Client({ endpoint, region }: Pick<S3Address, 'endpoint' | 'region'>): S3Client {
  return new S3Client({
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECT_MILLISECONDS, socketTimeout: SILENT_MILLISECONDS },
    // Not every compatible service knows the newer checksums; whoever stores a file by its digest compares it anyway.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

/** An object store of the S3 API. See `openS3`, which looks at the bucket first. */
export class S3ObjectStore implements ObjectStore {
  /** @param keepsVersions whether what is deleted or replaced stays as an earlier version */
  constructor(
    private readonly client: S3Client,
    private readonly address: Pick<S3Address, 'bucket' | 'prefix'>,
    private readonly keepsVersions: boolean,
  ) {}

  async put(key: string, bytes: Uint8Array, contentType = 'application/octet-stream'): Promise<void> {
    const content = { Body: bytes, ContentLength: bytes.length, ContentType: contentType };
    await this.told(() => this.client.send(new PutObjectCommand({ ...this.named(key), ...content })));
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.unlessAbsent(async () => {
      const { Body } = await this.client.send(new GetObjectCommand(this.named(key)));
      return Body!.transformToByteArray();
    });
  }

  async sizeOf(key: string): Promise<number | undefined> {
    return this.unlessAbsent(
      async () => (await this.client.send(new HeadObjectCommand(this.named(key)))).ContentLength,
    );
  }

  async copy(from: string, to: string): Promise<boolean> {
    const { bucket, prefix } = this.address;
    const source = `${bucket}/${(prefix + from).split('/').map(encodeURIComponent).join('/')}`;
    const copied = await this.unlessAbsent(() =>
      this.client.send(new CopyObjectCommand({ ...this.named(to), CopySource: source })),
    );
    return copied !== undefined;
  }

  async *list(under: string): AsyncIterable<StoredObject> {
    let after: string | undefined;
    do {
      const page = await this.told(() =>
        this.client.send(new ListObjectsV2Command({ ...this.below(under), ContinuationToken: after })),
      );
      for (const { Key, Size = 0 } of page.Contents ?? []) yield { key: this.short(Key!), bytes: Size };
      after = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (after !== undefined);
  }

  async keepOnly(under: string, isKept: (key: string) => boolean): Promise<Destroyed> {
    let destroyed: Destroyed = { files: 0, bytes: 0 };
    let doomed: StoredVersion[] = [];
    const destroy = async (): Promise<void> => {
      await Promise.all(doomed.map((one) => this.destroy(one)));
      destroyed = doomed.filter(({ isMarker }) => !isMarker).reduce(plus, destroyed);
      doomed = [];
    };
    for await (const stored of this.versions(under)) {
      if (stored.isCurrent && !stored.isMarker && isKept(stored.key)) continue;
      doomed.push(stored);
      if (doomed.length === DELETIONS_AT_ONCE) await destroy();
    }
    await destroy();
    return destroyed;
  }

  close(): void {
    this.client.destroy();
  }

  private async *versions(under: string): AsyncIterable<StoredVersion> {
    if (this.keepsVersions) yield* this.allVersions(under);
    else for await (const one of this.list(under)) yield { ...one, isCurrent: true, isMarker: false };
  }

  private async *allVersions(under: string): AsyncIterable<StoredVersion> {
    let after: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
    do {
      const page = await this.told(() =>
        this.client.send(new ListObjectVersionsCommand({ ...this.below(under), ...after })),
      );
      for (const { Key, Size = 0, VersionId, IsLatest } of page.Versions ?? [])
        yield this.version(Key!, Size, VersionId, IsLatest, false);
      for (const { Key, VersionId, IsLatest } of page.DeleteMarkers ?? [])
        yield this.version(Key!, 0, VersionId, IsLatest, true);
      const { IsTruncated, NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page;
      after = IsTruncated === true ? { KeyMarker, VersionIdMarker } : undefined;
    } while (after !== undefined);
  }

  private version(
    key: string,
    bytes: number,
    version: string | undefined,
    isLatest: boolean | undefined,
    isMarker: boolean,
  ): StoredVersion {
    return { key: this.short(key), bytes, version, isCurrent: isLatest === true, isMarker };
  }

  private async destroy({ key, version }: StoredVersion): Promise<void> {
    const named = { ...this.named(key), ...(version !== undefined && { VersionId: version }) };
    await this.told(() => this.client.send(new DeleteObjectCommand(named)));
  }

  private named(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.address.bucket, Key: this.address.prefix + key };
  }

  private below(under: string): { Bucket: string; Prefix: string } {
    return { Bucket: this.address.bucket, Prefix: this.address.prefix + under };
  }

  private short(key: string): string {
    return key.slice(this.address.prefix.length);
  }

  private async unlessAbsent<T>(call: () => Promise<T>): Promise<T | undefined> {
    try {
      return await call();
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw s3Failure(error, this.address.bucket);
    }
  }

  private async told<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw s3Failure(error, this.address.bucket);
    }
  }
}

function plus(sum: Destroyed, { bytes }: StoredVersion): Destroyed {
  return { files: sum.files + 1, bytes: sum.bytes + bytes };
}
