import { canonicalJson, toBase64, utf8 } from '#libs/essentials';
import { ED25519_TYPE, noteKeyHash, parseCheckpointText, parseNote, type NoteKey } from '#libs/merkle';
import { CertificateError } from './certificate-error.js';
import { PAYLOAD_TYPE, type DsseEnvelope } from './dsse.js';
import { keyHint } from './public-key.js';
import { ENTRY_KIND, ENTRY_VERSION, rekorEntryOf } from './rekor-entry.js';
import { array, bytes, int64, literal, object, optional, readDocument, text } from './shape.js';

export const BUNDLE_MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const MAX_BUNDLE_BYTES = 4 * 1024 * 1024;

/** What the ledger hands back for a leaf. */
export interface LedgerReceipt {
  readonly index: number;
  /** Hashes from the leaf up, against the size and root of the checkpoint. */
  readonly inclusionProof: readonly Uint8Array[];
  /** Signed note. */
  readonly checkpoint: string;
  /** Absent when no policy asks for witnesses. */
  readonly policy?: CheckpointPolicy;
}

/** Whether a checkpoint has the cosignatures that the policy of its log asks for. */
export interface CheckpointPolicy {
  readonly satisfied: boolean;
  /** Names that the policy gives the witnesses that cosigned. */
  readonly witnesses: readonly string[];
}

/** A Sigstore bundle v0.3 as far as certificates use it, decoded but unverified. */
export interface Bundle {
  readonly keyHint: string;
  readonly envelope: DsseEnvelope;
  readonly entry: {
    readonly logIndex: number;
    /** 32 bytes. */
    readonly logId: Uint8Array;
    /** The leaf. */
    readonly body: Uint8Array;
    readonly proof: {
      readonly index: number;
      readonly size: number;
      readonly root: Uint8Array;
      readonly hashes: readonly Uint8Array[];
      /** Signed note. */
      readonly checkpoint: Uint8Array;
    };
  };
}

/**
 * The file that is handed to the person: envelope, leaf, inclusion proof, checkpoint; canonical JSON.
 *
 * @param logKey name (origin) and public key of the log
 */
export function bundleOf(
  envelope: DsseEnvelope,
  signerPublicKey: Uint8Array,
  logKey: NoteKey,
  receipt: LedgerReceipt,
): string {
  const { size, root } = parseCheckpointText(parseNote(utf8(receipt.checkpoint)).text);
  const logIndex = String(receipt.index);
  const tlogEntry = {
    logIndex,
    logId: { keyId: toBase64(logIdOf(logKey)) },
    kindVersion: { kind: ENTRY_KIND, version: ENTRY_VERSION },
    inclusionProof: {
      logIndex,
      rootHash: toBase64(root),
      treeSize: String(size),
      hashes: receipt.inclusionProof.map(toBase64),
      checkpoint: { envelope: receipt.checkpoint },
    },
    canonicalizedBody: toBase64(rekorEntryOf(envelope, signerPublicKey)),
  };
  return canonicalJson({
    mediaType: BUNDLE_MEDIA_TYPE,
    verificationMaterial: {
      publicKey: { hint: keyHint(signerPublicKey) },
      tlogEntries: [tlogEntry],
    },
    dsseEnvelope: {
      payload: toBase64(envelope.payload),
      payloadType: envelope.payloadType,
      signatures: [{ sig: toBase64(envelope.signature) }],
    },
  });
}

/** Log id in bundles and trusted roots: the whole key hash, of which the note key id is the beginning. */
export function logIdOf({ name, publicKey }: NoteKey): Uint8Array {
  return noteKeyHash(name, ED25519_TYPE, publicKey);
}

const tlogEntry = object({
  logIndex: int64,
  logId: object({ keyId: bytes(32) }),
  kindVersion: object({ kind: text(/^/), version: text(/^/) }),
  inclusionProof: object({
    logIndex: int64,
    rootHash: bytes(32),
    treeSize: int64,
    hashes: array(bytes(32), { max: 64 }),
    checkpoint: object({ envelope: text(/^/, 262_144) }),
  }),
  canonicalizedBody: bytes(),
});

const bundle = object({
  mediaType: literal(BUNDLE_MEDIA_TYPE),
  verificationMaterial: object({
    publicKey: object({ hint: text(/^/) }),
    tlogEntries: array(tlogEntry, { min: 1, max: 1 }),
    timestampVerificationData: optional(object({})),
  }),
  dsseEnvelope: object({
    payload: bytes(),
    payloadType: literal(PAYLOAD_TYPE),
    signatures: array(object({ sig: bytes(64), keyid: optional(text(/^/)) }), { min: 1, max: 1 }),
  }),
});

/**
 * Reads a bundle. Everything in it is chosen by whoever hands it over.
 *
 * @throws CertificateError DOCUMENT_TOO_LARGE, DOCUMENT_NOT_JSON, FIELD_MISSING, FIELD_UNKNOWN, FIELD_INVALID, ENTRY_KIND_UNKNOWN
 */
export function parseBundle(file: Uint8Array): Bundle {
  const { verificationMaterial, dsseEnvelope } = readDocument(file, MAX_BUNDLE_BYTES, bundle);
  const [entry] = verificationMaterial.tlogEntries;
  if (entry.kindVersion.kind !== ENTRY_KIND || entry.kindVersion.version !== ENTRY_VERSION)
    throw new CertificateError(
      'ENTRY_KIND_UNKNOWN',
      `the log entry is not a ${ENTRY_KIND} ${ENTRY_VERSION} entry`,
    );
  const { inclusionProof: proof } = entry;
  return {
    keyHint: verificationMaterial.publicKey.hint,
    envelope: {
      payloadType: dsseEnvelope.payloadType,
      payload: dsseEnvelope.payload,
      signature: dsseEnvelope.signatures[0].sig,
    },
    entry: {
      logIndex: entry.logIndex,
      logId: entry.logId.keyId,
      body: entry.canonicalizedBody,
      proof: {
        index: proof.logIndex,
        size: proof.treeSize,
        root: proof.rootHash,
        hashes: proof.hashes,
        checkpoint: utf8(proof.checkpoint.envelope),
      },
    },
  };
}
