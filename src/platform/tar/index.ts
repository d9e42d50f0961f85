export { readTar, type PackedFile } from './read-tar.js';
export { TarError, type TarErrorCode } from './tar-error.js';
export { writeTar, type FileToPack } from './write-tar.js';
