import { describe, expect, it } from '@jest/globals';
import { concatBytes, fromBase64, toBase64, u64be, utf8 } from '#libs/essentials';
import {
  checkSignedByAny,
  cosign,
  cosignatureOf,
  cosignerKey,
  formatVkey,
  noteKey,
  openCheckpoint,
  parseCosignerVkey,
  parseNote,
  parseVkey,
  signCheckpoint,
  signerFromSeed,
} from './index.js';

const log = signerFromSeed(new Uint8Array(32).fill(1));
const witness = signerFromSeed(new Uint8Array(32).fill(2));
const logKey = noteKey('example.com/behind-the-sofa', log.publicKey);
const name = 'witness.example.com/w1';
const key = cosignerKey(name, witness.publicKey);
const TIME = 1679315147;
const root = fromBase64('CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=');
const checkpoint = { origin: logKey.name, size: 20852163, root };
const signed = signCheckpoint(checkpoint, log);
const { text } = parseNote(utf8(signed));
const cosigned = signed + cosign(text, TIME, name, witness);
const withLine = (signature: Uint8Array) =>
  parseNote(utf8(`${signed}\u2014 ${name} ${toBase64(concatBytes(key.id, signature))}\n`));

const refusal = (code: string) => expect.objectContaining({ name: 'MerkleError', code });

describe('a cosignature', () => {
  it('signs the header, the time and the text that the specification shows', () => {
    const message = `cosignature/v1\ntime ${TIME}\nexample.com/behind-the-sofa\n20852163\n${toBase64(root)}\n`;
    const signature = concatBytes(u64be(TIME), witness.sign(utf8(message)));
    expect(cosignatureOf(key, withLine(signature))).toBe(TIME);
    expect(cosigned).toContain(toBase64(concatBytes(key.id, signature)));
  });

  it('says when the witness saw the checkpoint, and leaves the note one of its log', () => {
    expect(cosignatureOf(key, parseNote(utf8(cosigned)))).toBe(TIME);
    expect(openCheckpoint(utf8(cosigned), logKey)).toEqual(checkpoint);
  });

  it('covers extension lines', () => {
    const extended = `${text}extension\n`;
    const note = parseNote(utf8(`${extended}\n${cosign(extended, TIME, name, witness)}`));
    expect(cosignatureOf(key, note)).toBe(TIME);
    expect(() => cosignatureOf(key, { ...note, text: `${text}another\n` })).toThrow(
      refusal('COSIGNATURE_INVALID'),
    );
  });

  it('is missing, rather than wrong, when nobody of that name and key signed', () => {
    expect(cosignatureOf(key, parseNote(utf8(signed)))).toBeUndefined();
    const namesake = cosignerKey(name, log.publicKey);
    expect(cosignatureOf(namesake, parseNote(utf8(cosigned)))).toBeUndefined();
  });

  it('of two moments counts from the earlier one, and both must hold', () => {
    const twice = cosigned + cosign(text, TIME - 60, name, witness);
    expect(cosignatureOf(key, parseNote(utf8(twice)))).toBe(TIME - 60);
    const forged = concatBytes(u64be(TIME), new Uint8Array(64));
    const note = parseNote(utf8(cosigned));
    expect(() =>
      cosignatureOf(key, { text, signatures: [...note.signatures, ...withLine(forged).signatures] }),
    ).toThrow(refusal('COSIGNATURE_INVALID'));
  });

  const message = utf8(`cosignature/v1\ntime ${TIME}\n${text}`);
  it.each([
    ['of another checkpoint', concatBytes(u64be(TIME), witness.sign(utf8('other'))), 'COSIGNATURE_INVALID'],
    ['whose time was changed', concatBytes(u64be(TIME + 1), witness.sign(message)), 'COSIGNATURE_INVALID'],
    ['that is a plain note signature', witness.sign(utf8(text)), 'COSIGNATURE_LENGTH'],
    ['without a time', concatBytes(u64be(0), witness.sign(message)), 'COSIGNATURE_TIME_OUT_OF_RANGE'],
    [
      'of a time that no number holds',
      concatBytes(u64be(2n ** 53n), witness.sign(message)),
      'COSIGNATURE_TIME_OUT_OF_RANGE',
    ],
  ])('%s is refused', (_, signature, code) => {
    expect(() => cosignatureOf(key, withLine(signature))).toThrow(refusal(code));
  });

  it.each([0, -1, 1.5, NaN])('is not made at the time %p', (time) => {
    expect(() => cosign(text, time, name, witness)).toThrow(refusal('COSIGNATURE_TIME_OUT_OF_RANGE'));
  });
});

describe('the vkey of a witness', () => {
  it('is read as what was written, and is not one of a log', () => {
    expect(parseCosignerVkey(formatVkey(key))).toEqual(key);
    expect(() => parseVkey(formatVkey(key))).toThrow(refusal('VKEY_ALGORITHM_UNKNOWN'));
    expect(() => parseCosignerVkey(formatVkey(logKey))).toThrow(refusal('VKEY_ALGORITHM_UNKNOWN'));
  });

  it('has another id than that of a log with the same name and key', () => {
    expect(key.id).not.toEqual(noteKey(name, witness.publicKey).id);
  });
});

describe('a note that one of several keys should have signed', () => {
  const note = parseNote(utf8(signed));
  const stranger = noteKey(logKey.name, witness.publicKey);

  it('is accepted whichever of them did', () => {
    expect(() => checkSignedByAny(note, [stranger, logKey])).not.toThrow();
  });
  it('is refused when none did, or when a signature of one does not hold', () => {
    expect(() => checkSignedByAny(note, [stranger])).toThrow(refusal('NOTE_NOT_SIGNED_BY_KEY'));
    expect(() => checkSignedByAny(note, [])).toThrow(refusal('NOTE_NOT_SIGNED_BY_KEY'));
    const forged = `\u2014 ${stranger.name} ${toBase64(concatBytes(stranger.id, new Uint8Array(64)))}\n`;
    expect(() => checkSignedByAny(parseNote(utf8(signed + forged)), [logKey, stranger])).toThrow(
      refusal('NOTE_SIGNATURE_INVALID'),
    );
  });
});
