export { RecipientsModule } from './recipients.module.js';
