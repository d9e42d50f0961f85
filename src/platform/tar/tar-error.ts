import { CodedError } from '#libs/essentials';

export type TarErrorCode = 'TAR_NAME_TOO_LONG' | 'TAR_ENTRY_SIZE_DIFFERS' | 'TAR_MALFORMED' | 'TAR_TRUNCATED';

/** A tar archive that cannot be written, or is not what it should be. */
export class TarError extends CodedError<TarErrorCode> {}
