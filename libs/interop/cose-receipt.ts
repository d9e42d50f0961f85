import { decode, encode } from 'cborg';
import { concatBytes, equalBytes } from '#libs/essentials';
import { inclusionRoot, leafHash, MerkleError, verifySignature, type Signer } from '#libs/merkle';
import { InteropError } from './interop-error.js';

const TAG_SIGN1 = 0xd2; // #6.18, RFC 9052 §4.2
const ALG = 1;
const KID = 4;
const VDS = 395; // RFC 9942 §8: verifiable data structure
const VDP = 396; // its proofs
const EDDSA = -8; // RFC 9053 §2.2
const RFC9162_SHA256 = 1;
const INCLUSION = -1;
const MAX_RECEIPT_BYTES = 64 * 1024;
const MAX_PATH = 64;

/** Where a leaf stands in a log, and the log's head. */
export interface LogPosition {
  readonly index: number;
  readonly size: number;
  /** Hashes from the leaf's sibling up, 32 bytes each. */
  readonly path: readonly Uint8Array[];
  /** Root of the log at `size`, 32 bytes. */
  readonly root: Uint8Array;
}

/**
 * COSE receipt of inclusion (RFC 9942 §5.2.1): a tagged COSE_Sign1 whose detached payload is the root of the log, signed with the log's key.
 *
 * @param keyId how the log's key is named, such as its log id
 * @throws InteropError COSE_TREE_TOO_SMALL: the format has no receipt for the only leaf of a log
 */
export function coseReceipt(position: LogPosition, keyId: Uint8Array, signer: Signer): Uint8Array {
  if (position.path.length === 0)
    throw new InteropError('COSE_TREE_TOO_SMALL', 'a receipt needs a log of two leaves or more', {
      nextStep: 'Make it when the log has grown.',
    });
  const header = encode(
    new Map<number, unknown>([
      [ALG, EDDSA],
      [KID, keyId],
      [VDS, RFC9162_SHA256],
    ]),
  );
  const proof = encode([position.size, position.index, [...position.path]]);
  const proofs = new Map([[VDP, new Map([[INCLUSION, [proof]]])]]);
  const signature = signer.sign(toBeSigned(header, position.root));
  return concatBytes(Uint8Array.of(TAG_SIGN1), encode([header, proofs, null, signature]));
}

/**
 * Verifies a receipt that `coseReceipt` or another implementation made with an Ed25519 key: applies the proof to the entry, then checks the signature
 * over the root that comes out. Everything in the receipt is chosen by whoever hands it over.
 *
 * @param entry the leaf's content
 * @param keyId as the receipt should name the key
 * @param publicKey Ed25519, 32 bytes
 * @returns index of the leaf. Not the size: the signature covers the root alone, and some other sizes lead the same path to the same root
 * @throws InteropError COSE_MALFORMED, COSE_ALGORITHM_UNKNOWN, COSE_STRUCTURE_UNKNOWN, COSE_KEY_UNKNOWN, COSE_PROOF_INVALID,
 *   COSE_SIGNATURE_INVALID
 */
export function verifyCoseReceipt(
  receipt: Uint8Array,
  entry: Uint8Array,
  keyId: Uint8Array,
  publicKey: Uint8Array,
): number {
  const { header, proof, signature } = parseReceipt(receipt, keyId);
  const root = rootOf(proof, entry);
  if (!verifySignature(publicKey, toBeSigned(header, root), signature))
    throw new InteropError('COSE_SIGNATURE_INVALID', "the log's key did not sign the root of this receipt");
  return proof.index;
}

type Proof = Omit<LogPosition, 'root'>;

function rootOf({ index, size, path }: Proof, entry: Uint8Array): Uint8Array {
  try {
    return inclusionRoot({ index, size, leafHash: leafHash(entry), proof: path });
  } catch (cause) {
    if (!(cause instanceof MerkleError)) throw cause;
    throw new InteropError('COSE_PROOF_INVALID', cause.message, { facts: cause.facts, cause });
  }
}

function parseReceipt(
  receipt: Uint8Array,
  keyId: Uint8Array,
): { header: Uint8Array; proof: Proof; signature: Uint8Array } {
  if (receipt.length > MAX_RECEIPT_BYTES || receipt[0] !== TAG_SIGN1)
    throw malformed('expected a tagged COSE_Sign1');
  const [header, unprotected, payload, signature, ...rest] = list(decoded(receipt.subarray(1)));
  if (payload !== null || rest.length > 0) throw malformed('expected a detached payload and one signature');
  checkHeader(header, keyId);
  const [proof, ...others] = list(map(map(unprotected).get(VDP)).get(INCLUSION));
  if (others.length > 0) throw malformed('expected one proof of inclusion');
  return { header: bytes(header), proof: parseProof(bytes(proof)), signature: bytes(signature) };
}

function checkHeader(header: unknown, keyId: Uint8Array): void {
  const named = map(decoded(bytes(header)));
  if (named.get(ALG) !== EDDSA)
    throw new InteropError('COSE_ALGORITHM_UNKNOWN', 'the receipt is not signed with EdDSA');
  if (named.get(VDS) !== RFC9162_SHA256)
    throw new InteropError('COSE_STRUCTURE_UNKNOWN', 'the receipt is not of a log of RFC 9162 with SHA-256');
  if (!equalBytes(bytes(named.get(KID)), keyId))
    throw new InteropError('COSE_KEY_UNKNOWN', 'the receipt names another key than the trusted log has');
}

function parseProof(proof: Uint8Array): Proof {
  const [size, index, path, ...rest] = list(decoded(proof));
  const hashes = list(path).map(bytes);
  if (rest.length > 0 || hashes.length === 0 || hashes.length > MAX_PATH)
    throw malformed('expected size, index and path');
  return { size: count(size), index: count(index), path: hashes };
}

/** Sig_structure of RFC 9052 §4.4, without external data. */
function toBeSigned(header: Uint8Array, payload: Uint8Array): Uint8Array {
  return encode(['Signature1', header, new Uint8Array(), payload]);
}

function decoded(cbor: Uint8Array): unknown {
  try {
    return decode(cbor, {
      useMaps: true,
      strict: true,
      rejectDuplicateMapKeys: true,
      allowIndefinite: false,
      allowUndefined: false,
      allowBigInt: false,
    });
  } catch (cause) {
    throw malformed('it is not deterministic CBOR', cause);
  }
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw malformed('expected an array');
  return value;
}

function map(value: unknown): Map<unknown, unknown> {
  if (!(value instanceof Map)) throw malformed('expected a map');
  return value;
}

function bytes(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw malformed('expected a byte string');
  return value;
}

function count(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw malformed('expected an unsigned integer');
  return value;
}

function malformed(what: string, cause?: unknown): InteropError {
  return new InteropError('COSE_MALFORMED', `the receipt cannot be read: ${what}`, { cause });
}
