import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { EntitySchema, type EntityManager } from 'typeorm';
import { readModelPlaces } from '#libs/testkit';
import {
  deleteAll,
  insertAll,
  isPassing,
  openReadModels,
  type ReadModels,
  type ReadModelsDefinition,
  type ReadModelsPlace,
} from './index.js';

interface Note {
  id: string;
  at: number | null;
  content: Buffer;
}

const Note = new EntitySchema<Note>({
  name: 'Note',
  columns: {
    id: { type: 'text', primary: true },
    at: { type: 'bigint', nullable: true },
    content: { type: 'blob' },
  },
});

const NOTES: ReadModelsDefinition = {
  name: 'notes',
  entities: [Note],
  migrations: {
    sqlite: [
      {
        name: 'Notes1796000000000',
        statements: [
          'CREATE TABLE "note" ("id" text PRIMARY KEY NOT NULL, "at" bigint, "content" blob NOT NULL)',
        ],
      },
    ],
    postgres: [
      {
        name: 'Notes1796000000000',
        statements: [
          'CREATE TABLE "note" ("id" text COLLATE "C" PRIMARY KEY NOT NULL, "at" bigint, "content" bytea NOT NULL)',
        ],
      },
    ],
  },
};

/** The next release, whose migration says what it does. */
function withMigration(statement: string): ReadModelsDefinition {
  const more = { name: 'NotesAgain1796000000001', statements: [statement] };
  const { sqlite, postgres } = NOTES.migrations;
  return { ...NOTES, migrations: { sqlite: [...sqlite, more], postgres: [...postgres, more] } };
}

const note = (id: string, at: number | null = null): Note => ({ id, at, content: Buffer.from(id) });
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const idsIn = (models: ReadModels): Promise<string[]> =>
  models.read(async (manager) => (await manager.find(Note, { order: { id: 'ASC' } })).map(({ id }) => id));

describe.each(await readModelPlaces('read_models'))(
  'the read models on $dialect',
  ({ dialect, next, drop }) => {
    afterAll(drop);
    const opened: ReadModels[] = [];
    const open = async (place: ReadModelsPlace = next(), definition = NOTES): Promise<ReadModels> => {
      const models = await openReadModels(definition, place);
      opened.push(models);
      return models;
    };
    const close = async (): Promise<void> => {
      for (const models of opened.splice(0)) await models.close();
    };
    afterEach(close);

    it('give back numbers and bytes as they were', async () => {
      const models = await open();
      const rows = [
        note('a', Number.MAX_SAFE_INTEGER),
        { ...note('b'), content: Buffer.from([0, 255, 10, 92]) },
      ];
      await models.write((manager) => insertAll(manager, Note, rows));
      const found = await models.read((manager) => manager.find(Note, { order: { id: 'ASC' } }));
      expect(found.map((row) => ({ ...row, content: Buffer.from(row.content) }))).toEqual(rows);
      const counted = (manager: EntityManager) =>
        manager
          .createQueryBuilder(Note, 'note')
          .select('MAX(at)', 'max')
          .addSelect('COUNT(*)', 'all')
          .getRawOne();
      expect(await models.read(counted)).toEqual({ max: Number.MAX_SAFE_INTEGER, all: 2 });
    });

    it('order text by its bytes, whatever the language of the database', async () => {
      const models = await open();
      await models.write((manager) =>
        insertAll(
          manager,
          Note,
          ['b', 'A', 'é', '_', 'a', '-', 'B'].map((id) => note(id)),
        ),
      );
      expect(await idsIn(models)).toEqual(['-', 'A', 'B', '_', 'a', 'b', 'é']);
    });

    it('replace rows that are there or keep them, and of rows that come together let the last or the first stay', async () => {
      const models = await open();
      await models.write(async (manager) => {
        await insertAll(manager, Note, [note('a', 1), note('a', 2), note('b', 1)]);
        await insertAll(manager, Note, [note('a', 3), note('c', 1), note('c', 2)], 'keep');
        await insertAll(manager, Note, [note('b', 4)]);
      });
      const found = await models.read((manager) => manager.find(Note, { order: { id: 'ASC' } }));
      expect(found.map(({ id, at }) => [id, at])).toEqual([
        ['a', 2],
        ['b', 4],
        ['c', 1],
      ]);
      await models.write((manager) => deleteAll(manager, Note));
      expect(await idsIn(models)).toEqual([]);
    });

    it('undo the whole of a transaction that fails, and nothing of its neighbours', async () => {
      const models = await open();
      const writing = (id: string, fails: boolean) =>
        models.write(async (manager) => {
          await manager.insert(Note, note(id));
          await pause();
          if (fails) throw new Error(`refused ${id}`);
          await manager.insert(Note, note(`${id}+`));
        });
      const outcomes = await Promise.allSettled([
        writing('1', false),
        writing('2', true),
        writing('3', false),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(await idsIn(models)).toEqual(['1', '1+', '3', '3+']);
    });

    it('show readers nothing that is not committed', async () => {
      const models = await open();
      const count = () => models.read((manager) => manager.count(Note));
      await models.write(async (manager) => {
        await manager.insert(Note, note('1'));
        expect(await count()).toBe(0);
      });
      expect(await count()).toBe(1);
    });

    it('hold a snapshot still while others write, and while everything is deleted', async () => {
      const models = await open();
      await models.write((manager) => manager.insert(Note, note('1')));
      const counts = await models.snapshot(async (manager) => {
        const before = await manager.count(Note);
        await models.write((writer) => writer.insert(Note, note('2')));
        const during = await manager.count(Note);
        await models.write((writer) => deleteAll(writer, Note));
        return [before, during, await manager.count(Note), (await idsIn(models)).length];
      });
      expect(counts).toEqual([1, 1, 1, 0]);
    });

    it('let nobody write who only reads', async () => {
      const models = await open();
      await expect(models.snapshot((manager) => manager.insert(Note, note('1')))).rejects.toThrow();
      await expect(models.read((manager) => manager.insert(Note, note('1')))).rejects.toThrow();
      expect(await idsIn(models)).toEqual([]);
    });

    it('are kept when they are opened again', async () => {
      const place = next();
      await (await open(place)).write((manager) => manager.insert(Note, note('1')));
      await close();
      expect(await idsIn(await open(place))).toEqual(['1']);
    });

    if (dialect === 'SQLite') {
      it('start empty when they are of another schema, or damaged', async () => {
        const place = next();
        const later = withMigration('CREATE INDEX "later" ON "note" ("at")');
        for (const definition of [NOTES, later, NOTES]) {
          const models = await open(place, definition);
          expect(await idsIn(models)).toEqual([]);
          await models.write((manager) => manager.insert(Note, note('1')));
          await close();
        }
        if ('file' in place) writeFileSync(place.file, 'no database '.repeat(100));
        expect(await idsIn(await open(place))).toEqual([]);
      });

      it('tell a full disk, which may pass, from a mistake, which does not', async () => {
        const models = await open();
        const large = { ...note('1'), content: Buffer.alloc(100_000) };
        const refusalOf = (work: (manager: EntityManager) => Promise<unknown>): Promise<unknown> =>
          models.write(work).then(
            () => undefined,
            (reason: unknown) => reason,
          );
        const full = await refusalOf(async (manager) => {
          await manager.query('PRAGMA max_page_count = 8');
          await manager.insert(Note, large);
        });
        const mistaken = await refusalOf((manager) => manager.query('SELECT nothing'));
        expect([isPassing(full), isPassing(mistaken)]).toEqual([true, false]);
        expect(await idsIn(models)).toEqual([]);
      });
    }
  },
);
