import { generateHybridIdentity, identityToRecipient } from 'age-encryption';
import { describe, expect, it } from '@jest/globals';
import { concatBytes, fromUtf8, utf8 } from '#libs/essentials';
import {
  decryptStreamWith,
  decryptWith,
  encryptStreamTo,
  encryptTo,
  newIdentity,
  parseIdentity,
  parseRecipient,
  recipientOf,
} from './index.js';

const refusal = (code: string) => expect.objectContaining({ name: 'AgeError', code });
// The key of 32 bytes 05, and points of order 1 and 4, in Bech32.
const SECRET = 'AGE-SECRET-KEY-1Q5ZS2PG9Q5ZS2PG9Q5ZS2PG9Q5ZS2PG9Q5ZS2PG9Q5ZS2PG9Q5ZS7LLVFU';
const PUBLIC = 'age12znpgzd3mhgryh5mz6mspecea9mjcpcqpvdaw7rwjp7x20fqf9wss93ntr';
const LOW_ORDER = [
  'age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z',
  'age1qyqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqj7vrya',
];

describe('an age recipient', () => {
  it('is taken when it is a native X25519 key', async () => {
    expect(await parseRecipient(PUBLIC)).toBe(PUBLIC);
  });

  it.each([
    ['nothing', ''],
    ['a wrong character', PUBLIC.replace('znpg', 'znpp')],
    ['capitals', PUBLIC.toUpperCase()],
    ['a line end', `${PUBLIC}\n`],
    ['a private key', SECRET],
    ['an SSH key', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN'],
    ...LOW_ORDER.map((point) => ['a point of low order', point]),
  ])('is refused when it is %s', async (_, text) => {
    await expect(parseRecipient(text)).rejects.toThrow(refusal('RECIPIENT_NOT_X25519'));
  });

  it('is refused when it is a post-quantum one, which not every age can open', async () => {
    const hybrid = await identityToRecipient(await generateHybridIdentity());
    await expect(parseRecipient(hybrid)).rejects.toThrow(refusal('RECIPIENT_NOT_X25519'));
  });
});

describe('an identity file', () => {
  it('holds one key, with or without comments', async () => {
    const file = `# created: 2026-01-31\r\n# public key: ${PUBLIC}\r\n${SECRET}\r\n`;
    const identity = await parseIdentity(file);
    expect(identity).toBe(SECRET);
    expect(await recipientOf(identity)).toBe(PUBLIC);
  });

  it.each([
    ['nothing', '# empty\n'],
    ['two keys', `${SECRET}\n${SECRET}\n`],
    ['a public key', PUBLIC],
    ['a wrong character', SECRET.replace('PG9Q', 'PG9P')],
  ])('is refused when it holds %s, without quoting it', async (_, file) => {
    const error = await parseIdentity(file).catch((refused: unknown) => refused);
    expect(error).toEqual(refusal('IDENTITY_MALFORMED'));
    expect(String((error as Error).stack)).not.toContain(SECRET.slice(0, 30));
  });
});

describe('an age file', () => {
  it('is opened by the identity of its recipient, and by no other', async () => {
    const identity = await newIdentity();
    const file = await encryptTo(await recipientOf(identity), utf8('what was deleted'));
    expect(fromUtf8(await decryptWith(identity, file))).toBe('what was deleted');
    await expect(decryptWith(await newIdentity(), file)).rejects.toThrow(refusal('AGE_FILE_OF_ANOTHER'));
  });

  it('is another one each time, and does not name its recipient', async () => {
    const recipient = await parseRecipient(PUBLIC);
    const files = await Promise.all([1, 2].map(() => encryptTo(recipient, utf8('x'))));
    expect(files[0]).not.toEqual(files[1]);
    expect(Buffer.from(files[0]).toString('latin1')).not.toContain(PUBLIC.slice(4, 20));
  });

  it('is refused when it was cut short, changed, or is none', async () => {
    const identity = await newIdentity();
    const file = await encryptTo(await recipientOf(identity), utf8('what was deleted'));
    const changed = Uint8Array.from(file);
    changed[changed.length - 1] ^= 1;
    for (const bad of [file.subarray(0, -1), changed, utf8('no age file'), new Uint8Array(0)])
      await expect(decryptWith(identity, bad)).rejects.toThrow(refusal('AGE_FILE_MALFORMED'));
  });
});

describe('an age file as a stream', () => {
  const plaintext = new Uint8Array(200_000).map((_, at) => at % 251);

  async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    for (let from = 0; from < bytes.length; from += 10_000) yield bytes.subarray(from, from + 10_000);
  }

  async function gathered(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
    const all: Uint8Array[] = [];
    for await (const piece of pieces) all.push(piece);
    return concatBytes(...all);
  }

  it('is the same format as one that is made at once', async () => {
    const identity = await newIdentity();
    const recipient = await recipientOf(identity);
    const file = await gathered(encryptStreamTo(recipient, inPieces(plaintext)));
    expect(await decryptWith(identity, file)).toEqual(plaintext);
    const whole = await encryptTo(recipient, plaintext);
    expect(await gathered(decryptStreamWith(identity, inPieces(whole)))).toEqual(plaintext);
  });

  it('is refused under another key, and when it was changed or cut short, also between two pieces', async () => {
    const identity = await newIdentity();
    const file = await encryptTo(await recipientOf(identity), plaintext);
    const changed = Uint8Array.from(file);
    changed[150_000] ^= 1;
    const header = file.length - (plaintext.length + 4 * 16); // with the nonce; four pieces of 64 KiB at most, each with its tag
    for (const bad of [changed, file.subarray(0, -1), file.subarray(0, header + 2 * (65_536 + 16))])
      await expect(gathered(decryptStreamWith(identity, inPieces(bad)))).rejects.toThrow(
        refusal('AGE_FILE_MALFORMED'),
      );
    const another = await newIdentity();
    await expect(gathered(decryptStreamWith(another, inPieces(file)))).rejects.toThrow(
      refusal('AGE_FILE_OF_ANOTHER'),
    );
  });
});
