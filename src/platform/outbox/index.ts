export { Courier, type Carried, type Carrier, type CourierOptions } from './courier.js';
export {
  Outbox,
  type NewParcel,
  type Parcel,
  type ParcelEnd,
  type ParcelDepth,
  type ParcelState,
} from './outbox.js';
export { MAIL_SCHEDULE, pauseAfter, WEBHOOK_SCHEDULE, type Schedule } from './schedule.js';
