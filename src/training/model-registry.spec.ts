import { appendFile, chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { utf8 } from '#libs/essentials';
import { describeModelFilesContract, refusalOfAsync, storedVersion } from '#libs/testkit';
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

describeModelFilesContract('in a folder', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'lacuna-model-files-'));
  const at = (name: string): string => path.join(root, name);
  return {
    files: new ModelRegistry(root),
    read: (name) => readFile(at(name)).catch(() => undefined),
    names: async () =>
      (await readdir(root, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name))),
    overwrite: async (name, bytes) => {
      await mkdir(path.dirname(at(name)), { recursive: true });
      await writeFile(at(name), bytes);
    },
    remove: (name) => rm(at(name)),
    close: () => rm(root, { recursive: true, force: true }),
  };
});

const SIGNATURE = '{"a":"signature"}';

describe('the model registry', () => {
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

  it('stores what lies on memory that threads share, and sweeps what an interruption left of it', async () => {
    const bytes = new Uint8Array(new SharedArrayBuffer(9_000_000)).fill(7);
    const digest = await registry.put(bytes);
    expect(digest).toBe(await registry.put(bytes.slice()));
    expect(await readdir(path.join(folder, 'blobs/drafts'))).toEqual([]);
    expect(Buffer.compare(await readFile(blob(digest)), bytes)).toBe(0);
    expect(Buffer.compare(await registry.get(digest), bytes)).toBe(0);
    await writeFile(path.join(folder, 'blobs/drafts/1234-0.tmp'), 'half');
    expect(await registry.keepOnly({ digests: new Set([digest]), versions: [] })).toEqual({
      files: 1,
      bytes: 4,
    });
    expect(await filesLeft()).toEqual([digest]);
  });

  it('stores the files of a version once: its folder holds second names of them, which outlive the first', async () => {
    const manifest = await storedVersion(registry, 1, utf8('shard'));
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
    const manifest = await storedVersion(registry, 1, utf8('shard'));
    await unable.materialise(manifest, SIGNATURE);
    const laidOut = path.join(folder, 'main/v1/shard-00.safetensors');
    expect(await readFile(laidOut, 'utf8')).toBe('shard');
    expect((await stat(laidOut)).ino).not.toBe((await stat(blob(manifest.shards[0].digest))).ino);
    await appendFile(blob(manifest.shards[0].digest), '!');
    expect(await refusalOfAsync(() => unable.materialise(manifest, SIGNATURE))).toBe('MODEL_FILE_DAMAGED');
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
