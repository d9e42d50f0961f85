import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { FOLDER_MODE, makeFolder, writeFileDurably } from '#platform/files';
import type { Carried } from '#platform/outbox';
import type { Mail } from './mail.js';
import type { SmtpServer } from './smtp-url.js';

/** Hands one mail over. */
export interface MailTransport {
  /** @param id the same at each attempt */
  deliver(mail: Mail, id: string): Promise<Carried>;
}

const TIMEOUT = 20_000; // ms for each step of the conversation
const MAILER_HEADERS = { 'Auto-Submitted': 'auto-generated' }; // RFC 3834 §5: out-of-office replies are not wanted
const DAYS_KEPT = 7;
const MILLISECONDS_A_DAY = 86_400_000;

function messageOf(mail: Mail, from: string, id: string): SendMailOptions {
  const domain = from.slice(from.lastIndexOf('@') + 1);
  return {
    from,
    to: { name: '', address: mail.to }, // an object, so that nothing in it is read as a list
    subject: mail.subject,
    text: mail.text,
    headers: MAILER_HEADERS,
    messageId: `<${id}@${domain}>`,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** Sends through a mail server; the certificate of the server is checked, and nothing goes out in the clear but to this very host. */
export function smtpTransport(server: SmtpServer, from: string): MailTransport {
  const { host, port, implicitTls, isLocal, auth } = server;
  const transporter = createTransport({
    host,
    port,
    secure: implicitTls,
    requireTLS: !implicitTls && !isLocal, // STARTTLS or nothing (RFC 3207)
    ignoreTLS: isLocal && !implicitTls,
    tls: { minVersion: 'TLSv1.2' },
    ...(auth && { auth }),
    connectionTimeout: TIMEOUT,
    greetingTimeout: TIMEOUT,
    socketTimeout: TIMEOUT,
  });
  return {
    async deliver(mail, id) {
      try {
        await transporter.sendMail(messageOf(mail, from, id));
        return { outcome: 'delivered' };
      } catch (error) {
        return failureOf(error);
      }
    },
  };
}

/** Only codes are taken from the error: its message quotes addresses. */
function failureOf(error: unknown): Carried {
  const { responseCode, code } = error as { responseCode?: unknown; code?: unknown };
  if (typeof responseCode === 'number' && responseCode >= 500 && code !== 'EAUTH')
    return { outcome: 'refused', code: `SMTP_${responseCode}` }; // RFC 5321 §4.2.1: a permanent refusal
  if (typeof responseCode === 'number') return { outcome: 'failed', code: `SMTP_${responseCode}` };
  return { outcome: 'failed', code: typeof code === 'string' ? `SMTP_${code}` : 'SMTP_UNREACHABLE' };
}

/**
 * Writes each mail as a file into a folder, for trying things out without a mail server; after a week a file is removed.
 *
 * @param now milliseconds since the epoch
 */
export function folderTransport(folder: string, from: string, now: () => number): MailTransport {
  const transporter = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  return {
    async deliver(mail, id) {
      await makeFolder(folder, FOLDER_MODE.private);
      await removeOld(folder, now());
      const { message } = await transporter.sendMail({ ...messageOf(mail, from, id), date: new Date(now()) });
      await writeFileDurably(path.join(folder, `${id}.eml`), message as Buffer);
      return { outcome: 'delivered' };
    },
  };
}

async function removeOld(folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    const { mtimeMs } = await stat(file);
    if (name.endsWith('.eml') && now - mtimeMs > DAYS_KEPT * MILLISECONDS_A_DAY)
      await rm(file, { force: true });
  }
}
