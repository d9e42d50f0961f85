import { describe, expect, it } from '@jest/globals';
import type { ModelManifest } from '#libs/contracts';
import { canonicalJson, sha256, toHex, utf8 } from '#libs/essentials';
import { refusalOf } from '#libs/testkit';
import { manifestBytes, manifestDigest, parseManifest, shardFileName } from './index.js';

const hex = (digit: string): string => digit.repeat(64);

const MANIFEST: ModelManifest = {
  schema: 'urn:lacuna:model-manifest:v1',
  line: 'main',
  version: 2,
  parent: hex('1'),
  genesisDigest: hex('2'),
  configDigest: hex('3'),
  codeDigest: hex('4'),
  kernelDigest: hex('5'),
  numericProfile: 'wasm-simd128-f32/v1',
  catalogue: { root: hex('6'), count: 3, position: '17' },
  partition: { kind: 'by-subject', shards: 2 },
  shards: [0, 1].map((shard) => ({
    shard,
    datasetRoot: hex('7'),
    count: 5,
    position: '18446744073709551',
    file: shardFileName(shard),
    digest: hex('8'),
  })),
  aggregator: { kind: 'mean', file: 'aggregator.safetensors', digest: hex('9') },
};

const parsed = (manifest: unknown): string => refusalOf(() => parseManifest(utf8(canonicalJson(manifest))));

describe('a manifest', () => {
  it('comes back from its canonical bytes, whose SHA-256 names the version', () => {
    expect(parseManifest(manifestBytes(MANIFEST))).toEqual(MANIFEST);
    expect(manifestDigest(MANIFEST)).toBe(toHex(sha256(manifestBytes(MANIFEST))));
  });

  it('may name the rounds of its shards', () => {
    const shards = MANIFEST.shards.map((shard) => ({ ...shard, rounds: [hex('a'), hex('b')] }));
    const manifest = { ...MANIFEST, shards };
    expect(parseManifest(manifestBytes(manifest))).toEqual(manifest);
  });

  it('may name checkpoints of its shards, and the records of its aggregator', () => {
    const checkpoints = [{ datasetRoot: hex('a'), digest: hex('b') }];
    const manifest: ModelManifest = {
      ...MANIFEST,
      shards: MANIFEST.shards.map((shard) => ({ ...shard, checkpoints })),
      aggregator: { ...MANIFEST.aggregator, records: { count: 10, position: '20' } },
    };
    expect(parseManifest(manifestBytes(manifest))).toEqual(manifest);
  });

  it('has one spelling: the order of fields does not change the digest, another spelling is refused', () => {
    const turned = Object.fromEntries(Object.entries(MANIFEST).reverse()) as unknown as ModelManifest;
    expect(manifestDigest(turned)).toBe(manifestDigest(MANIFEST));
    expect(refusalOf(() => parseManifest(utf8(JSON.stringify(MANIFEST, null, 1))))).toBe(
      'MANIFEST_NOT_CANONICAL',
    );
  });

  const [first, second] = MANIFEST.shards;
  it.each<[string, unknown]>([
    ['a text', 'manifest'],
    ['an unknown field', { ...MANIFEST, note: 'x' }],
    ['a missing field', { ...MANIFEST, parent: undefined }],
    ['version 0', { ...MANIFEST, version: 0 }],
    ['a digest in capitals', { ...MANIFEST, codeDigest: 'A'.repeat(64) }],
    ['a position that is a number', { ...MANIFEST, catalogue: { ...MANIFEST.catalogue, position: 17 } }],
    ['a shard too few', { ...MANIFEST, shards: [first] }],
    ['a shard twice', { ...MANIFEST, shards: [first, first] }],
    ['shards out of order', { ...MANIFEST, shards: [second, first] }],
    ['a negative count', { ...MANIFEST, shards: [first, { ...second, count: -1 }] }],
    ['a file outside its folder', { ...MANIFEST, shards: [first, { ...second, file: '../secret' }] }],
    [
      'a file with an absolute path',
      { ...MANIFEST, aggregator: { ...MANIFEST.aggregator, file: '/etc/passwd' } },
    ],
    [
      'a checkpoint without a root',
      { ...MANIFEST, shards: [first, { ...second, checkpoints: [{ digest: hex('a') }] }] },
    ],
    ['rounds that are no digests', { ...MANIFEST, shards: [first, { ...second, rounds: ['a'] }] }],
    ['checkpoints that are no list', { ...MANIFEST, shards: [first, { ...second, checkpoints: {} }] }],
    [
      'aggregator records without a position',
      { ...MANIFEST, aggregator: { ...MANIFEST.aggregator, records: { count: 3 } } },
    ],
    ['a partition without shards', { ...MANIFEST, partition: { kind: 'by-subject', shards: 0 }, shards: [] }],
  ])('is refused with %s', (_, manifest) => {
    expect(parsed(manifest)).toBe('MANIFEST_MALFORMED');
  });

  it('is refused when it is no UTF-8 or no JSON, or names a field twice', () => {
    expect(refusalOf(() => parseManifest(Uint8Array.of(0xff)))).toBe('MANIFEST_MALFORMED');
    expect(refusalOf(() => parseManifest(utf8('{')))).toBe('MANIFEST_MALFORMED');
    const twice = canonicalJson(MANIFEST).replace('"line":"main"', '"line":"main","line":"main"');
    expect(refusalOf(() => parseManifest(utf8(twice)))).toBe('MANIFEST_MALFORMED');
  });
});
