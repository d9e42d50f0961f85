import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromUtf8, utf8 } from '#libs/essentials';
import { honestCertificate, honestTrustFiles } from '#libs/testkit';
import { loadTrust, VerificationError, verifyCertificate } from './index.js';

const files = honestTrustFiles();
const trust = loadTrust({
  logVkey: utf8(files['log.vkey']),
  trustedRoot: utf8(files['trusted-root.json']),
  signerPem: utf8(files['certificate-signer.pem']),
});
const honest = utf8(honestCertificate().bundle);

/** `accepted`, or the code of the refusal; any other error fails the test that asks. */
function outcomeOf(bundle: Uint8Array): string {
  try {
    verifyCertificate({ bundle, trust });
    return 'accepted';
  } catch (error) {
    if (error instanceof VerificationError) return error.code;
    throw error;
  }
}

/** The document that a bundle says, or undefined; two spellings of one document are one bundle. */
function meaningOf(bundle: Uint8Array): string | undefined {
  try {
    return JSON.stringify(JSON.parse(fromUtf8(bundle)));
  } catch {
    return undefined;
  }
}

const places = fc.nat({ max: honest.length - 1 });
const damage: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.tuple(places, fc.nat({ max: 255 })).map(([at, byte]) => honest.with(at, byte)),
  fc.tuple(places, fc.nat({ max: 7 })).map(([at, bit]) => honest.with(at, honest[at] ^ (1 << bit))),
  places.map((at) => honest.slice(0, at)),
  fc
    .tuple(places, places)
    .map(([a, b]) => Uint8Array.of(...honest.slice(0, Math.min(a, b)), ...honest.slice(Math.max(a, b)))),
  fc
    .tuple(places, places, places)
    .map(([a, b, c]) =>
      Uint8Array.of(
        ...honest.slice(0, a),
        ...honest.slice(Math.min(b, c), Math.max(b, c)),
        ...honest.slice(a),
      ),
    ),
);

describe('a damaged certificate', () => {
  it('is never accepted, and always refused by a code', () => {
    fc.assert(
      fc.property(damage, (bundle) => {
        const isSame = meaningOf(bundle) === meaningOf(honest);
        expect(outcomeOf(bundle) === 'accepted').toBe(isSame);
      }),
      { numRuns: 2_000 },
    );
  });
});
