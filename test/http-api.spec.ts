import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decryptWith, newIdentity, recipientOf } from '#libs/age';
import {
  composeReceipt,
  verifyCertificate,
  verifyDeletion,
  verifyLoggedStatement,
  verifyReceipt,
} from '#libs/verification';
import { HttpClient } from './support/http-client.js';
import {
  interactionsOf,
  ITEMS,
  PEOPLE,
  PURPOSE,
  TemporaryFolders,
  trustOf,
} from './support/small-installation.js';

const folders = new TemporaryFolders();
const ANA = 'ana@example.org'; // an id that would give a person away wherever it turned up
const WITHDRAWAL = '7f1d9b1e-0000-4000-8000-000000000001';
const RECEIPT = '7f1d9b1e-0000-4000-8000-000000000003';
const ERASURE = '7f1d9b1e-0000-4000-8000-000000000002';
const evidence = { method: 'web-form', evidenceReference: 'urn:test:evidence' };
const entries = interactionsOf().map((entry) => ({
  ...entry,
  subject: entry.subject === PEOPLE[4] ? ANA : entry.subject,
}));
const anas = entries.filter(({ subject }) => subject === ANA);

let http: HttpClient;
const ledgerFolder = () => http.installation.folder.paths.ledger;
const tileNames = () =>
  readdirSync(ledgerFolder(), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'checkpoint')
    .map((entry) => path.relative(ledgerFolder(), path.join(entry.parentPath ?? entry.path, entry.name)));

beforeAll(async () => {
  http = await HttpClient.open(folders.next());
});
afterAll(async () => {
  await http.close();
  folders.remove();
});

const trustPolicy = () => trustOf(http.installation);

/** The tests of this block tell one story and build on each other. */
describe('the life of a person over HTTP', () => {
  it('begins with a catalogue', async () => {
    const catalogued = await http.post('ingest', '/v1/items', ITEMS, 200);
    expect(catalogued).toEqual({ catalogued: ITEMS.length, unchanged: 0 });
  });

  it('goes on with consent, under a random pseudonym', async () => {
    for (const subject of new Set(entries.map((entry) => entry.subject))) {
      const decision = { subject, purpose: PURPOSE, ...evidence };
      expect(await http.post('ingest', '/v1/consents', decision, 200)).toMatchObject({ recorded: true });
    }
    const consents = await http.get('ingest', `/v1/consents/${ANA}`);
    expect(consents).toMatchObject({ consents: [{ purpose: PURPOSE, event: { state: 'given' } }] });
    expect(JSON.stringify(consents)).not.toContain(ANA);
  });

  it('takes interactions one by one and as NDJSON, and none twice', async () => {
    const one = { ...anas[0], time: new Date(anas[0].time * 1000).toISOString() };
    await http.post('ingest', '/v1/interactions', one, 201);
    await http.post('ingest', '/v1/interactions', one, 200);
    const { status, text } = await http.call('ingest', 'post', '/v1/interactions/bulk?results=rejected', {
      type: 'application/x-ndjson',
      body: [...entries, { ...anas[0], item: 'none' }].map((entry) => JSON.stringify(entry)).join('\n'),
    });
    expect(status).toBe(200);
    const lines: unknown[] = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toMatchObject([
      { line: entries.length + 1, status: 'rejected', code: 'ITEM_UNKNOWN', field: 'item' },
      { summary: { recorded: entries.length - 1, duplicate: 1, rejected: 1 } },
    ]);
  });

  it('has no recommendations before the first training', async () => {
    const problem = await http.get('serve', `/v1/recommendations/${ANA}`, 503);
    expect(problem).toMatchObject({ code: 'MODEL_NOT_PUBLISHED', nextStep: expect.any(String) });
  });

  it('has some after it, none of them seen before', async () => {
    expect(await http.post('admin', '/v1/models/train', {}, 201)).toMatchObject({ version: 1 });
    const list = await http.get('serve', `/v1/recommendations/${ANA}?k=5`);
    expect(list).toMatchObject({ model: { line: 'main', version: 1 }, quarantinedShards: [] });
    const { items } = list as { items: { item: string }[] };
    expect(items).toHaveLength(5);
    const seen = new Set(anas.map(({ item }) => item));
    expect(items.filter(({ item }) => seen.has(item))).toEqual([]);
  });

  it('shows auditors the genesis and the manifest', async () => {
    const line = await http.get('auditor', '/v1/models/main');
    expect(line).toMatchObject({ genesis: { line: 'main' }, versions: [{ version: 1 }] });
    expect(await http.get('auditor', '/v1/models')).toEqual([line]);
    const manifest = await http.get('auditor', '/v1/models/main/versions/1/manifest');
    expect((manifest as { shards: unknown[] }).shards).toHaveLength(3);
  });

  it('shows the data-protection officer what is stored, with the labels of single records', async () => {
    const records = (await http.get('dpo', `/v1/subjects/${ANA}/records`, 200)) as {
      label: string;
      item: string;
      time: string;
    }[];
    expect(records.map(({ item }) => item).sort()).toEqual(anas.map(({ item }) => item).sort());
    expect(records.map(({ time }) => time)).toEqual(records.map(({ time }) => time).sort());
    for (const { label } of records) expect(label).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  it('unlearns a withdrawal, which stays one request however often it is sent', async () => {
    const asked = { subject: ANA, categories: ['Horror'], requestId: WITHDRAWAL };
    const inCapitals = { ...asked, requestId: WITHDRAWAL.toUpperCase() };
    await http.post('dpo', '/v1/requests/withdrawals', asked, 202);
    await http.post('dpo', '/v1/requests/withdrawals', inCapitals, 202);
    expect(await http.closed(WITHDRAWAL)).toMatchObject({ status: 'closed', kind: 'withdrawal' });
    await http.post('dpo', '/v1/requests/withdrawals', asked, 202);
    expect(await http.get('dpo', '/v1/requests?tab=closed')).toMatchObject({
      total: 1,
      rows: [{ requestId: WITHDRAWAL, kind: 'withdrawal', phase: 'completed' }],
    });
    expect(await http.get('auditor', '/v1/models/main')).toMatchObject({
      versions: [{ version: 1 }, { version: 2 }],
    });
  });

  it('keeps openings for the person who gave a key, until they are fetched and removed', async () => {
    const identity = await newIdentity();
    const receiptRecipient = await recipientOf(identity);
    const [{ item }] = anas.filter(({ item: one }) => Number(one.slice(1)) % 3 === 0);
    const asked = { subject: ANA, items: [item], requestId: RECEIPT, receiptRecipient };
    await http.post('dpo', '/v1/requests/withdrawals', asked, 202);
    expect(await http.closed(RECEIPT)).toMatchObject({ status: 'closed', receiptWanted: true });
    const route = `/v1/requests/${RECEIPT}/receipt-openings`;
    const { status, headers, bytes } = await http.call('dpo', 'get', route);
    expect([status, headers['content-type']]).toEqual([200, 'application/octet-stream']);
    const certificate = await http.call('dpo', 'get', `/v1/requests/${RECEIPT}/certificate`);
    const openings = await decryptWith(identity, Uint8Array.from(bytes));
    const receipt = composeReceipt(openings, Uint8Array.from(certificate.bytes));
    expect(verifyReceipt({ receipt, trust: trustPolicy() }).records.count).toBe(1);
    expect((await http.call('dpo', 'delete', route)).status).toBe(204);
    expect(await http.get('dpo', route, 404)).toMatchObject({ code: 'RECEIPT_NOT_KEPT' });
    expect((await http.call('dpo', 'delete', route)).status).toBe(204);
  });

  it('unlearns an erasure, and repeats the answer when nobody knows the person any more', async () => {
    const asked = { subject: ANA, requestId: ERASURE };
    await http.post('dpo', '/v1/requests/erasures', asked, 202);
    expect(await http.closed(ERASURE)).toMatchObject({ status: 'closed', kind: 'erasure' });
    const repeated = await http.post('dpo', '/v1/requests/erasures', asked, 202);
    expect(repeated).toMatchObject({ requestId: ERASURE, status: 'closed' });
    await http.get('serve', `/v1/recommendations/${ANA}`, 404);
  });

  it.each([WITHDRAWAL, ERASURE])('ends with a certificate that anybody can check (%s)', async (id) => {
    const { status, headers, bytes, text } = await http.call('dpo', 'get', `/v1/requests/${id}/certificate`);
    expect(status).toBe(200);
    expect(headers['content-type']).toContain('application/vnd.dev.sigstore.bundle.v0.3+json');
    const { certificate } = verifyCertificate({ bundle: Uint8Array.from(bytes), trust: trustPolicy() });
    expect(certificate.request.id).toBe(id);
    expect(text).not.toContain(ANA);
  });

  it.each([WITHDRAWAL, ERASURE])('hands out the proofs that the certificate names (%s)', async (id) => {
    const [bundle, proofs] = await Promise.all(
      ['certificate', 'certificate/proofs'].map((what) =>
        http.call('dpo', 'get', `/v1/requests/${id}/${what}`),
      ),
    );
    expect(proofs).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    const { certificate } = verifyCertificate({
      bundle: Uint8Array.from(bundle.bytes),
      trust: trustPolicy(),
    });
    expect(proofs.headers['content-disposition']).toContain(certificate.proofs.file);
    const { left } = verifyDeletion({ certificate, proofs: Uint8Array.from(proofs.bytes) });
    expect(left).toBe(certificate.deleted.count);
  });

  it.each([
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/html', /^<!doctype html>/],
    ['application/pdf', 'application/pdf', /^%PDF-/],
    ['*/*', 'application/vnd.dev.sigstore.bundle.v0.3+json', /^{/],
    ['image/png', 'application/vnd.dev.sigstore.bundle.v0.3+json', /^{/],
  ])('shows the certificate to whoever accepts %s as %s', async (accept, type, beginning) => {
    const answer = await http.call('dpo', 'get', `/v1/requests/${ERASURE}/certificate`, { accept });
    expect(answer).toMatchObject({ status: 200, headers: { vary: expect.stringContaining('Accept') } });
    expect(answer.headers['content-type']).toContain(type);
    expect(answer.text).toMatch(beginning);
    if (type === 'text/html') expect(answer.text).toContain('<strong>Verified</strong>');
  });

  it('leaves nothing of the person in the log of the server', () => {
    expect(http.log).not.toContain('example.org');
  });
});

describe('the ledger over HTTP', () => {
  it('serves the checkpoint and every tile, byte for byte and without a token', async () => {
    expect(tileNames().length).toBeGreaterThan(2);
    for (const name of ['checkpoint', ...tileNames()]) {
      const { status, bytes } = await http.call(undefined, 'get', `/ledger/${name}`);
      expect(status).toBe(200);
      expect(readFileSync(path.join(ledgerFolder(), name)).equals(bytes)).toBe(true);
    }
  });

  it('lets the checkpoint be asked for anew each time, and a partial tile be kept for a day', async () => {
    expect((await http.call(undefined, 'get', '/ledger/checkpoint')).headers).toMatchObject({
      'cache-control': 'no-cache',
      'content-type': 'text/plain; charset=utf-8',
    });
    const partial = tileNames().find((name) => name.startsWith('tile/0/'))!;
    expect((await http.call(undefined, 'get', `/ledger/${partial}`)).headers).toMatchObject({
      'cache-control': 'public, max-age=86400',
      'content-type': 'application/octet-stream',
    });
  });

  it('packs bundles of entries for whoever can unpack them', async () => {
    const bundle = tileNames().find((name) => name.startsWith('tile/entries/'))!;
    const asked = await http.call(undefined, 'get', `/ledger/${bundle}`);
    expect(asked.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    const plain = await http.call(undefined, 'get', `/ledger/${bundle}`, { acceptEncoding: 'identity' });
    expect(plain.headers).not.toHaveProperty('content-encoding');
    expect(plain.bytes.equals(asked.bytes)).toBe(true);
  });

  it('answers below the path that the origin of the log names, too', async () => {
    const { origin } = http.installation.settings;
    const prefix = origin.slice(origin.indexOf('/'));
    expect((await http.call(undefined, 'get', `${prefix}/checkpoint`)).text).toMatch(`${origin}\n`);
  });

  it('says what an entry stands for', async () => {
    const short = await http.call(undefined, 'get', '/ledger/statements/0');
    const asFile = await http.call(undefined, 'get', '/ledger/statements/0.sigstore.json');
    expect(short.headers['content-type']).toBe('application/vnd.dev.sigstore.bundle.v0.3+json');
    expect(asFile.bytes.equals(short.bytes)).toBe(true);
    const { statement } = verifyLoggedStatement({
      bundle: Uint8Array.from(short.bytes),
      trust: trustPolicy(),
    });
    expect(statement.predicateType).toBe('urn:lacuna:model-genesis:v1');
  });

  it('lets nobody remember that a file was not there yet', async () => {
    const { status, headers } = await http.call(undefined, 'get', '/ledger/tile/0/x999/999');
    expect([status, headers['cache-control']]).toEqual([404, 'no-store']);
  });

  it('lets a full tile be kept for ever', async () => {
    mkdirSync(path.join(ledgerFolder(), 'tile/0/x001'));
    writeFileSync(path.join(ledgerFolder(), 'tile/0/x001/000'), Buffer.alloc(256 * 32, 1));
    const { status, headers, bytes } = await http.call(undefined, 'get', '/ledger/tile/0/x001/000');
    expect([status, bytes.length]).toEqual([200, 256 * 32]);
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  it.each([
    '/ledger/tile/../../ledger.db',
    '/ledger/tile/..%2f..%2fledger.db',
    '/ledger/tile/%2e%2e/%2e%2e/kek.key',
    '/ledger/tile/0/..%5c..%5ckek.key',
    '/ledger/tile/0/000%00',
    '/ledger/tile/0/000.p/999',
    '/ledger/tile/0/000.p/256',
    '/ledger/tile/0/000.p/01',
    '/ledger/tile/00/000',
    '/ledger/tile/64/000',
    '/ledger/statements/01',
    '/ledger/statements/..%2fcheckpoint',
    '/ledger/statements/9999',
    '/ledger/tile/0/1',
    '/ledger/tile/0/000.p/1.123-0.tmp',
    '/ledger/tile/99/x001/000',
    '/ledger/tile/',
    '/ledger/ledger.db',
    '/ledger/',
  ])('has nothing at %s', async (odd) => {
    const { status, body } = await http.call(undefined, 'get', odd);
    expect(status).toBe(404);
    expect((body as { code: string }).code).toMatch(/^(LEDGER_FILE_UNKNOWN|ROUTE_NOT_FOUND)$/);
  });
});

describe('the health of the process', () => {
  it('is public, and says counts and positions only', async () => {
    const { status, body, text } = await http.call(undefined, 'get', '/health');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'ok',
      info: {
        events: { status: 'up' },
        projections: { status: 'up' },
        ledger: { status: 'up', entries: 11 },
        model: { status: 'up', version: 4 },
      },
    });
    expect(text).not.toContain(http.installation.folder.paths.root);
  });
});
