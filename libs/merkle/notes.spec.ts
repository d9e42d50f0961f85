import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ed25519 } from '@noble/curves/ed25519.js';
import { concatBytes, fromBase64, fromHex, toBase64, toHex, utf8 } from '#libs/essentials';
import { describeWithShared } from '#libs/testkit';
import {
  checkPublicKey,
  formatVkey,
  noteKey,
  noteKeyHash,
  openCheckpoint,
  openNote,
  parseCheckpointText,
  parseNote,
  parseVkey,
  signCheckpoint,
  signerFromSeed,
  signNote,
  verifySignature,
} from './index.js';

const signer = signerFromSeed(new Uint8Array(32).fill(1));
const stranger = signerFromSeed(new Uint8Array(32).fill(2));
const ORIGIN = 'ledger.example.org';
const key = noteKey(ORIGIN, signer.publicKey);
const checkpoint = { origin: ORIGIN, size: 7, root: new Uint8Array(32).fill(9) };

const refusal = (code: string) => expect.objectContaining({ name: 'MerkleError', code });

describeWithShared('vectors/derived-from-specs/signed-note-and-dsse.json', 'C2SP vectors', (path) => {
  const vectors = JSON.parse(readFileSync(path, 'utf8')) as {
    signed_note: { vkey: string; note: string };
    tessera_testdata_vkey: { vkey: string };
    sunlight_witness_vkeys: { witness: string; mirror: string };
  };

  it('opens the example note of the specification', () => {
    const text = openNote(utf8(vectors.signed_note.note), parseVkey(vectors.signed_note.vkey));
    expect(text).toBe('This is an example message.\n');
  });

  it.each([vectors.signed_note.vkey, vectors.tessera_testdata_vkey.vkey])('reads and writes %s', (vkey) => {
    expect(formatVkey(parseVkey(vkey))).toBe(vkey);
  });

  it.each([vectors.sunlight_witness_vkeys.witness, vectors.sunlight_witness_vkeys.mirror])(
    'computes the key id of the witness key %s, and does not take it for a log key',
    (vkey) => {
      const [name, id, encoded] = vkey.split('+', 2).concat(vkey.slice(vkey.indexOf('+B') + 1));
      const bytes = fromBase64(encoded);
      expect(toHex(noteKeyHash(name, bytes[0], bytes.subarray(1)).subarray(0, 4))).toBe(id);
      expect(() => parseVkey(vkey)).toThrow(refusal('VKEY_ALGORITHM_UNKNOWN'));
    },
  );
});

describe('a vkey', () => {
  const vkey = formatVkey(key);
  const encode = (publicKey: Uint8Array) => formatVkey({ ...noteKey(ORIGIN, publicKey), publicKey });

  it('may end in the newline of its file', () => {
    expect(parseVkey(`${vkey}\n`)).toEqual(key);
  });

  it.each([
    ['another name', vkey.replace('ledger', 'lodger'), 'VKEY_ID_MISMATCH'],
    ['a space in the name', vkey.replace('ledger', 'led ger'), 'VKEY_MALFORMED'],
    ['no id', vkey.replace(/\+[0-9a-f]{8}/, ''), 'VKEY_MALFORMED'],
    ['two lines', `${vkey}\n${vkey}\n`, 'VKEY_MALFORMED'],
    ['base64 that is not canonical', vkey.replace(/=*$/, '===='), 'VKEY_MALFORMED'],
    ['a short key', encode(new Uint8Array(31)), 'KEY_LENGTH'],
    ['nothing', '', 'VKEY_MALFORMED'],
  ])('with %s is refused', (_, text, code) => {
    expect(() => parseVkey(text)).toThrow(refusal(code));
  });
});

describe('an Ed25519 public key', () => {
  // The eight points of low order and their second spellings: Cremers, Jackson, "Prime, Order Please!" (CSF 2019), table 2.
  const lowOrder = [
    '0100000000000000000000000000000000000000000000000000000000000000',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0000000000000000000000000000000000000000000000000000000000000080',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  ];
  const notCanonical = [
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '0100000000000000000000000000000000000000000000000000000000000080',
    'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  ];

  it('of an honest signer is accepted', () => {
    expect(() => checkPublicKey(signer.publicKey)).not.toThrow();
  });
  it.each(lowOrder)('of low order is refused: %s', (hex) => {
    expect(() => checkPublicKey(fromHex(hex))).toThrow(refusal('KEY_LOW_ORDER'));
  });
  it.each(notCanonical)('in a second spelling is refused: %s', (hex) => {
    expect(() => checkPublicKey(fromHex(hex))).toThrow(refusal('KEY_NOT_CANONICAL'));
  });
  it('with a part of low order added to an honest point is refused', () => {
    const { Point } = ed25519;
    const mixed = Point.fromBytes(signer.publicKey).add(Point.fromHex(lowOrder[4]));
    expect(() => checkPublicKey(mixed.toBytes())).toThrow(refusal('KEY_MIXED_ORDER'));
  });
  it('verifies no signature when it has low order, though the equation holds', () => {
    // R = A = the neutral element and S = 0 satisfy S·B = R + k·A for every message.
    const neutral = fromHex(lowOrder[0]);
    const signature = concatBytes(neutral, new Uint8Array(32));
    expect(verifySignature(neutral, utf8('any message'), signature)).toBe(false);
  });
  it('verifies what RFC 8032 §7.1 test 2 signs', () => {
    const seed = fromHex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb');
    const rfcSigner = signerFromSeed(seed);
    expect(toHex(rfcSigner.publicKey)).toBe(
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    );
    expect(toHex(rfcSigner.sign(Uint8Array.of(0x72)))).toBe(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    );
    expect(
      verifySignature(rfcSigner.publicKey, Uint8Array.of(0x72), rfcSigner.sign(Uint8Array.of(0x72))),
    ).toBe(true);
  });
});

describe('a signed note', () => {
  const note = signNote('text\n', ORIGIN, signer);

  it('opens under the key that signed it, whoever else signed too', () => {
    const cosigned = note + signNote('text\n', 'witness.example.org', stranger).split('\n\n')[1];
    expect(parseNote(utf8(cosigned)).signatures).toHaveLength(2);
    expect(openNote(utf8(cosigned), key)).toBe('text\n');
  });

  it('does not open under a key of the same name that did not sign it', () => {
    expect(() => openNote(utf8(note), noteKey(ORIGIN, stranger.publicKey))).toThrow(
      refusal('NOTE_NOT_SIGNED_BY_KEY'),
    );
  });

  it('does not open when its text was changed', () => {
    expect(() => openNote(utf8(note.replace('text', 'tent')), key)).toThrow(
      refusal('NOTE_SIGNATURE_INVALID'),
    );
  });

  it('does not open when one of two signatures of the key fails', () => {
    const forged = `\u2014 ${ORIGIN} ${toBase64(concatBytes(key.id, new Uint8Array(64)))}\n`;
    expect(() => openNote(utf8(note + forged), key)).toThrow(refusal('NOTE_SIGNATURE_INVALID'));
  });

  it.each([
    ['no blank line', 'text\n\u2014 a b\n'],
    ['no final newline', note.slice(0, -1)],
    ['a control character', note.replace('text', 'te\tt')],
    ['a hyphen for the dash', note.replace('\u2014', '-')],
    ['a plus in the key name', note.replace(`\u2014 ${ORIGIN}`, '\u2014 a+b')],
    ['a signature that is not base64', `text\n\n\u2014 ${ORIGIN} AAA\n`],
    ['a signature without room for a key id', `text\n\n\u2014 ${ORIGIN} AAAAAA==\n`],
    ['no signature', 'text\n\n'],
  ])('with %s is refused', (_, text) => {
    expect(() => parseNote(utf8(text))).toThrow(refusal('NOTE_MALFORMED'));
  });

  it('that is not UTF-8 or is too large is refused', () => {
    expect(() => parseNote(concatBytes(Uint8Array.of(0xff), utf8(note)))).toThrow(refusal('NOTE_MALFORMED'));
    expect(() => parseNote(new Uint8Array(256 * 1024 + 1))).toThrow(refusal('NOTE_TOO_LARGE'));
  });
});

describe('a checkpoint', () => {
  it('opens to the head that was signed', () => {
    expect(openCheckpoint(utf8(signCheckpoint(checkpoint, signer)), key)).toEqual(checkpoint);
  });

  it('of another log is refused, though the key signed it', () => {
    const text = `lodger.example.org\n7\n${toBase64(checkpoint.root)}\n`;
    expect(() => openCheckpoint(utf8(signNote(text, ORIGIN, signer)), key)).toThrow(
      refusal('CHECKPOINT_ORIGIN_MISMATCH'),
    );
  });

  it('may carry extension lines', () => {
    expect(parseCheckpointText(`a\n7\n${toBase64(checkpoint.root)}\nmore\n`)).toMatchObject({ size: 7 });
  });

  const root = toBase64(checkpoint.root);
  it.each([
    ['a leading zero in the size', `a\n07\n${root}\n`],
    ['a negative size', `a\n-7\n${root}\n`],
    ['a size beyond 2^53', `a\n9007199254740993\n${root}\n`],
    ['a size in hexadecimal', `a\n0x7\n${root}\n`],
    ['a short root', `a\n7\n${toBase64(new Uint8Array(31))}\n`],
    ['a root that is not base64', 'a\n7\n*\n'],
    ['an empty origin', `\n7\n${root}\n`],
    ['an empty extension line', `a\n7\n${root}\n\nmore\n`],
    ['two lines', 'a\n7\n'],
  ])('with %s is refused', (_, text) => {
    expect(() => parseCheckpointText(text)).toThrow(refusal('CHECKPOINT_MALFORMED'));
  });
});
