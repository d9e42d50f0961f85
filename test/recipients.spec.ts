import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseWebhookKey, verifyWebhook, type WebhookHeaders } from '#libs/webhooks';
import type { Installation } from '../apps/installation/index.js';
import { fixedClock, openSmall, PEOPLE, populate, TemporaryFolders } from './support/small-installation.js';

const folders = new TemporaryFolders();
const REQUEST = '7f1d9b1e-0000-4000-8000-000000000001';
const [ANA] = PEOPLE;
const MAIL = 'ana@example.org';

let installation: Installation;
let folder: string;
let server: Server;
let isUp = false;
const heard: { headers: Partial<WebhookHeaders>; body: string }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const headers = request.headers as Partial<WebhookHeaders>;
      if (isUp) heard.push({ headers, body: Buffer.concat(chunks).toString('utf8') });
      response.writeHead(isUp ? 200 : 503).end();
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  folder = folders.next();
  installation = await reopened();
  await populate(installation);
  await installation.trainings.train();
});
afterAll(async () => {
  await installation.close();
  server.closeAllConnections();
  server.close();
  folders.remove();
});

let minutes = 0;
const reopened = (): Promise<Installation> =>
  openSmall(folder, {
    now: () => new Date(fixedClock().getTime() + minutes * 60_000),
    settings: { recipients: { allowHttp: true, allowPrivateAddresses: true } },
  });

const bytesOf = (): Buffer =>
  Buffer.concat(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.eml'))
      .map((entry) => readFileSync(path.join(entry.parentPath ?? entry.path, entry.name))),
  );

/** The tests of this block tell one story and build on each other. */
describe('an erasure that others have to be told of', () => {
  let secret: string;

  it('names them in its certificate, and stays open until they are told', async () => {
    const { port } = server.address() as { port: number };
    const url = `http://127.0.0.1:${port}/hook`;
    const added = await installation.recipients.registry.add({
      recipientId: randomUUID(),
      name: 'mail-provider',
      url,
      signing: 'hmac-sha256',
    });
    secret = added.secret!;
    installation.vault.addAlias(installation.vault.findSubject(ANA)!, MAIL, 'email');
    const { finished } = await installation.requests.erase({
      requestId: REQUEST,
      externalId: ANA,
      channel: 'cli',
    });
    expect(await finished).toMatchObject({ status: 'certified' });
    const { recipientsNotified } = await installation.certificates.predicate(REQUEST);
    expect(recipientsNotified).toEqual(['mail-provider']);
    await installation.deliverNow();
    expect(installation.requests.get(REQUEST).status).toBe('certified');
    expect(installation.vault.findSubject(ANA)).toBeUndefined();
  });

  it('tells them after the process was started again, by the id that nobody here knows any more, and closes', async () => {
    await installation.close();
    minutes = 10;
    installation = await reopened();
    isUp = true;
    await installation.deliverNow();
    expect(installation.requests.get(REQUEST).status).toBe('closed');
    const [{ headers, body }] = heard;
    verifyWebhook(headers, body, parseWebhookKey(secret), fixedClock().getTime() / 1000 + minutes * 60);
    expect(JSON.parse(body)).toMatchObject({
      type: 'subject_request.erasure',
      data: { subject: { externalIds: [ANA] } },
    });
  });

  it('writes to the person last, and keeps neither id nor address in the data folder', async () => {
    const mails = readdirSync(path.join(folder, 'outbox')).map((name) =>
      readFileSync(path.join(folder, 'outbox', name), 'utf8'),
    );
    expect(
      mails.filter((text) => text.includes(`To: ${MAIL}`) && text.includes('Your request is completed')),
    ).toHaveLength(1);
    await installation.close();
    expect([ANA, MAIL].map((personal) => bytesOf().includes(personal))).toEqual([false, false]);
    installation = await reopened();
  });
});
