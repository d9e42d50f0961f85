import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ModelFiles, ModelManifest } from '#libs/contracts';
import { utf8 } from '#libs/essentials';
import { AGGREGATOR_FILE, manifestBytes, shardFileName } from '#libs/learning';
import { refusalOfAsync } from './scenario.js';

/** A place for model files, as the suite looks at it from outside. */
export interface OpenModelFiles {
  readonly files: ModelFiles;
  /** What is stored under a name below the place, such as `main/v1/manifest.json`; undefined where nothing is. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Names of all that is stored. */
  names(): Promise<string[]>;
  /** Puts other bytes under a name, past the adapter. */
  overwrite(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
  close(): Promise<void>;
}

const SIGNATURE = '{"a":"signature"}';
const HEX = '0'.repeat(64);

export function blobNameOf(digest: string): string {
  return `blobs/sha256/${digest.slice(0, 2)}/${digest}`;
}

/** A version with one shard, whose files are stored. */
export async function storedVersion(
  files: ModelFiles,
  version: number,
  shard: Uint8Array,
): Promise<ModelManifest> {
  return {
    schema: 'urn:lacuna:model-manifest:v1',
    line: 'main',
    version,
    parent: null,
    genesisDigest: HEX,
    configDigest: HEX,
    codeDigest: HEX,
    kernelDigest: HEX,
    numericProfile: 'test',
    catalogue: { root: HEX, count: 1, position: '1' },
    partition: { kind: 'by-subject', shards: 1 },
    shards: [
      {
        shard: 0,
        datasetRoot: HEX,
        count: 1,
        position: '1',
        file: shardFileName(0),
        digest: await files.put(shard),
      },
    ],
    aggregator: { kind: 'mean', file: AGGREGATOR_FILE, digest: await files.put(utf8('aggregator')) },
  };
}

/**
 * What every place for model files must do; run it on each adapter.
 *
 * @example
 * describeModelFilesContract('in a folder', openFolder);
 */
export function describeModelFilesContract(name: string, open: () => Promise<OpenModelFiles>): void {
  describe(`model files, ${name}`, () => {
    let place: OpenModelFiles;
    beforeEach(async () => {
      place = await open();
    });
    afterEach(() => place.close());

    describeStoring(() => place);
    describeLayouts(() => place);
    describeSweeping(() => place);
  });
}

function describeStoring(place: () => OpenModelFiles): void {
  it('gives a file back by its digest', async () => {
    const { files, names } = place();
    const digest = await files.put(utf8('weights'));
    // printf weights | sha256sum
    expect(digest).toBe('9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c');
    expect(Buffer.from(await files.get(digest)).toString()).toBe('weights');
    expect(await names()).toEqual([blobNameOf(digest)]);
    expect(await files.sizeOf([digest, digest, HEX])).toBe(7);
  });

  it('stores an empty file, too', async () => {
    const { files } = place();
    const digest = await files.put(new Uint8Array(0));
    expect(await files.get(digest)).toHaveLength(0);
  });

  it('says that a file is missing', async () => {
    expect(await refusalOfAsync(() => place().files.get(HEX))).toBe('MODEL_FILE_MISSING');
  });

  it('refuses a file with one byte too many, until it is stored again', async () => {
    const { files, overwrite } = place();
    const digest = await files.put(utf8('weights'));
    await overwrite(blobNameOf(digest), utf8('weights!'));
    expect(await refusalOfAsync(() => files.get(digest))).toBe('MODEL_FILE_DAMAGED');
    await files.put(utf8('weights'));
    expect(await refusalOfAsync(() => files.get(digest))).toBe('nothing was refused');
  });

  it('hands a large file on by memory to the first who asks, and reads it for all others', async () => {
    const { files } = place();
    const large = new Uint8Array(2 ** 20).fill(7);
    const digest = await files.put(large);
    expect(await files.get(digest)).toBe(large);
    const read = await files.get(digest);
    expect(read).not.toBe(large);
    expect(Buffer.compare(read, large)).toBe(0);
    await files.put(large);
    await files.keepOnly({ digests: new Set(), versions: [] });
    expect(await refusalOfAsync(() => files.get(digest))).toBe('MODEL_FILE_MISSING');
  });

  it('refuses a name that is no digest, such as a path', async () => {
    for (const name of ['', '../../secret', 'F'.repeat(64)])
      expect(await refusalOfAsync(() => place().files.get(name))).toBe('MODEL_DIGEST_MALFORMED');
  });
}

function describeLayouts(place: () => OpenModelFiles): void {
  it('lays a version out, again and again with the same result', async () => {
    const { files, names, read } = place();
    const manifest = await storedVersion(files, 3, utf8('shard'));
    await files.materialise(manifest, SIGNATURE);
    await files.materialise(manifest, SIGNATURE);
    expect((await names()).filter((name) => name.startsWith('main/')).sort()).toEqual([
      'main/v3/aggregator.safetensors',
      'main/v3/manifest.json',
      'main/v3/model.sig',
      'main/v3/shard-00.safetensors',
    ]);
    expect(Buffer.from(await files.signatureOf(manifest)).toString()).toBe(SIGNATURE);
    expect(Buffer.from((await read('main/v3/manifest.json'))!)).toEqual(Buffer.from(manifestBytes(manifest)));
    expect(Buffer.from((await read('main/v3/shard-00.safetensors'))!).toString()).toBe('shard');
  });

  it('lays out no version of which a file is missing', async () => {
    const { files, names, remove } = place();
    const manifest = await storedVersion(files, 1, utf8('shard'));
    await remove(blobNameOf(manifest.aggregator.digest));
    expect(await refusalOfAsync(() => files.materialise(manifest, SIGNATURE))).toBe('MODEL_FILE_MISSING');
    expect(await names()).not.toContain('main/v1/manifest.json');
  });

  it('refuses a line whose name could leave the place or cover the blobs', async () => {
    const { files } = place();
    const manifest = await storedVersion(files, 1, utf8('shard'));
    for (const line of ['..', '../up', 'blobs', 'a/b', ''])
      expect(await refusalOfAsync(() => files.materialise({ ...manifest, line }, SIGNATURE))).toBe(
        'MODEL_LINE_NAME_INVALID',
      );
  });
}

function describeSweeping(place: () => OpenModelFiles): void {
  it('destroys files that nothing names, counts them, and leaves what is not its own', async () => {
    const { files, names, overwrite } = place();
    const [old, kept] = [await files.put(utf8('old')), await files.put(utf8('kept'))];
    await overwrite('notes', utf8('of somebody else'));
    const inUse = { digests: new Set([kept]), versions: [] };
    expect(await files.keepOnly(inUse)).toEqual({ files: 1, bytes: 3 });
    expect(await files.keepOnly(inUse)).toEqual({ files: 0, bytes: 0 });
    expect((await names()).sort()).toEqual([blobNameOf(kept), 'notes'].sort());
    expect(await refusalOfAsync(() => files.get(old))).toBe('MODEL_FILE_MISSING');
  });

  it('destroys nothing in a place that is still empty', async () => {
    expect(await place().files.keepOnly({ digests: new Set(), versions: [] })).toEqual({
      files: 0,
      bytes: 0,
    });
  });

  it('takes the model files of a revoked version away and leaves its manifest', async () => {
    const { files, names } = place();
    const old = await storedVersion(files, 1, utf8('old'));
    const serving = await storedVersion(files, 2, utf8('new'));
    for (const manifest of [old, serving]) await files.materialise(manifest, SIGNATURE);
    const parts = [...serving.shards, serving.aggregator];
    const inUse = {
      digests: new Set(parts.map(({ digest }) => digest)),
      versions: [
        { line: 'main', version: 1, files: [] },
        { line: 'main', version: 2, files: parts.map(({ file }) => file) },
      ],
    };
    await files.keepOnly(inUse);
    await files.keepOnly(inUse);
    const left = [...parts.map(({ file }) => file), 'manifest.json', 'model.sig'];
    expect((await names()).filter((name) => name.startsWith('main/')).sort()).toEqual(
      ['main/v1/manifest.json', ...left.map((name) => `main/v2/${name}`)].sort(),
    );
    expect(await refusalOfAsync(() => files.signatureOf(old))).toBe('MODEL_FILE_MISSING');
    expect(await refusalOfAsync(() => files.get(old.shards[0].digest))).toBe('MODEL_FILE_MISSING');
  });

  it('leaves nothing of a version that was laid out and never published', async () => {
    const { files, names } = place();
    await files.materialise(await storedVersion(files, 1, utf8('shard')), SIGNATURE);
    await files.keepOnly({ digests: new Set(), versions: [] });
    expect(await names()).toEqual([]);
  });
}
