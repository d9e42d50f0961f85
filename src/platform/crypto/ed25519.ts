import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { fromHex, toBase64Url } from '#libs/essentials';
import { signerFromSeed, type Signer, type VerifySignature } from '#libs/merkle';

const KEY_LENGTH = 32;
const SIGNATURE_LENGTH = 64;

/** y of the points of low order in their canonical form, without the sign of x; order 1, 2, 4, 8, 8. */
const LOW_ORDER = [
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  '00'.repeat(32),
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map(fromHex);

/**
 * Ed25519 by OpenSSL, an order of magnitude faster than portable code and as strict: OpenSSL requires S below the group order and
 * compares the encoding of R, but takes keys of low order or in a second spelling, which are refused here.
 */
export const nodeVerifySignature: VerifySignature = (publicKey, message, signature) => {
  if (publicKey.length !== KEY_LENGTH || signature.length !== SIGNATURE_LENGTH) return false;
  if (!isCanonical(publicKey) || LOW_ORDER.some((y) => hasY(publicKey, y))) return false;
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(publicKey) }; // RFC 8037 §2
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  return verify(null, message, key, signature);
};

/**
 * Signs by OpenSSL what `signerFromSeed` signs, bit for bit (RFC 8032 leaves no choice), and twenty times as fast.
 *
 * @param seed 32 secret bytes
 */
export function nodeSignerFromSeed(seed: Uint8Array): Signer {
  const { publicKey } = signerFromSeed(seed);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(publicKey), d: toBase64Url(seed) }; // RFC 8037 §2
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  return { publicKey, sign: (message) => Uint8Array.from(sign(null, message, key)) };
}

/** y < p = 2^255 − 19, which in little-endian begins ed ff … ff 7f (RFC 8032 §5.1.3, step 1). */
function isCanonical(key: Uint8Array): boolean {
  const high = key[31] & 0x7f;
  return high < 0x7f || key[0] < 0xed || key.subarray(1, 31).some((byte) => byte !== 0xff);
}

function hasY(key: Uint8Array, y: Uint8Array): boolean {
  return y.every((byte, at) => (at === 31 ? key[at] & 0x7f : key[at]) === byte);
}
