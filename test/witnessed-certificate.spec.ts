import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { TrustFiles } from '#libs/certificate';
import { fromBase64 } from '#libs/essentials';
import { loadTrust, trustFolderOf, verifyCertificate, type CertificateReport } from '#libs/verification';

/** A file of test/vectors/adversarial, written by tools/vectors/witnesses.ts. */
interface Vector<Input> {
  readonly attack: string;
  readonly claim: string;
  readonly expect: string;
  readonly twin: string;
  readonly input: Input;
}

interface CertificateInput {
  readonly bundle: string;
  readonly trust: TrustFiles & { readonly policy: string };
  /** POSIX seconds at which the verifier looks. */
  readonly now: number;
}

const folder = path.join(import.meta.dirname, 'vectors/adversarial');
const read = <Input>(name: string) =>
  JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Vector<Input>;

const verify = ({ bundle, trust, now }: CertificateInput): CertificateReport =>
  verifyCertificate({ bundle: fromBase64(bundle), trust: loadTrust(trustFolderOf(trust)), now });

// The attacks themselves are in adversarial.spec.ts.
describe('the report of a witnessed certificate', () => {
  it('says who cosigned and when', () => {
    const { input } = read<CertificateInput>('honest/witnesses.json');
    expect(verify(input).witnesses).toEqual({
      quorum: '2 of (w1, w2, w3)',
      cosigned: [1, 2].map((at) => ({
        name: `w${at}`,
        key: `w${at}.example.org`,
        at: '2026-01-02T03:06:40.000Z',
      })),
    });
  });

  it('the same certificate is accepted without a policy, and the report says that nobody was required', () => {
    const { input } = read<CertificateInput>('honest/witnesses.json');
    const trust = { ...input.trust, policy: undefined };
    const { witnesses } = verifyCertificate({
      bundle: fromBase64(input.bundle),
      trust: loadTrust(trustFolderOf(trust)),
    });
    expect(witnesses).toEqual({ quorum: 'none', cosigned: [] });
  });

  it('a cosignature of the future is accepted where there is no clock to tell', () => {
    const { input } = read<CertificateInput>('witnesses-from-the-future.json');
    expect(verify({ ...input, now: Infinity }).verified).toBe(true);
  });
});
