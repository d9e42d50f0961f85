export { DataFolderError, type DataFolderErrorCode } from './data-folder-error.js';
export {
  fullDisk,
  openDataFolder,
  pathsIn,
  unfinishedMarker,
  type DataFolder,
  type DataPaths,
} from './open-data-folder.js';
