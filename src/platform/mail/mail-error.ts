import { CodedError } from '#libs/essentials';

export type MailErrorCode = 'MAIL_ADDRESS_MALFORMED' | 'SMTP_URL_MALFORMED';

/** Why a mail cannot be sent. Holds no address. */
export class MailError extends CodedError<MailErrorCode> {}
