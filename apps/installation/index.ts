export { checkInstallationLedger, type LedgerCheckOptions } from './check-ledger.js';
export { EXPORT, exportBundle } from './export-bundle.js';
export { exportReplay, type ReplayExport, type ReplayExportOrder } from './export-replay.js';
export { InstallationError, type InstallationErrorCode } from './installation-error.js';
export { configOf, type LineChoice } from './line-choice.js';
export { openInstallation, type Installation } from './open-installation.js';
export type { InstallationOptions } from './options.js';
export { portalConfigOf, portalOf, type PortalSettings } from './portal-settings.js';
export { DEFAULT_SETTINGS, useLine, type Settings } from './settings.js';
