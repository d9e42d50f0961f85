import { CodedError } from '#libs/essentials';

export type DemoErrorCode = 'DEMO_FOLDER_NOT_OURS' | 'DEMO_DATA_UNSUITABLE' | 'DEMO_CHECK_FAILED';

/** A folder that the demo will not empty, data that cannot tell the story, or a check that failed. */
export class DemoError extends CodedError<DemoErrorCode> {}
