export { OutboundError, type OutboundErrorCode } from './outbound-error.js';
export {
  checkOutboundUrl,
  OutboundHttp,
  type OutboundAnswer,
  type OutboundFailure,
  type OutboundOptions,
  type OutboundPolicy,
  type OutboundPost,
  type Resolve,
} from './outbound-post.js';
export { isPublicAddress } from './public-address.js';
