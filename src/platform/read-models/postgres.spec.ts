import { createServer, type Server } from 'node:net';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { EntitySchema } from 'typeorm';
import { CodedError } from '#libs/essentials';
import { testDatabase } from '#libs/testkit';
import {
  dropReadModels,
  insertAll,
  migrateReadModels,
  openReadModels,
  openReadModelsReader,
  type PostgresPlace,
  type ReadModels,
  type ReadModelsDefinition,
} from './index.js';
import { requireServerVersion } from './postgres-schema.js';

interface Note {
  id: string;
}
const Note = new EntitySchema<Note>({ name: 'Note', columns: { id: { type: 'text', primary: true } } });

function definitionWith(...statements: string[]): ReadModelsDefinition {
  const make = 'CREATE TABLE "note" ("id" text COLLATE "C" PRIMARY KEY)';
  const steps = [make, ...statements].map((sql, at) => ({
    name: `Notes${1796000000000 + at}`,
    statements: [sql],
  }));
  return { name: 'notes', entities: [Note], migrations: { sqlite: [], postgres: steps } };
}
const NOTES = definitionWith();
const LATER = definitionWith('ALTER TABLE "note" ADD COLUMN "more" text');

const PASSWORD = 'Sehr%20geheim';
const database = await testDatabase('postgres');
const describeOnPostgres = database === undefined ? describe.skip : describe;

/** What opening is refused with, after it was made sure that it tells no secret. */
async function refusal(work: () => Promise<unknown>): Promise<CodedError> {
  const error = await work().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CodedError)) throw new Error('no coded refusal', { cause: error });
  const told = JSON.stringify([error.message, error.stack, error.nextStep, error.facts, error.cause]);
  expect(told).not.toContain(PASSWORD);
  expect(told).not.toContain(decodeURIComponent(PASSWORD));
  return error;
}
const place = (url: string, patience = 0): PostgresPlace => ({ url, installation: randomUUID(), patience });
const openAt = (url: string) => openReadModels(NOTES, place(url));

/** Answers the start of a session the way PostgreSQL refuses it (frontend/backend protocol 3, ErrorResponse). */
async function refusingServer(sqlState: string, message: string): Promise<{ server: Server; port: number }> {
  const fields = Buffer.from(`SFATAL\0C${sqlState}\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(Buffer.concat([head, fields])));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as { port: number }).port };
}

describe('a wrong LACUNA_POSTGRES_URL', () => {
  it.each(['no address', 'mysql://me@host/db', `postgres://me:${PASSWORD}@host:no-port/db`, ''])(
    'is refused when it is no connection string: %p',
    async (url) => {
      const { code, nextStep } = await refusal(() => openAt(url));
      expect([code, nextStep]).toEqual([
        'READ_MODELS_URL_MALFORMED',
        expect.stringContaining('postgresql://'),
      ]);
    },
  );

  it('is named when nobody answers there', async () => {
    const error = await refusal(() => openAt(`postgres://me:${PASSWORD}@127.0.0.1:1/db`));
    expect(error).toMatchObject({ code: 'READ_MODELS_UNREACHABLE', facts: { host: '127.0.0.1:1' } });
    expect(error.nextStep).toContain('LACUNA_POSTGRES_URL');
  });

  it.each([
    ['28P01', 'password authentication failed for user "me"', 'READ_MODELS_CREDENTIALS_REFUSED'],
    ['28000', 'role "me" does not exist', 'READ_MODELS_CREDENTIALS_REFUSED'],
    [
      '28000',
      'no pg_hba.conf entry for host "1.2.3.4", user "me", database "db", no encryption',
      'READ_MODELS_TLS_REFUSED',
    ],
    ['3D000', 'database "db" does not exist', 'READ_MODELS_DATABASE_UNKNOWN'],
    ['42501', 'permission denied for database "db"', 'READ_MODELS_FORBIDDEN'],
    ['57P03', 'the database system is starting up', 'READ_MODELS_UNREACHABLE'],
    ['53300', 'sorry, too many clients already', 'READ_MODELS_UNREACHABLE'],
    ['53100', 'could not extend file: No space left on device', 'READ_MODELS_FULL'],
    ['XX000', 'something else', 'READ_MODELS_QUERY_REFUSED'],
  ])('is named with the fix when the server says %s, %s', async (sqlState, message, code) => {
    const { server, port } = await refusingServer(sqlState, message);
    const error = await refusal(() => openAt(`postgres://me:${PASSWORD}@127.0.0.1:${port}/db`));
    server.close();
    expect(error).toMatchObject({ code, nextStep: expect.any(String) });
    expect(error.message).not.toContain('"me"');
  });

  it('is named when the server is older than it may be', () => {
    expect(() => requireServerVersion(140_000)).not.toThrow();
    expect(() => requireServerVersion(130_018)).toThrow(
      expect.objectContaining({ code: 'READ_MODELS_SERVER_TOO_OLD', facts: { major: 13, oldest: 14 } }),
    );
  });
});

describeOnPostgres('read models on a server of PostgreSQL', () => {
  afterAll(() => database!.drop());
  const { url } = database!;
  const opened: ReadModels[] = [];
  const open = async (at: PostgresPlace, definition = NOTES): Promise<ReadModels> => {
    const models = await openReadModels(definition, at);
    opened.push(models);
    return models;
  };
  const close = async (): Promise<void> => {
    for (const models of opened.splice(0)) await models.close();
  };
  afterEach(close);
  const add = (models: ReadModels, id: string) =>
    models.write((manager) => insertAll(manager, Note, [{ id }]));
  const count = (models: ReadModels) => models.read((manager) => manager.count(Note));
  const endSessions = () =>
    database!.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lacuna notes'`,
    );

  it('want the TLS that the connection string says, and name it where the server has none', async () => {
    const { code } = await refusal(() => openAt(`${url}?sslmode=verify-full`));
    expect(code).toBe('READ_MODELS_TLS_REFUSED');
  });

  it('name a user and a database that are not there', async () => {
    const other = new URL(url);
    other.pathname = '/lacuna_no_such_database';
    expect((await refusal(() => openAt(other.toString()))).code).toBe('READ_MODELS_DATABASE_UNKNOWN');
    const stranger = Object.assign(new URL(url), { username: 'lacuna_no_such_user', password: PASSWORD });
    expect((await refusal(() => openAt(stranger.toString()))).code).toBe('READ_MODELS_CREDENTIALS_REFUSED');
  });

  it('ask for the right to make a schema, and do without where one was made for them', async () => {
    await database!.query(`CREATE ROLE lacuna_spec_user LOGIN PASSWORD 'x'`);
    const theirs = {
      ...place(Object.assign(new URL(url), { username: 'lacuna_spec_user', password: 'x' }).toString()),
    };
    expect((await refusal(() => openReadModels(NOTES, theirs))).code).toBe('READ_MODELS_FORBIDDEN');
    const schema = `lacuna_${theirs.installation.replaceAll('-', '')}`;
    await database!.query(`CREATE SCHEMA "${schema}" AUTHORIZATION lacuna_spec_user`);
    await add(await open(theirs), 'a');
    await close();
    await database!.query(`DROP OWNED BY lacuna_spec_user`);
    await database!.query(`DROP ROLE lacuna_spec_user`);
  });

  it('of two installations in one database know nothing of each other', async () => {
    const [mine, yours] = [await open(place(url)), await open(place(url))];
    await add(mine, 'mine');
    expect([await count(mine), await count(yours)]).toEqual([1, 0]);
  });

  it('refuse a second process that would write, and let it once the first has ended', async () => {
    const at = place(url);
    await add(await open(at), 'a');
    expect((await refusal(() => openReadModels(NOTES, at))).code).toBe('READ_MODELS_IN_USE');
    expect((await refusal(() => dropReadModels([NOTES], at))).code).toBe('READ_MODELS_IN_USE');
    await close();
    expect(await count(await open(at))).toBe(1);
  });

  it('wait for migrations until somebody asks for them, and refuse what a later release has made', async () => {
    const at = place(url);
    await add(await open(at), 'a');
    await close();
    const pending = await refusal(() => openReadModels(LATER, at));
    expect([pending.code, pending.nextStep]).toEqual([
      'READ_MODELS_MIGRATIONS_PENDING',
      expect.stringContaining('lacuna read-models migrate'),
    ]);
    expect((await refusal(() => openReadModelsReader(LATER, at))).code).toBe('READ_MODELS_ABSENT');
    expect(await migrateReadModels(LATER, at)).toEqual(['Notes1796000000001']);
    expect(await migrateReadModels(LATER, at)).toEqual([]);
    expect(await count(await open(at, LATER))).toBe(1);
    await close();
    const newer = await refusal(() => openReadModels(NOTES, at));
    expect([newer.code, newer.nextStep]).toEqual([
      'READ_MODELS_SCHEMA_NEWER',
      expect.stringContaining('LACUNA_POSTGRES_URL'),
    ]);
    await dropReadModels([NOTES], at);
    expect(await count(await open(at))).toBe(0);
  });

  it('leave a migration that fails undone as a whole', async () => {
    const at = place(url);
    await open(at);
    await close();
    const failing = definitionWith(
      'ALTER TABLE "note" ADD COLUMN "more" text',
      'ALTER TABLE "no_such" ADD COLUMN "x" text',
    );
    expect((await refusal(() => migrateReadModels(failing, at))).code).toBe('READ_MODELS_QUERY_REFUSED');
    expect(await count(await open(at))).toBe(0);
  });

  it('are read by others only when they are there', async () => {
    const at = place(url);
    expect((await refusal(() => openReadModelsReader(NOTES, at))).code).toBe('READ_MODELS_ABSENT');
    await add(await open(at), 'a');
    const reader = await openReadModelsReader(NOTES, at);
    expect(await reader.read((manager) => manager.count(Note))).toBe(1);
    await expect(reader.read((manager) => manager.insert(Note, { id: 'b' }))).rejects.toMatchObject({
      code: 'READ_MODELS_READ_ONLY',
    });
    await reader.close();
  });

  it('write, read and look at snapshots again when their sessions are ended in the middle of it', async () => {
    const models = await open(place(url, 10_000));
    let cuts = 3;
    const cutOnce = async () => {
      if (cuts-- > 0) await endSessions();
    };
    await models.write(async (manager) => {
      await insertAll(manager, Note, [{ id: 'a' }]);
      await cutOnce();
      await insertAll(manager, Note, [{ id: 'b' }]);
    });
    const seen = await models.snapshot(async (manager) => {
      const before = await manager.count(Note);
      if (before === 2 && cuts > -2) await cutOnce();
      return [before, await manager.count(Note)];
    });
    expect(seen).toEqual([2, 2]);
    await endSessions();
    expect(await count(models)).toBe(2);
  });

  it('say so when they are asked after they were closed', async () => {
    const models = await open(place(url));
    await close();
    expect((await refusal(() => count(models))).code).toBe('READ_MODELS_CLOSED');
  });
});
