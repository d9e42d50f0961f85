export { FileVault, type FileVaultOptions } from './file-vault.js';
export { loadKek, type KekSource } from './key-encryption-key.js';
export { Shredder, type RemovedRecords } from './shredder.js';
