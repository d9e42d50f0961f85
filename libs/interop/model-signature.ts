import { BUNDLE_MEDIA_TYPE, PAYLOAD_TYPE, preAuthEncoding, STATEMENT_TYPE } from '#libs/certificate';
import {
  canonicalJson,
  compareBytes,
  concatBytes,
  fromHex,
  sha256,
  toBase64,
  toHex,
  utf8,
} from '#libs/essentials';
import { InteropError } from './interop-error.js';
import type { ModelSigner } from './model-key.js';

/** Of OpenSSF Model Signing (OMS) 1.0, §5.1. */
export const MODEL_SIGNATURE_TYPE = 'https://model_signing/signature/v1.0';

/** Where the signature of a model folder stands, inside it. */
export const MODEL_SIGNATURE_FILE = 'model.sig';

const ALWAYS_IGNORED = ['.git', '.gitattributes', '.github', '.gitignore']; // OMS 1.0 §6.2

/** A file of a model folder; no folders inside. */
export interface ModelFile {
  readonly name: string;
  /** SHA-256, hex. */
  readonly digest: string;
}

/**
 * Signature over a model folder as an OpenSSF Model Signing 1.0 bundle (method `key`, serialization `files`), canonical JSON. It covers every file
 * of the folder but itself.
 *
 * @param model name of the folder; for people only
 * @throws InteropError MODEL_HAS_NO_FILE, MODEL_FILE_NAME_INVALID
 * @example
 * modelSignature('v3', [{ name: 'manifest.json', digest }], signer); // verified by: model_signing verify key v3 --signature v3/model.sig …
 */
export function modelSignature(model: string, files: readonly ModelFile[], signer: ModelSigner): string {
  const payload = utf8(canonicalJson(statementOf(model, inOrder(files))));
  return canonicalJson({
    mediaType: BUNDLE_MEDIA_TYPE,
    verificationMaterial: { publicKey: { hint: signer.hint }, tlogEntries: [] },
    dsseEnvelope: {
      payload: toBase64(payload),
      payloadType: PAYLOAD_TYPE,
      signatures: [{ sig: toBase64(signer.sign(preAuthEncoding(PAYLOAD_TYPE, payload))), keyid: '' }],
    },
  });
}

/** §6.6; the digest of the subject is SHA-256 over the files' digests in their order (§6.5.1). */
function statementOf(model: string, files: readonly ModelFile[]): object {
  const root = sha256(concatBytes(...files.map(({ digest }) => fromHex(digest))));
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name: model, digest: { sha256: toHex(root) } }],
    predicateType: MODEL_SIGNATURE_TYPE,
    predicate: {
      resources: files.map(({ name, digest }) => ({ name, digest, algorithm: 'sha256' })),
      serialization: {
        method: 'files',
        hash_type: 'sha256',
        allow_symlinks: false,
        ignore_paths: [...ALWAYS_IGNORED, MODEL_SIGNATURE_FILE],
      },
    },
  };
}

/** By code point (§5.2.1), which is the order of the UTF-8 bytes. */
function inOrder(files: readonly ModelFile[]): ModelFile[] {
  if (files.length === 0) throw new InteropError('MODEL_HAS_NO_FILE', 'a model has at least one file');
  const sorted = [...files].sort((a, b) => compareBytes(utf8(a.name), utf8(b.name)));
  sorted.forEach(({ name }, at) => {
    if (
      !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name) ||
      name === MODEL_SIGNATURE_FILE ||
      name === sorted[at - 1]?.name
    )
      throw new InteropError('MODEL_FILE_NAME_INVALID', 'a model folder cannot have a file of that name', {
        facts: { name },
      });
  });
  return sorted;
}
