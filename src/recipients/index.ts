export { Acknowledgements } from './acknowledgements.js';
export { noticeCarrier } from './notice-carrier.js';
export { NoticeKeys } from './notice-keys.js';
export type { NoticedPeople, NoticedRequest, RecipientTold } from './ports.js';
export { NOTICE_QUEUE, RecipientNotices } from './recipient-notices.js';
export { RecipientRegistry, type NewRecipient } from './recipient-registry.js';
export { RecipientsError, type RecipientsErrorCode } from './recipients-error.js';
