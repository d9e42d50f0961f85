export { FileVault, type FileVaultOptions } from './file-vault.js';
export { loadKek, type KekSource } from './key-encryption-key.js';
export { areDestroyed, destroyInVault, type VaultDestruction } from './destroy-in-vault.js';
export { Shredder, type RemovedRecords } from './shredder.js';
export { isKekAddress, formatKekAddress, parseKekAddress, type KekAddress } from './kek/kek-address.js';
export {
  KekCustody,
  type KekCustodyOptions,
  type KekPlaces,
  type KekWhereabouts,
} from './kek/kek-custody.js';
export { keyWrapperFor } from './kek/key-wrapper-for.js';
export type { Environment } from './kek/vault-settings.js';
