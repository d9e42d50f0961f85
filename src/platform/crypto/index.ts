export { nodeAead, type Aead, type AeadKey } from './aead.js';
export { nodeHmacSha256, nodeSha256 } from './digests.js';
export { nodeSignerFromSeed, nodeVerifySignature } from './ed25519.js';
