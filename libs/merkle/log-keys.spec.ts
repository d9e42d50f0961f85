import { describe, expect, it } from '@jest/globals';
import { utf8 } from '#libs/essentials';
import { noteKey, openCheckpointOf, signCheckpoint, signerFromSeed, signNote, type LogKey } from './index.js';

const origin = 'ledger.example.org';
const [older, newer, stranger] = [1, 2, 3].map((seed) => signerFromSeed(new Uint8Array(32).fill(seed)));
/** The new key was announced by entry 9; the old one alone is refused from 20 entries on. */
const keys: readonly LogKey[] = [
  { key: noteKey(origin, older.publicKey), from: 0, until: 20 },
  { key: noteKey(origin, newer.publicKey), from: 10, until: null },
];
const head = (size: number) => ({ origin, size, root: new Uint8Array(32).fill(size) });
const refusal = (code: string) => expect.objectContaining({ name: 'MerkleError', code });
const opened = (note: string) => openCheckpointOf(utf8(note), keys);

describe('the checkpoint of a log whose key was rotated', () => {
  it.each([
    ['of the old key before the announcement', 9, [older]],
    ['of both keys during the overlap', 10, [older, newer]],
    ['of the old key alone during the overlap', 19, [older]],
    ['of the new key alone during the overlap', 19, [newer]],
    ['of the new key after it', 20, [newer]],
    ['of both keys after it', 20, [older, newer]],
  ])('holds with the signature %s', (_, size, signers) => {
    expect(opened(signCheckpoint(head(size), ...signers))).toEqual(head(size));
  });

  it.each([
    ['the retired key alone', 'LOG_KEY_RETIRED', signCheckpoint(head(20), older)],
    ['a key before it was announced', 'LOG_KEY_NOT_ANNOUNCED', signCheckpoint(head(9), newer)],
    ['another key', 'NOTE_NOT_SIGNED_BY_KEY', signCheckpoint(head(15), stranger)],
    [
      'the old key under another origin',
      'CHECKPOINT_ORIGIN_MISMATCH',
      signNote(`other\n3\n${'A'.repeat(43)}=\n`, origin, older),
    ],
    ['a retired key that did not, beside the new one that did', 'NOTE_SIGNATURE_INVALID', forgedBeside()],
  ])('signed by %s is refused with %s', (_, code, note) => {
    expect(() => opened(note)).toThrow(refusal(code));
  });
});

/** The new key's note with a line that names the old key and holds its signature over another tree. */
function forgedBeside(): string {
  const [, line] = signCheckpoint(head(21), older).split('\n\n');
  return signCheckpoint(head(20), newer) + line;
}
