import { randomUUID } from 'node:crypto';
import { parseStrictJson } from '#libs/essentials';
import { MAIL_SCHEDULE, type Carrier, type Courier, type NewParcel, type Outbox } from '#platform/outbox';
import { MailError } from './mail-error.js';
import type { MailTransport } from './mail-transport.js';
import type { Mail } from './mail.js';

export interface MailChoices {
  /** ISO 8601; from then on the mail is worth nothing and is not sent any more. */
  readonly expiresAt?: string;
}

/** Sends mail: what is given to it arrives, or is given up after days. */
export interface Mailer {
  /**
   * Resolves when the mail is kept, sealed, and will be tried until it is sent.
   * @throws MailError MAIL_ADDRESS_MALFORMED
   */
  send(mail: Mail, choices?: MailChoices): Promise<void>;
}

export const MAIL_QUEUE = 'mail';

/** What the outbox keeps of a mail. @throws MailError MAIL_ADDRESS_MALFORMED */
export function mailParcel(
  mail: Mail,
  named: Pick<NewParcel, 'id' | 'keyName' | 'reference' | 'held' | 'expiresAt'>,
): NewParcel {
  checkAddress(mail.to);
  const { to, subject, text } = mail;
  return { ...named, queue: MAIL_QUEUE, destination: 'mail', content: JSON.stringify({ to, subject, text }) };
}

/** Puts mail into the outbox; the courier takes it from there. */
export class OutboxMailer implements Mailer {
  constructor(
    private readonly outbox: Outbox,
    private readonly courier: Pick<Courier, 'wake'>,
    /** Key of the vault that seals what waits. */
    private readonly keyName: string,
  ) {}

  async send(mail: Mail, { expiresAt }: MailChoices = {}): Promise<void> {
    const id = randomUUID();
    const { keyName } = this;
    const until = expiresAt === undefined ? undefined : Date.parse(expiresAt);
    this.outbox.put(mailParcel(mail, { id, keyName, reference: id, expiresAt: until }));
    this.courier.wake();
  }
}

/** Carries mail by a transport; of what was sent nothing is kept. */
export function mailCarrier(transport: MailTransport): Carrier {
  return {
    schedule: MAIL_SCHEDULE,
    trace: false,
    carry: ({ id }, content) => transport.deliver(parseStrictJson(content) as unknown as Mail, id),
  };
}

// What RFC 5321 §4.1.2 calls a Mailbox, without quoted local parts and address literals, and of bounded length (§4.5.3.1).
const ADDRESS =
  /^[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{1,253}$)[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63})*$/u;

/** Whether a text is an address that a mail can be sent to. @example isMailAddress('ana@example.org') // true */
export function isMailAddress(text: string): boolean {
  return ADDRESS.test(text);
}

function checkAddress(address: string): void {
  if (isMailAddress(address)) return;
  throw new MailError('MAIL_ADDRESS_MALFORMED', 'the text is no e-mail address that a mail can be sent to', {
    nextStep: 'Give one address such as name@example.org, without a display name.',
  });
}
