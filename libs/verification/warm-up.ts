import { fromHex, sha256 } from '#libs/essentials';
import { checkPublicKey, verifySignature } from '#libs/merkle';

const ROUNDS = 3;
const LIKE_A_CERTIFICATE = 8 * 1024; // bytes; one person's has less than 10 KB
/** RFC 8032 §7.1, TEST 1. */
const PUBLIC_KEY = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const SIGNATURE =
  'e5564300c360ac729086e2cc806e828a84877f1eb8e56d974d873e06522490155fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b';

/**
 * Lets an engine translate hashing and the arithmetic of signatures before somebody waits for them: the first certificate takes three
 * times as long as the next. For where portable code is used and there is time to spare, such as a worker whose files are still on
 * their way. That the signature does not hold for what is hashed here takes just as long to find out.
 */
export function warmUp(): void {
  const publicKey = fromHex(PUBLIC_KEY);
  const signature = fromHex(SIGNATURE);
  checkPublicKey(publicKey);
  for (let round = 0; round < ROUNDS; round++) {
    const message = new Uint8Array(LIKE_A_CERTIFICATE).fill(round);
    sha256(message);
    verifySignature(publicKey, message, signature);
  }
}
