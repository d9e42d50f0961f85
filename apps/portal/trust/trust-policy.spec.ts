import { describe, expect, it } from '@jest/globals';
import { honestTrustFiles } from '#libs/testkit';
import { trustPolicyOf } from './trust-policy.js';

const files = honestTrustFiles();

describe('trust files that somebody chose', () => {
  it('name the log and the signer that are believed', () => {
    const { origin, signers } = trustPolicyOf(files);
    expect({ origin, signers: signers.length }).toEqual({ origin: 'ledger.example.org', signers: 1 });
  });

  it.each(['log.vkey', 'trusted-root.json', 'certificate-signer.pem'] as const)('must hold %s', (name) => {
    const others = Object.entries(files).filter(([file]) => file !== name);
    expect(() => trustPolicyOf(Object.fromEntries(others))).toThrow(
      expect.objectContaining({ code: 'TRUST_FILE_MISSING', facts: { file: name } }),
    );
  });

  it('are refused where they contradict each other', () =>
    expect(() => trustPolicyOf({ ...files, 'log-keys.json': '[]' })).toThrow(
      expect.objectContaining({ name: 'VerificationError' }),
    ));
});
