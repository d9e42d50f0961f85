import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { EntitySchema } from 'typeorm';
import { bigintText, openReadModels, type ReadModels } from './index.js';

interface Note {
  id: number;
  position: bigint | null;
}

const Note = new EntitySchema<Note>({
  name: 'Note',
  columns: {
    id: { type: Number, primary: true },
    position: { type: 'text', nullable: true, transformer: bigintText },
  },
});

const home = mkdtempSync(path.join(tmpdir(), 'lacuna-read-models-'));
afterAll(() => rmSync(home, { recursive: true }));
let files = 0;
const newFile = (): string => path.join(home, `${files++}.db`);
const open = (file: string, schemaVersion = 1): Promise<ReadModels> =>
  openReadModels({ file, entities: [Note], schemaVersion });
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('the read models', () => {
  it('keep 64-bit positions exactly', async () => {
    const models = await open(newFile());
    await models.write((manager) =>
      manager.insert(Note, [
        { id: 1, position: 2n ** 53n + 1n },
        { id: 2, position: null },
      ]),
    );
    expect(await models.reader.manager.find(Note, { order: { id: 'ASC' } })).toEqual([
      { id: 1, position: 9007199254740993n },
      { id: 2, position: null },
    ]);
    await models.close();
  });

  it('undo the whole of a transaction that fails, and nothing of its neighbours', async () => {
    const models = await open(newFile());
    const writing = (id: number, fails: boolean) =>
      models.write(async (manager) => {
        await manager.insert(Note, { id, position: null });
        await pause();
        if (fails) throw new Error(`refused ${id}`);
        await manager.insert(Note, { id: id + 100, position: null });
      });
    const outcomes = await Promise.allSettled([writing(1, false), writing(2, true), writing(3, false)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const ids = (await models.reader.manager.find(Note, { order: { id: 'ASC' } })).map(({ id }) => id);
    expect(ids).toEqual([1, 3, 101, 103]);
    await models.close();
  });

  it('show readers nothing that is not committed', async () => {
    const models = await open(newFile());
    await models.write(async (manager) => {
      await manager.insert(Note, { id: 1, position: null });
      expect(await models.reader.manager.count(Note)).toBe(0);
    });
    expect(await models.reader.manager.count(Note)).toBe(1);
    await models.close();
  });

  it('hold a snapshot still while others write', async () => {
    const models = await open(newFile());
    await models.write((manager) => manager.insert(Note, { id: 1, position: null }));
    const counts = await models.snapshot(async (manager) => {
      const before = await manager.count(Note);
      await models.write((writer) => writer.insert(Note, { id: 2, position: null }));
      return [before, await manager.count(Note), await models.reader.manager.count(Note)];
    });
    expect(counts).toEqual([1, 1, 2]);
    await models.close();
  });

  it('are kept when they are of this schema version, and start empty when of another', async () => {
    const file = newFile();
    const first = await open(file);
    await first.write((manager) => manager.insert(Note, { id: 1, position: null }));
    await first.close();
    const same = await open(file);
    expect(await same.reader.manager.count(Note)).toBe(1);
    await same.close();
    const next = await open(file, 2);
    expect(await next.reader.manager.count(Note)).toBe(0);
    await next.close();
  });

  it('start empty when the file is damaged', async () => {
    const file = newFile();
    writeFileSync(file, 'no database '.repeat(100));
    const models = await open(file);
    expect(await models.reader.manager.count(Note)).toBe(0);
    await models.close();
  });
});
