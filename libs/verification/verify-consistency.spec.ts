import { describe, expect, it } from '@jest/globals';
import { toBase64, toHex, utf8 } from '#libs/essentials';
import { parseCheckpointText, parseNote, signerFromSeed } from '#libs/merkle';
import { HonestLog, honestTrustFiles } from '#libs/testkit';
import {
  consistencyFromTiles,
  loadTrust,
  parseConsistencyProof,
  rootFromTiles,
  verifyLogConsistency,
  type LogFiles,
} from './index.js';

const files = honestTrustFiles();
const trust = loadTrust({
  logVkey: utf8(files['log.vkey']),
  trustedRoot: utf8(files['trusted-root.json']),
  signerPem: utf8(files['certificate-signer.pem']),
});
const SIZE = 600;
const log = new HonestLog(SIZE);
const other = new HonestLog(SIZE, signerFromSeed(new Uint8Array(32).fill(8)));
const refusal = (code: string) => expect.objectContaining({ name: 'VerificationError', code });
const served = (all: Map<string, Uint8Array>): LogFiles => ({ read: async (path) => all.get(path) });
const tiles = served(log.files());

const verify = (older: string, newer: string, all = tiles) =>
  verifyLogConsistency({
    older: utf8(older),
    newer: utf8(newer),
    trust,
    proof: (from, to) => consistencyFromTiles(all, from, to),
  });

describe('a newer checkpoint', () => {
  it.each([1, 2, 3, 128, 255, 256, 257, 511, 512, 599, 600])(
    'is shown to continue that of size %d',
    async (size) => {
      expect(await verify(log.checkpoint(size), log.checkpoint())).toMatchObject({
        verified: true,
        claim: 'consistency',
        origin: 'ledger.example.org',
        older: { size },
        newer: { size: SIZE },
        notProven: [{ code: 'SPLIT_VIEW' }],
      });
    },
  );

  it.each([
    ['of a rewritten log', other.checkpoint(300), log.checkpoint(), 'CONSISTENCY_OLD_ROOT_MISMATCH'],
    ['that was rewritten since', log.checkpoint(256), other.checkpoint(), 'CONSISTENCY_NEW_ROOT_MISMATCH'],
    ['of the same size and another root', other.checkpoint(), log.checkpoint(), 'CONSISTENCY_FORK'],
    ['that became smaller', log.checkpoint(), log.checkpoint(599), 'CONSISTENCY_OLDER_IS_LARGER'],
    ['of the empty log', log.checkpoint(0), log.checkpoint(), 'CONSISTENCY_FROM_EMPTY'],
  ])('is refused after one %s', async (_, older, newer, code) => {
    await expect(verify(older, newer)).rejects.toThrow(refusal(code));
  });

  it('is refused when a tile of the proof is missing, or was altered', async () => {
    const all = log.files();
    all.set('tile/0/001', all.get('tile/0/001')!.with(5, 255));
    await expect(verify(log.checkpoint(300), log.checkpoint(), served(all))).rejects.toThrow(
      refusal('CONSISTENCY_OLD_ROOT_MISMATCH'),
    );
    all.delete('tile/0/001');
    await expect(verify(log.checkpoint(300), log.checkpoint(), served(all))).rejects.toThrow(
      refusal('LOG_TILE_MISSING'),
    );
  });
});

describe('the root of the first entries', () => {
  it.each([1, 255, 256, 257, 300, 599, SIZE])(
    'is made of tiles of a later tree, at size %d',
    async (size) => {
      const { root } = parseCheckpointText(parseNote(utf8(log.checkpoint(size))).text);
      expect(toHex(await rootFromTiles(tiles, size, SIZE))).toBe(toHex(root));
    },
  );
});

describe('a proof between two sizes of a log that has grown since', () => {
  it.each([
    [3, 5],
    [255, 599],
    [256, 300],
  ])('is made of the tiles there are now, from %d to %d', async (from, to) => {
    const proof = await consistencyFromTiles(tiles, from, to, SIZE);
    expect(proof.map(toHex)).toEqual(log.consistencyProof(from, to).map(toHex));
  });
});

describe('a proof in a file', () => {
  const withProof = (text: string) =>
    verifyLogConsistency({
      older: utf8(log.checkpoint(300)),
      newer: utf8(log.checkpoint()),
      trust,
      proof: async () => parseConsistencyProof(utf8(text)),
    });
  const hash = toBase64(new Uint8Array(32));

  it('is one hash a line', async () => {
    const hashes = await consistencyFromTiles(tiles, 300, SIZE);
    const text = hashes.map((one) => `${toBase64(one)}\n`).join('');
    expect((await withProof(text)).newer.size).toBe(SIZE);
    await expect(withProof(text + hash + '\n')).rejects.toThrow(refusal('CONSISTENCY_PROOF_LENGTH'));
    await expect(withProof(text.slice(45))).rejects.toThrow(refusal('CONSISTENCY_PROOF_LENGTH'));
  });

  it.each([
    ['without a newline at the end', hash],
    ['with carriage returns', `${hash}\r\n`],
    ['with a byte order mark', `\ufeff${hash}\n`],
    ['with an empty line', `${hash}\n\n`],
    ['with a hash of 31 bytes', `${toBase64(new Uint8Array(31))}\n`],
    ['with a second spelling of a hash', `${hash.replace('A=', 'B=')}\n`],
    ['longer than any proof', `${hash}\n`.repeat(64)],
  ])('is refused %s', (_, text) => {
    expect(() => parseConsistencyProof(utf8(text))).toThrow(refusal('CONSISTENCY_PROOF_MALFORMED'));
  });
});
