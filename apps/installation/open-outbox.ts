import { keyNames } from '#libs/contracts';
import {
  folderTransport,
  MAIL_QUEUE,
  mailCarrier,
  OutboxMailer,
  parseSmtpUrl,
  smtpTransport,
  type Mailer,
  type MailTransport,
} from '#platform/mail';
import { Courier, Outbox, type Carrier } from '#platform/outbox';
import { NoticeKeys } from '#stages/recipients';
import type { Closers } from './closers.js';
import type { Stores } from './open-stores.js';
import type { InstallationOptions } from './options.js';

/** What leaves the house, and who carries it. */
export interface Deliveries {
  readonly outbox: Outbox;
  readonly courier: Courier;
  readonly mailer: Mailer;
  /** Adds a queue; to be called before the courier starts. */
  carry(queue: string, carrier: Carrier): void;
}

const DEFAULT_FROM = 'lacuna@localhost';

/** Opens the outbox of a data folder; nothing is delivered before the courier starts. */
export function openOutbox(
  { vault, folder, clock }: Pick<Stores, 'vault' | 'folder' | 'clock'>,
  { mail, onDeliveryFailure }: Pick<InstallationOptions, 'mail' | 'onDeliveryFailure'>,
  closers: Closers,
): Deliveries {
  const now = (): number => clock().getTime();
  const transport = mailTransport(folder.paths.mail, mail, now);
  vault.ensureKey(keyNames.outbox);
  const outbox = Outbox.open(folder.paths.outbox, vault, now);
  closers.add(() => outbox.close());
  const keys = new NoticeKeys(outbox, vault, () => clock().toISOString());
  keys.sweep();
  const carriers: Record<string, Carrier> = {};
  const carry: Deliveries['carry'] = (queue, carrier) => {
    carriers[queue] = { ...carrier, forgotten: ({ reference }) => keys.sweep(reference) };
  };
  carry(MAIL_QUEUE, mailCarrier(transport));
  const courier = new Courier({ outbox, carriers, now, onFailure: onDeliveryFailure });
  closers.add(() => courier.close());
  return {
    outbox,
    courier,
    mailer: new OutboxMailer(outbox, courier, keyNames.outbox),
    carry,
  };
}

/** @throws MailError SMTP_URL_MALFORMED */
function mailTransport(
  folder: string,
  { smtpUrl, from = DEFAULT_FROM }: InstallationOptions['mail'] = {},
  now: () => number,
): MailTransport {
  return smtpUrl === undefined
    ? folderTransport(folder, from, now)
    : smtpTransport(parseSmtpUrl(smtpUrl), from);
}
