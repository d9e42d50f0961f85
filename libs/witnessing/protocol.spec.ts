import { describe, expect, it } from '@jest/globals';
import { concatBytes, toBase64, utf8 } from '#libs/essentials';
import { LogTree, noteKey, signCheckpoint, signerFromSeed } from '#libs/merkle';
import {
  encodeAddCheckpoint,
  parseAddCheckpoint,
  parseHeldSize,
  refuseFork,
  refuseStranger,
  type WitnessedHead,
} from './index.js';

const log = signerFromSeed(new Uint8Array(32).fill(1));
const stranger = signerFromSeed(new Uint8Array(32).fill(2));
const ORIGIN = 'ledger.example.org';
const key = noteKey(ORIGIN, log.publicKey);
const tree = new LogTree();
for (let i = 0; i < 20; i++) tree.append(utf8(`entry ${i}`));

const signed = (size: number, root = tree.root(size), signer = log) =>
  signCheckpoint({ origin: ORIGIN, size, root }, signer);
const held = (size: number): WitnessedHead => ({ size, root: tree.root(size) });
const request = (oldSize: number, note: string, proof: readonly Uint8Array[]) =>
  parseAddCheckpoint(encodeAddCheckpoint({ oldSize, note, proof }));
const honest = (from: number, to: number) =>
  request(from, signed(to), from === 0 ? [] : tree.consistencyProof(from, to));
const refusal = (code: string) => expect.objectContaining({ name: 'WitnessingError', code });

describe('the body of an add-checkpoint request', () => {
  it('has the form that the specification shows', () => {
    const note =
      'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n';
    const body = `old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

${note}`;
    const read = parseAddCheckpoint(utf8(body));
    expect(read).toMatchObject({ oldSize: 20852014, checkpoint: { size: 20852163 } });
    expect([read.proof.length, read.note.signatures.length]).toEqual([4, 2]);
    expect(encodeAddCheckpoint({ oldSize: read.oldSize, proof: read.proof, note })).toEqual(utf8(body));
  });

  const note = signed(5);
  const hash = toBase64(new Uint8Array(32));
  it.each([
    ['no old size', `new 0\n\n${note}`, 'ADD_CHECKPOINT_OLD_SIZE_MALFORMED'],
    ['an old size with a leading zero', `old 01\n\n${note}`, 'ADD_CHECKPOINT_OLD_SIZE_MALFORMED'],
    ['a negative old size', `old -1\n\n${note}`, 'ADD_CHECKPOINT_OLD_SIZE_MALFORMED'],
    ['an old size beyond 2^53', `old 9007199254740993\n\n${note}`, 'ADD_CHECKPOINT_OLD_SIZE_MALFORMED'],
    ['a space after the old size', `old 0 \n\n${note}`, 'ADD_CHECKPOINT_OLD_SIZE_MALFORMED'],
    ['a carriage return', `old 0\r\n\r\n${note}`, 'ADD_CHECKPOINT_OLD_SIZE_MALFORMED'],
    [
      'a hash of 31 bytes',
      `old 1\n${toBase64(new Uint8Array(31))}\n\n${note}`,
      'ADD_CHECKPOINT_PROOF_MALFORMED',
    ],
    ['a hash that is not base64', `old 1\n${hash.slice(1)}\n\n${note}`, 'ADD_CHECKPOINT_PROOF_MALFORMED'],
    ['64 hashes', `old 1\n${`${hash}\n`.repeat(64)}\n${note}`, 'ADD_CHECKPOINT_PROOF_TOO_LONG'],
    ['no empty line', `old 0\n${hash}\n`, 'ADD_CHECKPOINT_NOTE_MALFORMED'],
    ['no checkpoint', 'old 0\n\n', 'ADD_CHECKPOINT_NOTE_MALFORMED'],
    ['an unsigned checkpoint', `old 0\n\n${note.split('\n\n')[0]}\n`, 'ADD_CHECKPOINT_NOTE_MALFORMED'],
    ['a note that is no checkpoint', 'old 0\n\nhello\n\n— a AAAAAAAA\n', 'ADD_CHECKPOINT_NOTE_MALFORMED'],
    ['nothing', '', 'ADD_CHECKPOINT_NOTE_MALFORMED'],
    ['more than 64 KiB', `old 0\n\n${note}${'x'.repeat(65_536)}`, 'ADD_CHECKPOINT_TOO_LARGE'],
  ])('with %s is refused', (_, body, code) => {
    expect(() => parseAddCheckpoint(utf8(body))).toThrow(refusal(code));
  });

  it('with 63 hashes is read, and bytes that are not UTF-8 are not', () => {
    expect(parseAddCheckpoint(utf8(`old 1\n${`${hash}\n`.repeat(63)}\n${note}`)).proof).toHaveLength(63);
    const bytes = concatBytes(Uint8Array.of(0xff), utf8(`old 0\n\n${note}`));
    expect(() => parseAddCheckpoint(bytes)).toThrow(refusal('ADD_CHECKPOINT_OLD_SIZE_MALFORMED'));
  });

  it('is never written with more hashes than a witness reads', () => {
    const proof = Array.from({ length: 64 }, () => new Uint8Array(32));
    expect(() => encodeAddCheckpoint({ oldSize: 1, note, proof })).toThrow(
      refusal('ADD_CHECKPOINT_PROOF_TOO_LONG'),
    );
  });
});

describe('the size in an answer 409', () => {
  it.each([
    ['17\n', 17],
    ['0\n', 0],
    ['17', undefined],
    ['017\n', undefined],
    ['17\n\n', undefined],
    ['seventeen\n', undefined],
    ['', undefined],
  ])('%j is %p', (body, size) => expect(parseHeldSize(body)).toBe(size));
});

describe('a witness', () => {
  it.each([
    [0, 0],
    [0, 7],
    [1, 20],
    [7, 20],
    [8, 16],
    [20, 20],
  ])('cosigns a tree that grew from %i to %i leaves', (from, to) => {
    const asked = honest(from, to);
    expect(refuseStranger(asked, [key])).toBeUndefined();
    expect(refuseFork(asked, from === 0 ? undefined : held(from))).toBeUndefined();
  });

  it('cosigns the first leaves of a log that it saw empty', () => {
    expect(refuseFork(honest(0, 3), held(0))).toBeUndefined();
  });

  it('does not know a log it was not told of', () => {
    expect(refuseStranger(honest(0, 7), [])).toEqual({ status: 404, code: 'LOG_UNKNOWN' });
  });

  it('believes no checkpoint that the log did not sign', () => {
    const foreign = request(0, signed(7, tree.root(7), stranger), []);
    expect(refuseStranger(foreign, [key])).toEqual({ status: 403, code: 'CHECKPOINT_NOT_SIGNED_BY_LOG' });
    const forged = request(0, signed(7).replace('\n7\n', '\n8\n'), []);
    expect(refuseStranger(forged, [key])).toEqual({ status: 403, code: 'CHECKPOINT_SIGNATURE_INVALID' });
  });

  it('accepts either key while a log changes its key, and refuses a note of which one signature fails', () => {
    const next = noteKey(ORIGIN, stranger.publicKey);
    const byNext = request(0, signed(7, tree.root(7), stranger), []);
    expect(refuseStranger(byNext, [key, next])).toBeUndefined();
    const lines = signCheckpoint({ origin: ORIGIN, size: 8, root: tree.root(8) }, stranger).split('\n\n')[1];
    expect(refuseStranger(request(0, signed(7) + lines, []), [key, next])).toMatchObject({ status: 403 });
  });

  it('refuses an old size beyond the checkpoint as malformed', () => {
    const asked = request(8, signed(7), []);
    expect(refuseStranger(asked, [key])).toEqual({ status: 400, code: 'OLD_SIZE_BEYOND_CHECKPOINT' });
  });

  it.each([
    ['has seen nothing', 5, undefined, 0],
    ['holds a smaller tree', 5, held(3), 3],
    ['holds a larger tree', 5, held(9), 9],
    ['was asked from nothing', 0, held(9), 9],
  ])('that %s says what it holds', (_, from, state, heldSize) => {
    expect(refuseFork(honest(from, 12), state)).toEqual({
      status: 409,
      code: 'OLD_SIZE_NOT_THE_ONE_HELD',
      heldSize,
    });
  });

  const other = new LogTree();
  for (let i = 0; i < 20; i++) other.append(utf8(i === 2 ? 'another entry' : `entry ${i}`));
  it.each([
    [
      'another root at the same size',
      request(9, signed(9, other.root(9)), []),
      held(9),
      'SAME_SIZE_OTHER_ROOT',
    ],
    [
      'a larger tree with an altered leaf',
      request(9, signed(12, other.root(12)), other.consistencyProof(9, 12)),
      held(9),
      'NOT_CONSISTENT',
    ],
    ['a larger tree without a proof', request(9, signed(12), []), held(9), 'NOT_CONSISTENT'],
    [
      'a proof that goes on too long',
      request(9, signed(12), [...tree.consistencyProof(9, 12), new Uint8Array(32)]),
      held(9),
      'NOT_CONSISTENT',
    ],
    ['a proof where sizes are equal', request(9, signed(9), [new Uint8Array(32)]), held(9), 'NOT_CONSISTENT'],
    [
      'an empty tree with a root',
      request(0, signed(0, tree.root(1)), []),
      undefined,
      'EMPTY_TREE_ROOT_MISMATCH',
    ],
    [
      'a proof from nothing',
      request(0, signed(9), [new Uint8Array(32)]),
      undefined,
      'PROOF_FROM_NOTHING_NOT_EMPTY',
    ],
  ])('never cosigns %s', (_, asked, state, code) => {
    expect(refuseStranger(asked, [key])).toBeUndefined();
    expect(refuseFork(asked, state)).toEqual({ status: 422, code });
  });
});
