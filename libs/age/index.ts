export { AgeError, type AgeErrorCode } from './age-error.js';
export {
  decryptStreamWith,
  decryptStreamWithPassphrase,
  decryptWith,
  encryptStreamTo,
  encryptStreamWithPassphrase,
  encryptTo,
} from './age-file.js';
export type { Identity, Recipient } from './checked-keys.js';
export { newIdentity, parseIdentity, parseRecipient, recipientOf } from './keys.js';
