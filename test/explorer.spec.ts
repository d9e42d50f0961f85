import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromHex, utf8 } from '#libs/essentials';
import { openCheckpoint, verifyInclusion } from '#libs/merkle';
import type { CheckpointView, EntriesPage, EntryDetail, Page, TrustView } from '#libs/portal-contract';
import { verifyAbsence } from '#libs/verification';
import { readTar } from '#platform/tar';
import { HttpClient } from './support/http-client.js';
import { lacunaVerify } from './support/lacuna-process.js';
import { fixedClock, PEOPLE, populate, TemporaryFolders, trustOf } from './support/small-installation.js';

const folders = new TemporaryFolders();
const WITHDRAWAL = '7f1d9b1e-0000-4000-8000-000000000001';
const ERASURE = '7f1d9b1e-0000-4000-8000-000000000002';
const NOBODYS = '7f1d9b1e-0000-4000-8000-00000000000f';
const [, BEN, EVA] = PEOPLE;
const AUDITOR = 'auditor';

let http: HttpClient;
beforeAll(async () => {
  http = await HttpClient.open(folders.next());
  await populate(http.installation);
  await http.post('admin', '/v1/models/train', {}, 201);
  const horror = { subject: BEN, categories: ['Horror'], requestId: WITHDRAWAL };
  await http.post('dpo', '/v1/requests/withdrawals', horror, 202);
  await http.post('dpo', '/v1/requests/erasures', { subject: EVA, requestId: ERASURE }, 202);
  await http.closed(WITHDRAWAL);
  await http.closed(ERASURE);
});
afterAll(async () => {
  await http.close();
  folders.remove();
});

const entries = async (query = ''): Promise<EntriesPage> =>
  (await http.get(AUDITOR, `/v1/explorer/entries${query}`)) as EntriesPage;
const entry = async (index: number): Promise<EntryDetail> =>
  (await http.get(AUDITOR, `/v1/explorer/entries/${index}`)) as EntryDetail;
const indexes = ({ rows }: EntriesPage): number[] => rows.map(({ index }) => index);
const certificateOf = async (requestId: string) => (await entries(`?search=${requestId}`)).rows[0];

describe('the list of entries', () => {
  it('shows all of the published ledger, newest first, and what each entry stands for', async () => {
    const { rows, total, page, size } = await entries();
    expect({ total, page, size }).toEqual({ total: http.installation.ledger.size(), page: 1, size: 50 });
    expect(rows.map(({ index }) => index)).toEqual(rows.map((_, at) => total - 1 - at));
    expect(rows.at(-1)).toMatchObject({ index: 0, type: 'genesis', line: 'main' });
    expect(rows.at(-2)).toMatchObject({ index: 1, type: 'publication', line: 'main', version: 1 });
    expect(rows.filter(({ type }) => type === 'certificate').map(({ requestId }) => requestId)).toEqual([
      ERASURE,
      WITHDRAWAL,
    ]);
    expect(rows.filter(({ type }) => type === 'unknown')).toEqual([]);
    for (const { at } of rows) expect(at).toBe(fixedClock().toISOString());
  });

  it('is cut into pages on the server', async () => {
    const all = await entries();
    const second = await entries('?page=2&size=3');
    expect(second).toMatchObject({ total: all.total, page: 2, size: 3 });
    expect(second.rows).toEqual(all.rows.slice(3, 6));
    expect((await entries('?page=999&size=200')).rows).toEqual([]);
  });

  it('finds a certificate by the pseudonym of its request, and by its digest or the beginning of it', async () => {
    const certificate = await certificateOf(WITHDRAWAL);
    const { certificate: issued } = (await http.get('dpo', `/v1/requests/${WITHDRAWAL}`)) as {
      certificate: { digest: string; ledgerIndex: number };
    };
    expect(certificate).toMatchObject({
      index: issued.ledgerIndex,
      type: 'certificate',
      line: 'main',
      version: 2,
      payloadDigest: issued.digest,
    });
    for (const search of [
      issued.digest,
      issued.digest.slice(0, 8),
      issued.digest.toUpperCase(),
      WITHDRAWAL.toUpperCase(),
    ])
      expect(indexes(await entries(`?search=${search}`))).toEqual([issued.ledgerIndex]);
  });

  it('finds an entry by its index, by its leaf, and those about a manifest by its digest', async () => {
    expect(indexes(await entries('?search=1'))).toEqual([1]);
    const { leafHash } = await entry(1);
    expect(indexes(await entries(`?search=${leafHash.slice(0, 12)}`))).toEqual([1]);
    const { versions } = await http.installation.lines.get('main');
    const about = await entries(`?search=${versions[0].manifestDigest}`);
    expect(about.rows.map(({ type }) => type)).toEqual(['revocation', 'publication']);
  });

  it('finds the entries of a model line, of one type, and of a time', async () => {
    const all = await entries();
    expect((await entries('?search=main')).total).toBe(all.total);
    const publications = await entries('?search=main&type=publication');
    expect(publications.rows.map(({ version }) => version)).toEqual([3, 2, 1]);
    expect((await entries('?type=publication')).rows).toEqual(publications.rows);
    const then = fixedClock().toISOString();
    expect((await entries(`?from=${then}&until=${then}`)).total).toBe(all.total);
    const before = new Date(fixedClock().getTime() - 1).toISOString();
    expect(await entries(`?until=${before}`)).toMatchObject({ rows: [], total: 0 });
    const after = new Date(fixedClock().getTime() + 1).toISOString();
    expect(await entries(`?from=${after}`)).toMatchObject({ rows: [], total: 0 });
  });

  it('finds nothing where nothing is named so', async () => {
    for (const search of ['other', NOBODYS, 'ffffffff', '999', 'abc', '%25', "'; DROP TABLE entries; --"])
      expect([search, await entries(`?search=${encodeURIComponent(search)}`)]).toMatchObject([
        search,
        { rows: [], total: 0 },
      ]);
  });

  it.each([
    ['page=0', 'REQUEST_MALFORMED'],
    ['page=one', 'REQUEST_MALFORMED'],
    ['size=201', 'REQUEST_MALFORMED'],
    ['type=letter', 'REQUEST_MALFORMED'],
    ['from=yesterday', 'REQUEST_MALFORMED'],
    ['order=asc', 'REQUEST_MALFORMED'],
    [`search=${'a'.repeat(101)}`, 'REQUEST_MALFORMED'],
    ['from=2026-02-02&until=2026-02-01', 'PERIOD_REVERSED'],
  ])('refuses %s', async (query, code) => {
    expect(await http.get(AUDITOR, `/v1/explorer/entries?${query}`, 400)).toMatchObject({
      code,
      nextStep: expect.any(String),
    });
  });
});

describe('an entry', () => {
  it('proves itself against the published checkpoint', async () => {
    const { leafHash, proof, entry: leaf, payloadDigest } = await entry(3);
    const { key } = http.installation.ledger;
    const { size, root } = openCheckpoint(utf8(proof.checkpoint), key);
    expect(size).toBe(proof.treeSize);
    verifyInclusion({
      leafHash: fromHex(leafHash),
      index: 3,
      size,
      proof: proof.hashes.map(fromHex),
      root,
    });
    const { digest } = (leaf as { spec: { dsseV002: { payloadHash: { digest: string } } } }).spec.dsseV002
      .payloadHash;
    expect(Buffer.from(digest, 'base64').toString('hex')).toBe(payloadDigest);
  });

  it('comes with what it stands for', async () => {
    expect(await entry(0)).toMatchObject({ statement: { mediaType: expect.stringContaining('sigstore') } });
    const { index } = await certificateOf(ERASURE);
    const { statement } = await entry(index);
    expect(statement).toEqual(await http.get(AUDITOR, `/v1/explorer/certificates/${ERASURE}`));
  });

  it('is shown without it when its file was lost', async () => {
    const file = path.join(http.installation.folder.paths.statements, '1.sigstore.json');
    const kept = await entry(1);
    rmSync(file);
    try {
      const { statement, ...rest } = await entry(1);
      expect(statement).toBeUndefined();
      expect({ ...rest, statement: kept.statement }).toEqual(kept);
    } finally {
      writeFileSync(file, `${JSON.stringify(kept.statement)}\n`);
    }
  });

  it.each(['-1', '1000', '9007199254740991'])('of index %s is not there', async (index) => {
    expect(await http.get(AUDITOR, `/v1/explorer/entries/${index}`, 404)).toMatchObject({
      code: 'ENTRY_UNKNOWN',
    });
  });

  it.each(['first', '1.5', '..%2f..%2fkek.key'])('has no index like %s', async (index) => {
    expect(await http.get(AUDITOR, `/v1/explorer/entries/${index}`, 400)).toMatchObject({
      code: 'REQUEST_MALFORMED',
    });
  });
});

describe('the history of checkpoints', () => {
  it('is that of the event log, newest first', async () => {
    const { rows, total } = (await http.get(
      AUDITOR,
      '/v1/explorer/checkpoints?size=2',
    )) as Page<CheckpointView>;
    const { size, root } = http.installation.ledger.head();
    expect(rows[0]).toEqual({
      size,
      rootHash: Buffer.from(root).toString('hex'),
      at: fixedClock().toISOString(),
    });
    expect(rows).toHaveLength(2);
    expect(rows[1].size).toBeLessThan(size);
    expect(total).toBeGreaterThan(2);
  });
});

describe('what proves a certificate', () => {
  it('is handed out as it lies on the disk', async () => {
    const route = `/v1/explorer/certificates/${WITHDRAWAL}`;
    const { text, headers } = await http.call(AUDITOR, 'get', route);
    expect(headers['content-type']).toMatch(/^application\/vnd\.dev\.sigstore\.bundle/);
    expect(JSON.parse(text)).toEqual(await http.installation.certificates.read(WITHDRAWAL));
    const proofs = await http.call(AUDITOR, 'get', `${route}/proofs`);
    expect(Uint8Array.from(proofs.bytes)).toEqual(
      await http.installation.certificates.readProofs(WITHDRAWAL),
    );
  });

  it('shows that the records are in no version since', async () => {
    const body = { requestId: WITHDRAWAL };
    const { status, bytes } = await http.call(AUDITOR, 'post', '/v1/explorer/absence', { body });
    expect(status).toBe(200);
    const report = verifyAbsence({ proofs: Uint8Array.from(bytes), trust: trustOf(http.installation) });
    expect(report).toMatchObject({ verified: true });
  });

  it('fits on a machine that knows nothing of us', async () => {
    const { status, bytes, headers } = await http.call(AUDITOR, 'get', `/v1/explorer/bundle/${WITHDRAWAL}`);
    expect([status, headers['content-type']]).toEqual([200, 'application/x-tar']);
    const folder = await unpacked(bytes);
    const trust = ['--trust', path.join(folder, 'trust')];
    const certificate = path.join(folder, 'certificates', `${WITHDRAWAL}.sigstore.json`);
    for (const argv of [
      ['certificate', certificate, ...trust],
      ['deletion', certificate, ...trust],
      ['log', '--folder', path.join(folder, 'ledger'), ...trust],
    ])
      expect([argv[0], await lacunaVerify(...argv)]).toMatchObject([argv[0], { exitCode: 0 }]);
  });

  it.each([
    ['get', `/v1/explorer/certificates/${NOBODYS}`, 404, 'REQUEST_UNKNOWN'],
    ['get', `/v1/explorer/certificates/${NOBODYS}/proofs`, 404, 'REQUEST_UNKNOWN'],
    ['get', `/v1/explorer/bundle/${NOBODYS}`, 404, 'REQUEST_UNKNOWN'],
    ['post', '/v1/explorer/absence', 404, 'REQUEST_UNKNOWN'],
    ['get', '/v1/explorer/bundle/..%2f..%2fkek.key', 400, 'REQUEST_MALFORMED'],
  ] as const)('is refused at %s %s', async (method, route, status, code) => {
    const body = method === 'post' ? { requestId: NOBODYS } : undefined;
    expect(await http.call(AUDITOR, method, route, { body })).toMatchObject({
      status,
      body: { code, nextStep: expect.any(String) },
    });
  });

  it('is not packed half when the file of proofs was lost', async () => {
    const file = http.installation.certificates.proofsFileOf(ERASURE);
    const content = await http.installation.certificates.readProofs(ERASURE);
    rmSync(file);
    try {
      expect(await http.get(AUDITOR, `/v1/explorer/bundle/${ERASURE}`, 503)).toMatchObject({
        code: 'PROOFS_NOT_KEPT',
      });
    } finally {
      writeFileSync(file, content);
    }
  });
});

describe('the trust files', () => {
  it('are public', async () => {
    const { status, body } = await http.call(undefined, 'get', '/v1/trust');
    expect(status).toBe(200);
    expect((body as TrustView).files).toEqual(http.installation.trustFiles);
  });
});

async function unpacked(archive: Uint8Array): Promise<string> {
  const folder = folders.next();
  for await (const { name, content } of readTar(Readable.from([archive]))) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    writeFileSync(file, Buffer.concat(chunks));
  }
  return folder;
}
