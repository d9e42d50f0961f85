import { appendFile, chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ModelManifest } from '#libs/contracts';
import { utf8 } from '#libs/essentials';
import { manifestBytes, shardFileName } from '#libs/learning';
import { refusalOfAsync } from '#libs/testkit';
import { ModelRegistry } from './index.js';
import { storeFailure } from './store-failure.js';

let folder: string;
let registry: ModelRegistry;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lacuna-registry-'));
  registry = new ModelRegistry(folder);
});
afterEach(async () => {
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true, force: true });
});

const blob = (digest: string): string => path.join(folder, 'blobs/sha256', digest.slice(0, 2), digest);
const filesLeft = async (): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

async function manifestOf(version: number, shard: Uint8Array): Promise<ModelManifest> {
  const hex = '0'.repeat(64);
  return {
    schema: 'urn:lacuna:model-manifest:v1',
    line: 'main',
    version,
    parent: null,
    genesisDigest: hex,
    configDigest: hex,
    codeDigest: hex,
    kernelDigest: hex,
    numericProfile: 'test',
    catalogue: { root: hex, count: 1, position: '1' },
    partition: { kind: 'by-subject', shards: 1 },
    shards: [
      {
        shard: 0,
        datasetRoot: hex,
        count: 1,
        position: '1',
        file: shardFileName(0),
        digest: await registry.put(shard),
      },
    ],
    aggregator: {
      kind: 'mean',
      file: 'aggregator.safetensors',
      digest: await registry.put(utf8('aggregator')),
    },
  };
}

const SIGNATURE = '{"a":"signature"}';

describe('the model registry', () => {
  it('gives a file back by its digest', async () => {
    const digest = await registry.put(utf8('weights'));
    // printf weights | sha256sum
    expect(digest).toBe('9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c');
    expect(Buffer.from(await registry.get(digest)).toString()).toBe('weights');
    expect(await filesLeft()).toEqual([digest]);
    expect(await registry.sizeOf([digest, digest, '0'.repeat(64)])).toBe(7);
  });

  it('says that a file is missing', async () => {
    expect(await refusalOfAsync(() => registry.get('0'.repeat(64)))).toBe('MODEL_FILE_MISSING');
  });

  it('refuses a file with one byte too many, until it is stored again', async () => {
    const digest = await registry.put(utf8('weights'));
    await appendFile(blob(digest), '!');
    expect(await refusalOfAsync(() => registry.get(digest))).toBe('MODEL_FILE_DAMAGED');
    await registry.put(utf8('weights'));
    expect(await refusalOfAsync(() => registry.get(digest))).toBe('nothing was refused');
  });

  it('hands a large file on by memory to the first who asks, and reads it for all others', async () => {
    const large = new Uint8Array(2 ** 20).fill(7);
    const digest = await registry.put(large);
    expect(await registry.get(digest)).toBe(large);
    const read = await registry.get(digest);
    expect(read).not.toBe(large);
    expect(Buffer.compare(read, large)).toBe(0);
    await registry.put(large);
    await registry.keepOnly({ digests: new Set(), versions: [] });
    expect(await refusalOfAsync(() => registry.get(digest))).toBe('MODEL_FILE_MISSING');
  });

  it('refuses a name that is no digest, such as a path', async () => {
    for (const name of ['', '../../secret', 'F'.repeat(64)])
      expect(await refusalOfAsync(() => registry.get(name))).toBe('MODEL_DIGEST_MALFORMED');
  });

  it('destroys files that nothing names, with what an interrupted write left, and counts them', async () => {
    const [old, kept] = [await registry.put(utf8('old')), await registry.put(utf8('kept'))];
    await writeFile(`${blob(old)}.1234-0.tmp`, 'ol');
    await writeFile(path.join(folder, 'notes'), 'of somebody else');
    const inUse = { digests: new Set([kept]), versions: [] };
    expect(await registry.keepOnly(inUse)).toEqual({ files: 2, bytes: 5 });
    expect(await registry.keepOnly(inUse)).toEqual({ files: 0, bytes: 0 });
    expect((await filesLeft()).sort()).toEqual([kept, 'notes'].sort());
    expect(await refusalOfAsync(() => registry.get(old))).toBe('MODEL_FILE_MISSING');
  });

  it('destroys nothing in a folder that is still empty', async () => {
    expect(await registry.keepOnly({ digests: new Set(), versions: [] })).toEqual({ files: 0, bytes: 0 });
  });

  it('lays a version out as a folder, again and again with the same result', async () => {
    const manifest = await manifestOf(3, utf8('shard'));
    await registry.materialise(manifest, SIGNATURE);
    await registry.materialise(manifest, SIGNATURE);
    const version = path.join(folder, 'main/v3');
    expect((await readdir(version)).sort()).toEqual([
      'aggregator.safetensors',
      'manifest.json',
      'model.sig',
      'shard-00.safetensors',
    ]);
    expect(Buffer.from(await registry.signatureOf(manifest)).toString()).toBe(SIGNATURE);
    expect(new Uint8Array(await readFile(path.join(version, 'manifest.json')))).toEqual(
      manifestBytes(manifest),
    );
    expect(await readFile(path.join(version, 'shard-00.safetensors'), 'utf8')).toBe('shard');
  });

  it('stores the files of a version once: its folder holds second names of them, which outlive the first', async () => {
    const manifest = await manifestOf(1, utf8('shard'));
    await registry.materialise(manifest, SIGNATURE);
    const laidOut = path.join(folder, 'main/v1/shard-00.safetensors');
    const [{ digest }] = manifest.shards;
    expect((await stat(laidOut)).ino).toBe((await stat(blob(digest))).ino);
    expect(await filesLeft()).toHaveLength(6);
    await rm(blob(digest));
    expect(await readFile(laidOut, 'utf8')).toBe('shard');
    await registry.put(utf8('shard'));
    await rm(laidOut);
    expect(Buffer.from(await registry.get(digest)).toString()).toBe('shard');
  });

  it.each(['EXDEV', 'EPERM'])('copies the files where they cannot be linked: %s', async (code) => {
    const unable = new ModelRegistry(folder, () =>
      Promise.reject(Object.assign(new Error('link'), { code })),
    );
    const manifest = await manifestOf(1, utf8('shard'));
    await unable.materialise(manifest, SIGNATURE);
    const laidOut = path.join(folder, 'main/v1/shard-00.safetensors');
    expect(await readFile(laidOut, 'utf8')).toBe('shard');
    expect((await stat(laidOut)).ino).not.toBe((await stat(blob(manifest.shards[0].digest))).ino);
    await appendFile(blob(manifest.shards[0].digest), '!');
    expect(await refusalOfAsync(() => unable.materialise(manifest, SIGNATURE))).toBe('MODEL_FILE_DAMAGED');
  });

  it('takes the model files of a revoked version away and leaves its manifest', async () => {
    const [old, serving] = [await manifestOf(1, utf8('old')), await manifestOf(2, utf8('new'))];
    for (const manifest of [old, serving]) await registry.materialise(manifest, SIGNATURE);
    const files = [...serving.shards, serving.aggregator].map(({ file }) => file);
    const inUse = {
      digests: new Set([...serving.shards, serving.aggregator].map(({ digest }) => digest)),
      versions: [
        { line: 'main', version: 1, files: [] },
        { line: 'main', version: 2, files },
      ],
    };
    await registry.keepOnly(inUse);
    await registry.keepOnly(inUse);
    expect(await readdir(path.join(folder, 'main/v1'))).toEqual(['manifest.json']);
    expect((await readdir(path.join(folder, 'main/v2'))).sort()).toEqual(
      [...files, 'manifest.json', 'model.sig'].sort(),
    );
    expect(await refusalOfAsync(() => registry.signatureOf(old))).toBe('MODEL_FILE_MISSING');
    expect(await refusalOfAsync(() => registry.get(old.shards[0].digest))).toBe('MODEL_FILE_MISSING');
  });

  it('leaves nothing of a version that was laid out and never published', async () => {
    const manifest = await manifestOf(1, utf8('shard'));
    await registry.materialise(manifest, SIGNATURE);
    await registry.keepOnly({ digests: new Set(), versions: [] });
    expect(await filesLeft()).toEqual([]);
  });

  it('publishes no folder when a file of the version is missing', async () => {
    const manifest = await manifestOf(1, utf8('shard'));
    await rm(blob(manifest.aggregator.digest));
    expect(await refusalOfAsync(() => registry.materialise(manifest, SIGNATURE))).toBe('MODEL_FILE_MISSING');
    expect(await filesLeft()).not.toContain('manifest.json');
  });

  it('refuses a line whose name could leave the folder or cover the blobs', async () => {
    const manifest = await manifestOf(1, utf8('shard'));
    for (const line of ['..', '../up', 'blobs', 'a/b', ''])
      expect(await refusalOfAsync(() => registry.materialise({ ...manifest, line }, SIGNATURE))).toBe(
        'MODEL_LINE_NAME_INVALID',
      );
  });
});

describe('a model folder that cannot be written', () => {
  const failing = (code: string): Error => Object.assign(new Error('write failed'), { code });

  it.each([
    ['ENOSPC', 'MODEL_STORE_FULL'],
    ['EDQUOT', 'MODEL_STORE_FULL'],
    ['EROFS', 'MODEL_STORE_READ_ONLY'],
    ['EACCES', 'MODEL_STORE_READ_ONLY'],
  ])('is told from other failures: %s is %s', (errno, code) => {
    expect(storeFailure(failing(errno))).toMatchObject({ code });
  });

  it('leaves an unforeseen failure as it is', () => {
    const unforeseen = failing('EIO');
    expect(storeFailure(unforeseen)).toBe(unforeseen);
  });
});
