import { describe, expect, it } from '@jest/globals';
import { newIdentity, parseIdentity, recipientOf } from '#libs/age';
import { keyFile, requestInKeyFile, type KeyFileWords } from './key-file.js';

const words: KeyFileWords = {
  title: 'Keys of your request',
  keep: 'Keep this file.',
  request: 'The request:',
  followKey: 'To follow it:',
  followAt: 'at',
  publicKey: 'Public key:',
};
const keys = { requestId: '7f1d9b1e-0000', followKey: 'fk-1' };

describe('the key file', () => {
  it('is an identity file of age, and tells which request it is of', async () => {
    const identity = await newIdentity();
    const receipt = { identity, recipient: await recipientOf(identity) };
    const file = keyFile({ ...keys, receipt }, words, 'https://privacy.example');
    expect(await parseIdentity(file)).toBe(identity);
    expect(requestInKeyFile(file)).toEqual(keys);
  });

  it('holds the follow key alone where no receipt is wanted', async () => {
    const file = keyFile(keys, words, 'https://privacy.example');
    expect(requestInKeyFile(file)).toEqual(keys);
    await expect(parseIdentity(file)).rejects.toMatchObject({ code: 'IDENTITY_MALFORMED' });
  });

  it('of somebody else says nothing', () =>
    expect(requestInKeyFile('# created: 2026\nAGE-SECRET-KEY-1')).toBeUndefined());
});
