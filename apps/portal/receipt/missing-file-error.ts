import { CodedError } from '#libs/essentials';

/** Something that a verification needs was not given. */
export class MissingFileError extends CodedError<'TRUST_FILE_MISSING'> {}
