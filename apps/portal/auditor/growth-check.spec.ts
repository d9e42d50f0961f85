import { describe, expect, it } from '@jest/globals';
import { toHex, utf8 } from '#libs/essentials';
import { parseCheckpointText, parseNote, signerFromSeed } from '#libs/merkle';
import { HonestLog, honestTrustFiles } from '#libs/testkit';
import type { LogFiles } from '#libs/verification';
import { checkGrowth, checkSinceKept, type ToldHead } from './growth-check.js';

const SIZE = 300;
const trust = honestTrustFiles();
const log = new HonestLog(SIZE);
const other = new HonestLog(SIZE, signerFromSeed(new Uint8Array(32).fill(8)));
const served = (files: Map<string, Uint8Array>): LogFiles => ({ read: async (path) => files.get(path) });
const ledger = served(log.files());

const told = (size: number, of = log): ToldHead => ({
  size,
  rootHash: toHex(parseCheckpointText(parseNote(utf8(of.checkpoint(size))).text).root),
});
const between = async (older: ToldHead, newer: ToldHead, files = ledger) => {
  const { steps, refusal, result } = await checkGrowth(older, newer, files, trust);
  return { refused: steps.find(({ state }) => state === 'refused')?.step, code: refusal?.code, result };
};

describe('growth between two sizes', () => {
  it.each([
    [1, 2],
    [7, 256],
    [255, 299],
    [257, SIZE],
    [SIZE, SIZE],
  ])('is shown from %d to %d', async (from, to) => {
    expect(await between(told(from), told(to))).toMatchObject({
      result: {
        older: { size: from },
        newer: { size: to },
        head: { size: SIZE, origin: 'ledger.example.org' },
      },
    });
  });

  it('is shown for sizes that no checkpoint was recorded for', async () =>
    expect((await between({ size: 11 }, { size: 222 })).result).toBeDefined());

  it('is refused where the list tells another root', async () =>
    expect(await between(told(100, other), told(200))).toMatchObject({
      refused: 'told',
      code: 'GROWTH_ROOT_TOLD_OTHERWISE',
    }));

  it.each([
    [0, 5],
    [9, 5],
    [5, SIZE + 1],
    [1.5, 5],
  ])('is not asked from %d to %d', async (from, to) =>
    expect(await between({ size: from }, { size: to })).toMatchObject({
      refused: 'sizes',
      code: 'GROWTH_SIZES',
    }),
  );

  it('is refused over tiles of a rewritten log', async () => {
    const mixed = served(new Map([...other.files(), ['checkpoint', utf8(log.checkpoint())]]));
    expect(await between(told(100), told(200), mixed)).toMatchObject({ refused: 'older' });
  });

  it('is refused where nothing is published', async () =>
    expect(await between(told(1), told(2), served(new Map()))).toMatchObject({
      refused: 'head',
      code: 'LOG_CHECKPOINT_MISSING',
    }));
});

describe('growth since a checkpoint that somebody kept', () => {
  it('is shown', async () => {
    const { result } = await checkSinceKept(utf8(log.checkpoint(100)), ledger, trust);
    expect(result).toMatchObject({ older: { size: 100 }, newer: { size: SIZE } });
  });

  it('is refused when the log was rewritten since, or somebody else signed', async () => {
    const rewritten = await checkSinceKept(utf8(other.checkpoint(100)), ledger, trust);
    expect(rewritten.refusal?.code).toBe('CONSISTENCY_OLD_ROOT_MISMATCH');
    const forged = log.checkpoint(100, signerFromSeed(new Uint8Array(32).fill(9)));
    const { steps, refusal } = await checkSinceKept(utf8(forged), ledger, trust);
    expect([steps[1].state, refusal?.code]).toEqual(['refused', 'CHECKPOINT_NOT_SIGNED_BY_LOG']);
  });
});
