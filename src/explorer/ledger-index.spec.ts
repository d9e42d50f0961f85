import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { genesisStatement, rekorEntryOf, signStatement } from '#libs/certificate';
import type { Genesis } from '#libs/contracts';
import { sha256, utf8 } from '#libs/essentials';
import { leafHash, signerFromSeed } from '#libs/merkle';
import { namedEventId, type NewEvent } from '#libs/messaging';
import type { EntrySummary } from '#libs/portal-contract';
import { readModelPlaces, type ReadModelPlaces } from '#libs/testkit';
import { InMemoryEventStore } from '../event-store/index.js';
import { EntrySearch } from './entry-search.js';
import { LedgerIndex } from './ledger-index.js';
import type { RecordedLeaf } from './ports.js';

const places = await readModelPlaces('ledger_index');

const signer = signerFromSeed(new Uint8Array(32).fill(7));
const REQUEST = '7f1d9b1e-0000-4000-8000-000000000001';
const genesis = { line: 'main' } as Genesis;
const statement = genesisStatement(genesis, '0a'.repeat(32));

/** A ledger that grows, and the events that follow. */
class World {
  readonly leaves: RecordedLeaf[] = [];
  readonly events = new InMemoryEventStore();
  published = 0;
  certificates = true;
  longWay: number | undefined;
  private place = this.nextPlace();
  index!: LedgerIndex;

  constructor(private readonly nextPlace: ReadModelPlaces['next']) {}

  async open(): Promise<void> {
    this.index = await LedgerIndex.open({
      place: this.place,
      longWay: this.longWay,
      events: this.events,
      ledger: {
        head: () => ({ origin: 'test', size: this.published, root: sha256(utf8('root')) }),
        leaves: (from, to) => this.leaves.slice(from, to),
      },
      statements: {
        certifiedVersion: async () => {
          if (!this.certificates) throw new Error('the file was lost');
          return { line: 'main', version: 2 };
        },
      },
    });
  }

  startAnew(): void {
    this.place = this.nextPlace();
  }

  damage(): void {
    if ('file' in this.place) writeFileSync(this.place.file, 'not a database');
  }

  leaf(payload = `payload ${this.leaves.length}`, of = { payloadType: 't', payload: utf8(payload) }): void {
    const envelope = { ...of, signature: new Uint8Array(64) };
    const entry = rekorEntryOf(envelope, signer.publicKey);
    this.leaves.push({ index: this.leaves.length, entry, hash: leafHash(entry) });
  }

  async publish(): Promise<void> {
    this.published = this.leaves.length;
    await this.tell('ledger-test', 'CheckpointPublished', {
      origin: 'test',
      size: this.published,
      rootHash: 'ab',
    });
  }

  async tell(stream: string, type: string, data: object): Promise<void> {
    const event: NewEvent = { id: namedEventId(type, JSON.stringify(data)), type, data };
    await this.events.append(stream, [event]);
  }

  indexes(): unknown[] {
    const database = new Database((this.place as { file: string }).file, { readonly: true });
    const found = database.prepare(
      `SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'entries'`,
    );
    const names = found.pluck().all();
    database.close();
    return names;
  }

  async all(): Promise<readonly EntrySummary[]> {
    return (await new EntrySearch(this.index).find({ page: 1, size: 200 })).rows;
  }
}

const published = (ledgerIndex: number, version: number) => ({
  line: 'main',
  version,
  manifestDigest: '0b'.repeat(32),
  ledgerIndex,
});

describe.each(places)('the index of the ledger on $dialect', ({ dialect, next, drop }) => {
  afterAll(drop);
  let world: World;
  beforeEach(async () => {
    world = new World(next);
    await world.open();
  });
  afterEach(() => world.index.close());

  it('knows a genesis by its payload, though its event is older than its entry', async () => {
    await world.tell('model-main', 'ModelGenesis', { genesis, genesisDigest: '0a'.repeat(32) });
    expect(await world.all()).toEqual([]);
    world.leaf('', signStatement(statement, signer));
    await world.publish();
    expect(await world.all()).toMatchObject([{ index: 0, type: 'genesis', line: 'main' }]);
  });

  it('shows an entry before anything was said of it, and what was said of it afterwards', async () => {
    world.leaf();
    await world.publish();
    expect(await world.all()).toMatchObject([{ index: 0, type: 'unknown' }]);
    await world.tell('model-main', 'ModelPublished', published(0, 1));
    expect(await world.all()).toMatchObject([{ index: 0, type: 'publication', line: 'main', version: 1 }]);
  });

  it('shows nothing that no published checkpoint covers', async () => {
    world.leaf();
    expect(await world.all()).toEqual([]);
  });

  it('names the version of a certificate, and does without where its file was lost', async () => {
    world.leaf();
    world.leaf();
    await world.publish();
    await world.tell(`request-${REQUEST}`, 'CertificateIssued', { requestId: REQUEST, ledgerIndex: 0 });
    expect((await world.all())[1]).toMatchObject({ type: 'certificate', requestId: REQUEST, version: 2 });
    world.certificates = false;
    await world.tell(`request-${REQUEST}`, 'CertificateIssued', { requestId: REQUEST, ledgerIndex: 1 });
    const [lost] = await world.all();
    expect(lost).toMatchObject({ type: 'certificate', requestId: REQUEST });
    expect(lost).not.toHaveProperty('version');
  });

  it('gives the same answers when it is filled again from nothing, or from a damaged file', async () => {
    await world.tell('model-main', 'ModelGenesis', { genesis, genesisDigest: '0a'.repeat(32) });
    world.leaf('', signStatement(statement, signer));
    for (let version = 1; version <= 1_200; version++) {
      world.leaf();
      if (version % 100 === 0) await world.publish();
      if (version % 2 === 0) await world.tell('model-main', 'ModelPublished', published(version, version));
    }
    await world.publish();
    const followed = await world.all();
    const total = (await new EntrySearch(world.index).find({ page: 1, size: 1, type: 'publication' })).total;
    expect(total).toBe(600);
    for (const again of [() => world.startAnew(), () => world.damage()]) {
      await world.index.close();
      again();
      await world.open();
      expect(await world.all()).toEqual(followed);
      expect((await new EntrySearch(world.index).find({ page: 1, size: 1, type: 'publication' })).total).toBe(
        total,
      );
    }
  });

  it('goes on where it was when it is opened again', async () => {
    world.leaf();
    await world.publish();
    await world.all();
    await world.index.close();
    world.leaf();
    await world.publish();
    await world.open();
    expect((await world.all()).map(({ index }) => index)).toEqual([1, 0]);
  });

  if (dialect === 'SQLite') {
    it('fills a long way without indexes, and has them afterwards, also where an interruption left them away', async () => {
      const usual = world.indexes();
      world.longWay = 3;
      for (let entry = 0; entry < 4; entry++) world.leaf();
      world.leaves.push({ index: 4, entry: utf8('no entry'), hash: sha256(utf8('x')) });
      await world.index.close();
      await world.open();
      await world.publish();
      await expect(world.all()).rejects.toMatchObject({ code: 'DOCUMENT_NOT_JSON' });
      expect(world.indexes()).toEqual([]);
      world.leaves.pop();
      world.leaf();
      await world.index.close();
      world.longWay = undefined;
      await world.open();
      expect(await world.all()).toHaveLength(5);
      expect(new Set(world.indexes())).toEqual(new Set(usual));
    });
  }

  it('answers the next question after one that failed', async () => {
    const { leaves } = world;
    leaves.push({ index: 0, entry: utf8('no entry'), hash: sha256(utf8('x')) });
    await world.publish();
    await expect(world.all()).rejects.toMatchObject({ code: 'DOCUMENT_NOT_JSON' });
    leaves.pop();
    world.leaf();
    expect(await world.all()).toHaveLength(1);
  });
});
