import { CodedError } from '#libs/essentials';

export type MeasuringErrorCode = 'VERSION_NOT_WHOLE';

/** Why a version's twin cannot be measured. */
export class MeasuringError extends CodedError<MeasuringErrorCode> {}
