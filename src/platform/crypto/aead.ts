import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  randomFillSync,
  type KeyObject,
} from 'node:crypto';

/** AES-256-GCM (NIST SP 800-38D) with random 96-bit nonces; a sealed box is nonce (12) ‖ ciphertext ‖ tag (16). */
export interface Aead {
  /** A key prepared for many uses. `key` is 32 bytes. */
  prepare(key: Uint8Array): AeadKey;
}

export interface AeadKey {
  seal(plaintext: Uint8Array, context: Uint8Array): Buffer;
  /** undefined when the box is not what was sealed with this key and context. */
  open(box: Uint8Array, context: Uint8Array): Buffer | undefined;
}

const ALGORITHM = 'aes-256-gcm';
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
const OPTIONS = { authTagLength: TAG_LENGTH };

// Nonces are drawn many at a time: a call into the system's generator costs more than the encryption of a short payload.
const nonces = Buffer.alloc(NONCE_LENGTH * 1024);
let nonceAt = nonces.length;

export const nodeAead: Aead = {
  prepare: (key) => new NodeAeadKey(createSecretKey(key)),
};

class NodeAeadKey implements AeadKey {
  constructor(private readonly key: KeyObject) {}

  seal(plaintext: Uint8Array, context: Uint8Array): Buffer {
    const nonce = nextNonce();
    const cipher = createCipheriv(ALGORITHM, this.key, nonce, OPTIONS);
    cipher.setAAD(context);
    const ciphertext = cipher.update(plaintext);
    cipher.final();
    return Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]);
  }

  open(box: Uint8Array, context: Uint8Array): Buffer | undefined {
    if (box.length < NONCE_LENGTH + TAG_LENGTH) return undefined;
    const tagAt = box.length - TAG_LENGTH;
    const decipher = createDecipheriv(ALGORITHM, this.key, box.subarray(0, NONCE_LENGTH), OPTIONS);
    decipher.setAAD(context);
    decipher.setAuthTag(box.subarray(tagAt));
    const plaintext = decipher.update(box.subarray(NONCE_LENGTH, tagAt));
    try {
      decipher.final();
    } catch {
      return undefined; // the tag does not match: OpenSSL gives no other reason here
    }
    return plaintext;
  }
}

function nextNonce(): Buffer {
  if (nonceAt === nonces.length) {
    randomFillSync(nonces);
    nonceAt = 0;
  }
  return nonces.subarray(nonceAt, (nonceAt += NONCE_LENGTH));
}
