export { MailError, type MailErrorCode } from './mail-error.js';
export type { Mail } from './mail.js';
export { folderTransport, smtpTransport, type MailTransport } from './mail-transport.js';
export {
  isMailAddress,
  MAIL_QUEUE,
  mailCarrier,
  mailParcel,
  OutboxMailer,
  type MailChoices,
  type Mailer,
} from './mailer.js';
export { parseSmtpUrl, type SmtpServer } from './smtp-url.js';
