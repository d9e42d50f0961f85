export { BackupError, type BackupErrorCode } from './backup-error.js';
export type { BackupKey, BackupLock } from './envelope.js';
export { restoreBackup, type Restored, type RestoreOrder } from './restore.js';
export { writeBackup, type BackupOrder, type WrittenBackup } from './write-backup.js';
