import { MailError } from './mail-error.js';

/** A mail server, as a URL names it. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte on (smtps). */
  readonly implicitTls: boolean;
  /** This very host: nothing leaves it, and TLS is not asked for. */
  readonly isLocal: boolean;
  readonly auth?: { readonly user: string; readonly pass: string };
}

const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]']);
const PORTS = { 'smtp:': 587, 'smtps:': 465 } as const; // RFC 6409 §3.1, RFC 8314 §7.3

/**
 * Reads `smtp://user:password@host:port` or `smtps://…`. Options in the query are refused: some would switch the checks of the
 * certificate off.
 *
 * @throws MailError SMTP_URL_MALFORMED
 */
export function parseSmtpUrl(text: string): SmtpServer {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const port = url && PORTS[url.protocol as keyof typeof PORTS];
  if (url === undefined || port === undefined || url.hostname === '' || url.search !== '' || url.hash !== '')
    throw new MailError('SMTP_URL_MALFORMED', 'LACUNA_SMTP_URL does not name a mail server', {
      nextStep:
        'Write smtps://user:password@host, or smtp://host:587 for STARTTLS; options after ? are not taken.',
    });
  const { hostname, username, password } = url;
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? port : Number(url.port),
    implicitTls: url.protocol === 'smtps:',
    isLocal: LOCAL.has(hostname),
    ...(username !== '' && {
      auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    }),
  };
}
