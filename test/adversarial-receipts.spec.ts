import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fromBase64, utf8 } from '#libs/essentials';
import { loadTrust, verifyReceipt } from '#libs/verification';

/** A file of test/vectors/adversarial, written by tools/vectors/receipts.ts. */
interface Vector {
  readonly attack: string;
  readonly claim: string;
  readonly expect: string;
  readonly twin: string;
  readonly input: { readonly receipt: string; readonly trust: Readonly<Record<string, string>> };
}

const folder = path.join(import.meta.dirname, 'vectors/adversarial');
const read = (name: string) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Vector;
const attacks = readdirSync(folder)
  .filter((name) => name.startsWith('receipt-'))
  .map((name) => ({ name, ...read(name) }));

const verify = ({ input: { receipt, trust } }: Vector) =>
  verifyReceipt({
    receipt: fromBase64(receipt),
    trust: loadTrust({
      logVkey: utf8(trust['log.vkey']),
      trustedRoot: utf8(trust['trusted-root.json']),
      signerPem: utf8(trust['certificate-signer.pem']),
    }),
  });

describe('published attacks on receipts', () => {
  it.each(attacks)('$name: refused with $expect', (vector) => {
    expect(() => verify(vector)).toThrow(
      expect.objectContaining({ name: 'VerificationError', code: vector.expect }),
    );
  });

  it.each([...new Set(attacks.map(({ twin }) => twin))])('their honest twin %s is accepted', (twin) => {
    expect(verify(read(`honest/${twin}.json`)).verified).toBe(true);
  });
});
