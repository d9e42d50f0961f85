import { types } from 'node:util';
import type { FilesInUse, ModelFiles, ModelManifest, Swept } from '#libs/contracts';
import { utf8 } from '#libs/essentials';
import { MODEL_SIGNATURE_FILE } from '#libs/interop';
import { manifestBytes } from '#libs/learning';
import type { ObjectStore } from '#platform/object-store';
import { FreshFile } from './fresh-file.js';
import {
  blobName,
  BLOBS,
  MANIFEST,
  namesInVersion,
  requireDigest,
  requireSignature,
  sha256Hex,
  versionName,
} from './model-file-names.js';

/** Beginning of every key; the ledger's tiles and the marker of the installation lie beside it. */
export const MODELS = 'models/';
const BLOB_KEY = /^blobs\/sha256\/[0-9a-f]{2}\/(.+)$/;
const VERSION_KEY = /^([^/]+\/v[1-9][0-9]*)\/(.+)$/;
const NOTHING: ReadonlySet<string> = new Set();

/**
 * Model files in an object store, named as `ModelRegistry` names them in a folder. A version's layout holds copies that the store makes
 * itself; its manifest comes last, so that a layout with a manifest is complete.
 */
export class ObjectModelFiles implements ModelFiles {
  private readonly fresh = new FreshFile();

  constructor(private readonly objects: Omit<ObjectStore, 'close'>) {}

  /** @throws ObjectStoreError OBJECT_STORE_DENIED, OBJECT_STORE_UNREACHABLE */
  async put(bytes: Uint8Array): Promise<string> {
    const digest = await sha256Hex(bytes);
    await this.objects.put(blobKey(digest), onOwnMemory(bytes));
    this.fresh.keep(digest, bytes);
    return digest;
  }

  /** @throws ObjectStoreError OBJECT_STORE_DENIED, OBJECT_STORE_UNREACHABLE */
  async get(digest: string): Promise<Uint8Array> {
    return this.fresh.take(digest) ?? requireDigest(await this.objects.get(blobKey(digest)), digest);
  }

  async sizeOf(digests: readonly string[]): Promise<number> {
    const keys = [...new Set(digests)].map(blobKey);
    const sizes = await Promise.all(keys.map(async (key) => (await this.objects.sizeOf(key)) ?? 0));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  async materialise(manifest: ModelManifest, signature: string): Promise<void> {
    const version = versionKey(manifest);
    await Promise.all(
      [...manifest.shards, manifest.aggregator].map(async ({ file, digest }) => {
        const isCopied = await this.objects.copy(blobKey(digest), `${version}/${file}`);
        if (!isCopied) await requireDigest(undefined, digest);
      }),
    );
    await this.objects.put(`${version}/${MODEL_SIGNATURE_FILE}`, utf8(signature), 'application/json');
    await this.objects.put(`${version}/${MANIFEST}`, manifestBytes(manifest), 'application/json');
  }

  async signatureOf(manifest: ModelManifest): Promise<Uint8Array> {
    return requireSignature(
      await this.objects.get(`${versionKey(manifest)}/${MODEL_SIGNATURE_FILE}`),
      manifest,
    );
  }

  async keepOnly({ digests, versions }: FilesInUse): Promise<Swept> {
    this.fresh.forgetUnless(digests);
    const files = new Map(versions.map((one) => [versionName(one), namesInVersion(one.files)]));
    const isKept = (key: string): boolean => {
      const name = key.slice(MODELS.length);
      const [, blob] = BLOB_KEY.exec(name) ?? [];
      if (blob !== undefined) return digests.has(blob);
      const [, version, file] = VERSION_KEY.exec(name) ?? [];
      if (version === undefined || name.startsWith(`${BLOBS}/`)) return true; // somebody else's
      return (files.get(version) ?? NOTHING).has(file);
    };
    return this.objects.keepOnly(MODELS, isKept);
  }
}

/** What threads share, a client of a store may not take. */
function onOwnMemory(bytes: Uint8Array): Uint8Array {
  return types.isSharedArrayBuffer(bytes.buffer) ? bytes.slice() : bytes;
}

function blobKey(digest: string): string {
  return MODELS + blobName(digest);
}

function versionKey(manifest: ModelManifest): string {
  return MODELS + versionName(manifest);
}
