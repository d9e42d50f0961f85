import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { SmtpServer } from '#libs/testkit';
import { refusalOf, refusalOfAsync } from '#libs/testkit';
import type { NewParcel, Outbox, Parcel } from '#platform/outbox';
import {
  folderTransport,
  isMailAddress,
  mailCarrier,
  OutboxMailer,
  parseSmtpUrl,
  smtpTransport,
  type Mail,
} from './index.js';

const home = mkdtempSync(path.join(tmpdir(), 'lacuna-mail-'));
afterAll(() => rmSync(home, { recursive: true }));

const mail: Mail = { to: 'ana@example.org', subject: 'Ihr Code für heute', text: 'Code: 123456\n' };
const NOW = Date.UTC(2026, 0, 31, 10);

describe('mail as files', () => {
  it('is written as one message a file, as mail programs open it', async () => {
    const folder = path.join(home, 'outbox');
    const transport = folderTransport(folder, 'privacy@example.com', () => NOW);
    expect(await transport.deliver(mail, 'm-1')).toEqual({ outcome: 'delivered' });
    const text = readFileSync(path.join(folder, 'm-1.eml'), 'utf8');
    for (const header of [
      'From: privacy@example.com',
      'To: ana@example.org',
      'Subject: =?UTF-8?Q?Ihr_Code_f=C3=BCr_heute?=',
      'Auto-Submitted: auto-generated',
      'Message-ID: <m-1@example.com>',
      'Date: Sat, 31 Jan 2026 10:00:00 +0000',
      'Content-Type: text/plain; charset=utf-8',
    ])
      expect(text.split('\r\n')).toContain(header);
    expect(text).toContain('\r\n\r\nCode: 123456');
  });

  it('is removed after a week', async () => {
    const folder = path.join(home, 'old');
    const transport = folderTransport(folder, 'privacy@example.com', () => NOW);
    for (const id of ['old', 'young']) await transport.deliver(mail, id);
    const days = (count: number): Date => new Date(NOW - count * 86_400_000);
    utimesSync(path.join(folder, 'old.eml'), days(8), days(8));
    utimesSync(path.join(folder, 'young.eml'), days(6), days(6));
    await transport.deliver(mail, 'new');
    expect(readdirSync(folder).sort()).toEqual(['new.eml', 'young.eml']);
  });
});

describe('mail by SMTP', () => {
  let smtp: SmtpServer;
  const opened: SmtpServer[] = [];
  afterEach(() => opened.splice(0).forEach((one) => one.close()));

  async function deliver(answers: Readonly<Record<string, string>>, isLocal = true) {
    smtp = new SmtpServer();
    opened.push(smtp);
    const port = await smtp.listen(answers);
    const server = { ...parseSmtpUrl(`smtp://127.0.0.1:${port}`), isLocal };
    return smtpTransport(server, 'privacy@example.com').deliver(mail, 'm-1');
  }

  it('is handed to the server', async () => {
    expect(await deliver({})).toEqual({ outcome: 'delivered' });
    expect(smtp.heard).toEqual(
      expect.arrayContaining([
        'MAIL FROM:<privacy@example.com>',
        'RCPT TO:<ana@example.org>',
        'Code: 123456',
      ]),
    );
  });

  it('is given up when the server refuses it for good, and tried again when not now', async () => {
    expect(await deliver({ RCPT: '550 no such user ana@example.org' })).toEqual({
      outcome: 'refused',
      code: 'SMTP_550',
    });
    expect(await deliver({ RCPT: '451 later, ana@example.org' })).toEqual({
      outcome: 'failed',
      code: 'SMTP_451',
    });
  });

  it('waits while nobody listens', async () => {
    const closed = parseSmtpUrl('smtp://127.0.0.1:1');
    const answer = await smtpTransport(closed, 'privacy@example.com').deliver(mail, 'm-1');
    expect(answer).toMatchObject({ outcome: 'failed', code: expect.stringMatching(/^SMTP_E[A-Z]+$/) });
  });

  it('says nothing to another host that offers no TLS', async () => {
    expect(await deliver({}, false)).toMatchObject({ outcome: 'failed' });
    expect(smtp.heard.some((line) => line.startsWith('MAIL') || line.includes('ana'))).toBe(false);
  });
});

describe('mail over TLS', () => {
  const certificate = {
    key: readFileSync('test/support/tls/localhost.key'),
    cert: readFileSync('test/support/tls/localhost.crt'), // signed by itself
  };
  const heard: string[] = [];
  const servers: Server[] = [];
  afterEach(() => {
    servers.splice(0).forEach((server) => server.close());
    heard.length = 0;
  });

  /** Answers as a mail server with STARTTLS does, and goes on over TLS when it is told to. */
  function talk(socket: Socket): void {
    socket.on('error', () => socket.destroy()); // whoever does not trust the certificate hangs up
    socket.on('data', (chunk: Buffer) => {
      heard.push(chunk.toString());
      if (!heard.at(-1)!.startsWith('STARTTLS')) return void socket.write('250-here\r\n250 STARTTLS\r\n');
      socket.removeAllListeners('data');
      socket.write('220 go on\r\n');
      talk(new TLSSocket(socket, { isServer: true, ...certificate }));
    });
  }

  async function deliver(server: Server, scheme: 'smtp' | 'smtps') {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const named = { ...parseSmtpUrl(`${scheme}://me:secret@127.0.0.1:${port}`), isLocal: false };
    return smtpTransport(named, 'privacy@example.com').deliver(mail, 'm-1');
  }

  it.each([
    [
      'after STARTTLS',
      'smtp' as const,
      () =>
        createServer((socket) => {
          socket.write('220 here\r\n');
          talk(socket);
        }),
    ],
    ['from the first byte on', 'smtps' as const, () => createTlsServer(certificate, talk)],
  ])('waits, and says nothing, while the certificate is nobody’s, %s', async (_, scheme, serverOf) => {
    const answer = await deliver(serverOf(), scheme);
    expect(answer).toMatchObject({ outcome: 'failed', code: expect.stringMatching(/^SMTP_[A-Z_]+$/) });
    expect(heard.join('')).not.toMatch(/MAIL|AUTH|ana@/);
    if (scheme === 'smtp') expect(heard.at(-1)).toBe('STARTTLS\r\n');
  });
});

describe('the URL of a mail server', () => {
  it('says host, port, TLS and account', () => {
    expect(parseSmtpUrl('smtps://me:p%40ss@mail.example.com')).toEqual({
      host: 'mail.example.com',
      port: 465,
      implicitTls: true,
      isLocal: false,
      auth: { user: 'me', pass: 'p@ss' },
    });
    expect(parseSmtpUrl('smtp://mail.example.com')).toMatchObject({
      port: 587,
      implicitTls: false,
      isLocal: false,
    });
    expect(parseSmtpUrl('smtp://localhost:2525')).toMatchObject({ port: 2525, isLocal: true });
    expect(parseSmtpUrl('smtp://[::1]')).toMatchObject({ host: '::1', isLocal: true });
  });

  it.each([
    'mail.example.com',
    'https://mail.example.com',
    'smtp://',
    'smtps://mail.example.com?tls.rejectUnauthorized=false',
    '',
  ])('is refused as %p', (text) => {
    expect(refusalOf(() => parseSmtpUrl(text))).toBe('SMTP_URL_MALFORMED');
  });
});

describe('an address', () => {
  it.each(['ana@example.org', 'a+b@mail.example.co.uk', 'søren@exämple.org', 'root@localhost'])(
    'may be %s',
    (address) => {
      expect(isMailAddress(address)).toBe(true);
    },
  );

  it.each([
    'ana',
    'ana@',
    '@example.org',
    'ana@example.org, ben@example.org',
    'Ana <ana@example.org>',
    'ana@example.org\r\nBcc: ben@example.org',
    'ana@exa mple.org',
    `${'a'.repeat(65)}@example.org`,
    `ana@${'a.'.repeat(130)}org`,
    '',
  ])('may not be %p', async (to) => {
    expect(isMailAddress(to)).toBe(false);
    const put: NewParcel[] = [];
    const mailer = new OutboxMailer(
      { put: (one: NewParcel) => put.push(one) } as unknown as Outbox,
      { wake: () => {} },
      'k',
    );
    expect(await refusalOfAsync(() => mailer.send({ ...mail, to }))).toBe('MAIL_ADDRESS_MALFORMED');
    expect(put).toEqual([]);
  });
});

describe('the mailer', () => {
  it('puts a mail into the outbox, wakes the courier, and names nobody beside the content', async () => {
    const put: NewParcel[] = [];
    let woken = 0;
    const outbox = { put: (one: NewParcel) => put.push(one) } as unknown as Outbox;
    const mailer = new OutboxMailer(outbox, { wake: () => woken++ }, 'the-key');
    await mailer.send(mail, { expiresAt: '2026-01-31T10:15:00.000Z' });
    const [{ content, ...named }] = put;
    expect(woken).toBe(1);
    expect(named).toMatchObject({ queue: 'mail', keyName: 'the-key', expiresAt: NOW + 900_000 });
    expect(JSON.stringify(named)).not.toContain('ana');
    const sent: Mail[] = [];
    const carrier = mailCarrier({ deliver: async (one) => (sent.push(one), { outcome: 'delivered' }) });
    await carrier.carry(named as unknown as Parcel, content, new AbortController().signal);
    expect(sent).toEqual([mail]);
    expect(carrier.trace).toBe(false);
  });
});
