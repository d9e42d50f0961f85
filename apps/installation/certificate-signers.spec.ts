import { describe, expect, it } from '@jest/globals';
import { keyNames } from '#libs/contracts';
import { signerFromSeed } from '#libs/merkle';
import { CertificateSigners } from './certificate-signers.js';

const seeds = new Map([0, 1, 2].map((generation) => [keyNames.signerSeed(generation), seedOf(generation)]));
const publicKeys = [0, 1, 2].map((generation) => signerFromSeed(seedOf(generation)).publicKey);

function seedOf(generation: number): Uint8Array {
  return new Uint8Array(32).fill(generation + 1);
}

function signersWith(...announced: Uint8Array[]): CertificateSigners {
  const [from, until] = [0, null];
  return new CertificateSigners(
    { ensureKey: (name) => seeds.get(name)! },
    { signerKeys: (first) => [first, ...announced].map((publicKey) => ({ publicKey, from, until })) },
  );
}

describe('the keys that sign certificates', () => {
  it('are those that the ledger announced, oldest first, and the next is another one', () => {
    const signers = signersWith(publicKeys[1]);
    expect(signers.all().map(({ signer }) => signer.publicKey)).toEqual(publicKeys.slice(0, 2));
    expect(signers.next).toEqual(publicKeys[2]);
  });

  it('are not used when the vault is older than the announcement', () => {
    expect(() => signersWith(publicKeys[2]).all()).toThrow(
      expect.objectContaining({
        code: 'SIGNER_KEY_CHANGED',
        facts: { generation: 1 },
        nextStep: expect.stringContaining('vault'),
      }),
    );
  });
});
