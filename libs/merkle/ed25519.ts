import { ed25519 } from '@noble/curves/ed25519.js';
import { mulAddUnsafe } from '@noble/curves/abstract/curve.js';
import { bytesToNumberLE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes, equalBytes, toHex } from '#libs/essentials';
import { MerkleError } from './merkle-error.js';

const { Point } = ed25519;
// A base point of our own: the library's makes a table of multiples on its first use, which takes longer than two verifications.
const BASE = Point.fromAffine(Point.BASE.toAffine());

export const PUBLIC_KEY_LENGTH = 32;
export const SIGNATURE_LENGTH = 64;

/** Whatever holds an Ed25519 private key: a seed in memory, a file, a key service. */
export interface Signer {
  /** 32 bytes, RFC 8032 §5.1.5. */
  readonly publicKey: Uint8Array;
  /** 64 bytes; the same message gives the same signature. */
  sign(message: Uint8Array): Uint8Array;
}

/** @param seed 32 secret bytes, the private key of RFC 8032 §5.1.5 */
export function signerFromSeed(seed: Uint8Array): Signer {
  if (seed.length !== 32)
    throw new MerkleError('KEY_LENGTH', 'a signing seed has 32 bytes', { facts: { length: seed.length } });
  const secret = Uint8Array.from(seed); // slice of a Node Buffer would share memory with the caller
  return {
    publicKey: ed25519.getPublicKey(secret),
    sign: (message) => ed25519.sign(message, secret),
  };
}

/**
 * Refuses a public key that many signatures fit: under a point of low order, one signature verifies for a large share of all
 * messages. Such keys and keys with a second spelling pass in most libraries; trust begins with refusing them.
 *
 * @throws MerkleError KEY_LENGTH, KEY_NOT_CANONICAL (not a point, or y ≥ p), KEY_LOW_ORDER, KEY_MIXED_ORDER
 */
export function checkPublicKey(publicKey: Uint8Array): void {
  if (publicKey.length !== PUBLIC_KEY_LENGTH)
    throw new MerkleError('KEY_LENGTH', 'an Ed25519 public key has 32 bytes', {
      facts: { length: publicKey.length },
    });
  if (soundKeys.get(publicKey) !== undefined) return;
  const point = pointOf(publicKey);
  if (point === undefined)
    throw new MerkleError('KEY_NOT_CANONICAL', 'the public key is not the canonical form of a curve point');
  if (point.isSmallOrder()) throw new MerkleError('KEY_LOW_ORDER', 'the public key is a point of low order');
  if (!point.isTorsionFree())
    throw new MerkleError('KEY_MIXED_ORDER', 'the public key is outside the prime-order group');
  soundKeys.add(publicKey, point);
}

/** Accepts exactly what `verifySignature` accepts, such as by the platform's own arithmetic. */
export type VerifySignature = typeof verifySignature;

/**
 * RFC 8032 §5.1.7 in its strictest reading: A, R and S in canonical form, A not of low order, and [S]B = R + [k]A itself, not
 * multiplied by the cofactor. That reading is the one that OpenSSL and Go share, so a signature holds everywhere or nowhere.
 *
 * @returns false for anything malformed
 */
export function verifySignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== PUBLIC_KEY_LENGTH || signature.length !== SIGNATURE_LENGTH) return false;
  const r = signature.subarray(0, 32);
  const s = bytesToNumberLE(signature.subarray(32));
  if (s >= Point.Fn.ORDER) return false;
  const a = soundKeys.get(publicKey) ?? pointOf(publicKey);
  if (a === undefined || a.isSmallOrder()) return false;
  const k = Point.Fn.create(bytesToNumberLE(sha512(concatBytes(r, publicKey, message))));
  const expected = mulAddUnsafe(Point, [BASE, a.negate()], [s, k]);
  return equalBytes(expected.toBytes(), r); // the bytes: a second spelling of R is another R
}

/** Points of the last keys that passed `checkPublicKey`: trust files hold each of theirs several times, and then signatures come. */
class SoundKeys {
  private static readonly MOST = 64;
  private readonly points = new Map<string, InstanceType<typeof Point>>();

  get(publicKey: Uint8Array): InstanceType<typeof Point> | undefined {
    return this.points.get(toHex(publicKey));
  }

  add(publicKey: Uint8Array, point: InstanceType<typeof Point>): void {
    const [oldest] = this.points.keys();
    if (this.points.size >= SoundKeys.MOST && oldest !== undefined) this.points.delete(oldest);
    this.points.set(toHex(publicKey), point);
  }
}

const soundKeys = new SoundKeys();

/** Undefined unless the bytes are the canonical form of a point on the curve. */
function pointOf(bytes: Uint8Array): InstanceType<typeof Point> | undefined {
  try {
    return Point.fromBytes(bytes, false);
  } catch {
    return undefined;
  }
}
