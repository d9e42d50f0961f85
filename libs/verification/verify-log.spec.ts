import { describe, expect, it } from '@jest/globals';
import { fromUtf8, utf8 } from '#libs/essentials';
import { signerFromSeed } from '#libs/merkle';
import { HonestLog, honestTrustFiles, logSigner } from '#libs/testkit';
import { loadTrust, verifyLog, type LogFiles, type VerificationErrorCode } from './index.js';

const files = honestTrustFiles();
const trust = loadTrust({
  logVkey: utf8(files['log.vkey']),
  trustedRoot: utf8(files['trusted-root.json']),
  signerPem: utf8(files['certificate-signer.pem']),
});
const SIZE = 600; // two full tiles, a partial one, and a row above
const honest = new HonestLog(SIZE);
const refusal = (code: string, facts?: object) =>
  expect.objectContaining({
    name: 'VerificationError',
    code,
    ...(facts && { facts: expect.objectContaining(facts) }),
  });

type Files = Map<string, Uint8Array>;
const served = (all: Files): LogFiles => ({ read: async (path) => all.get(path) });
const verify = (all: Files, since?: string) =>
  verifyLog({ files: served(all), trust, since: since === undefined ? undefined : utf8(since) });
const flipped = (bytes: Uint8Array, at: number) => bytes.with(at, bytes.at(at)! ^ 1);

describe('a log that is whole', () => {
  it.each([0, 1, 2, 255, 256, 257, 512, SIZE])('verifies at size %d, entry by entry', async (size) => {
    const seen: number[] = [];
    const report = await verifyLog({
      files: served(honest.files(size)),
      trust,
      onEntries: (read) => seen.push(read),
    });
    expect(report).toMatchObject({ verified: true, claim: 'log', origin: 'ledger.example.org', since: null });
    expect(report.head).toEqual({ size, root: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(seen.at(-1) ?? 0).toBe(size);
  });

  it.each([1, 255, 256, 300, 512, 599, SIZE])('begins with its checkpoint at size %d', async (size) => {
    const { since } = await verify(honest.files(), honest.checkpoint(size));
    expect(since).toMatchObject({ size });
  });

  it('may have replaced partial tiles by full ones since its checkpoint', async () => {
    const grown = honest.files();
    grown.set('checkpoint', utf8(honest.checkpoint(300)));
    await expect(verify(grown)).rejects.toThrow(refusal('LOG_TILE_MISSING', { path: 'tile/1/000.p/1' }));
    grown.set('tile/1/000.p/1', honest.files(300).get('tile/1/000.p/1')!);
    expect((await verify(grown)).head.size).toBe(300);
  });
});

describe('a log is refused', () => {
  const lastEntry = 'tile/entries/002.p/88';
  const changes: readonly [string, VerificationErrorCode, object | undefined, (all: Files) => void][] = [
    ['without a checkpoint', 'LOG_CHECKPOINT_MISSING', undefined, (all) => all.delete('checkpoint')],
    [
      'with half a checkpoint',
      'CHECKPOINT_MALFORMED',
      undefined,
      (all) => all.set('checkpoint', all.get('checkpoint')!.slice(0, 60)),
    ],
    [
      'with an empty checkpoint',
      'CHECKPOINT_MALFORMED',
      undefined,
      (all) => all.set('checkpoint', new Uint8Array()),
    ],
    [
      'whose checkpoint was edited',
      'CHECKPOINT_SIGNATURE_INVALID',
      undefined,
      (all) => all.set('checkpoint', utf8(fromUtf8(all.get('checkpoint')!).replace('\n600\n', '\n599\n'))),
    ],
    [
      'with a hole in the middle',
      'LOG_ENTRIES_MISSING',
      { path: 'tile/entries/001' },
      (all) => all.delete('tile/entries/001'),
    ],
    [
      'without a tile of leaf hashes',
      'LOG_TILE_MISSING',
      { path: 'tile/0/001' },
      (all) => all.delete('tile/0/001'),
    ],
    [
      'without a tile of the row above',
      'LOG_TILE_MISSING',
      { path: 'tile/1/000.p/2' },
      (all) => all.delete('tile/1/000.p/2'),
    ],
    ['without its last entries', 'LOG_ENTRIES_MISSING', { path: lastEntry }, (all) => all.delete(lastEntry)],
    [
      'with a tile cut short',
      'LOG_TILE_MALFORMED',
      { path: 'tile/0/000', length: 8191 },
      (all) => all.set('tile/0/000', all.get('tile/0/000')!.slice(0, -1)),
    ],
    [
      'with a bundle cut short',
      'LOG_ENTRIES_MALFORMED',
      { path: lastEntry },
      (all) => all.set(lastEntry, all.get(lastEntry)!.slice(0, -1)),
    ],
    [
      'with a byte after a bundle',
      'LOG_ENTRIES_MALFORMED',
      { path: lastEntry },
      (all) => all.set(lastEntry, Uint8Array.of(...all.get(lastEntry)!, 0)),
    ],
    [
      'with a bit flipped in a tile of leaf hashes',
      'LOG_ENTRY_MISMATCH',
      { index: 257 },
      (all) => all.set('tile/0/001', flipped(all.get('tile/0/001')!, 40)),
    ],
    [
      'with a bit flipped in the row above',
      'LOG_TILE_MISMATCH',
      { path: 'tile/1/000.p/2', at: 1 },
      (all) => all.set('tile/1/000.p/2', flipped(all.get('tile/1/000.p/2')!, 40)),
    ],
    [
      'with entries of another log under the right tiles',
      'LOG_ENTRY_MISMATCH',
      { index: 0 },
      (all) => all.set('tile/entries/000', otherEntries),
    ],
  ];
  const otherEntries = new HonestLog(256, signerFromSeed(new Uint8Array(32).fill(8)))
    .files()
    .get('tile/entries/000')!;

  it.each(changes)('%s, with %s', async (_, code, facts, change) => {
    const all = honest.files();
    change(all);
    await expect(verify(all)).rejects.toThrow(refusal(code, facts));
  });

  it('when another log stands under its checkpoint, each file in order in itself', async () => {
    const other = new HonestLog(SIZE - 1);
    other.append(firstOfLastBundle(other));
    const all = other.files();
    all.set('checkpoint', utf8(honest.checkpoint()));
    await expect(verify(all)).rejects.toThrow(refusal('LOG_ROOT_MISMATCH', { size: SIZE }));
  });

  it('when an entry is of an unknown kind, though it is signed for', async () => {
    const log = new HonestLog(3);
    log.append(utf8('{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{}}'));
    await expect(verify(log.files())).rejects.toThrow(refusal('LOG_ENTRY_UNKNOWN', { index: 3 }));
  });

  it('when another key signed its checkpoint', async () => {
    const all = honest.files();
    const stranger = signerFromSeed(new Uint8Array(32).fill(9));
    all.set('checkpoint', utf8(honest.checkpoint(SIZE, stranger)));
    await expect(verify(all)).rejects.toThrow(refusal('CHECKPOINT_NOT_SIGNED_BY_LOG'));
  });
});

describe('a log and its earlier checkpoint', () => {
  const forked = new HonestLog(200, signerFromSeed(new Uint8Array(32).fill(8)));

  it.each<[string, VerificationErrorCode, string]>([
    ['of other entries', 'CONSISTENCY_OLD_ROOT_MISMATCH', forked.checkpoint()],
    ['of more entries', 'CONSISTENCY_OLDER_IS_LARGER', new HonestLog(SIZE + 1).checkpoint()],
    ['of no entries', 'CONSISTENCY_FROM_EMPTY', honest.checkpoint(0)],
    [
      'of another log',
      'CHECKPOINT_NOT_SIGNED_BY_LOG',
      honest.checkpoint(10).replaceAll('ledger.example', 'lodger.example'),
    ],
    ['that was cut short', 'CHECKPOINT_MALFORMED', honest.checkpoint(10).slice(0, -30)],
  ])('%s are refused with %s', async (_, code, since) => {
    await expect(verify(honest.files(), since)).rejects.toThrow(refusal(code));
  });

  it('of the same size and another root are a fork', async () => {
    const other = new HonestLog(SIZE, signerFromSeed(new Uint8Array(32).fill(8)));
    await expect(verify(honest.files(), other.checkpoint(SIZE, logSigner))).rejects.toThrow(
      refusal('CONSISTENCY_FORK', { older: SIZE, newer: SIZE }),
    );
  });
});

function firstOfLastBundle(log: HonestLog): Uint8Array {
  const bundle = [...log.files()].filter(([path]) => path.startsWith('tile/entries/')).at(-1)![1];
  return bundle.slice(2, 2 + ((bundle[0] << 8) | bundle[1]));
}
