import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeWithShared } from '#libs/testkit';
import { thrownBy } from '../spec-fixture.js';
import { readItems } from './items-file.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'lacuna-items-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (content: string | Uint8Array, name = 'items') => {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return readItems(file);
};
const flags = (...set: number[]) =>
  Array.from({ length: 19 }, (_, at) => (set.includes(at) ? '1' : '0')).join('|');

describe('the catalogues that import reads', () => {
  it('MovieLens movies.dat, in Latin-1', async () => {
    const content = Buffer.from('73::Misérables, Les (1995)::Drama|Musical\n9::Two: Part::\n', 'latin1');
    expect(await read(content)).toEqual([
      { item: '73', title: 'Misérables, Les (1995)', categories: ['Drama', 'Musical'] },
      { item: '9', title: 'Two: Part', categories: [] },
    ]);
  });

  it('MovieLens u.item, whose genres are flags', async () => {
    expect(await read(`1|Toy Story (1995)|01-Jan-1995||http://x|${flags(3, 4, 5)}\n`)).toEqual([
      { item: '1', title: 'Toy Story (1995)', categories: ['Animation', "Children's", 'Comedy'] },
    ]);
  });

  it('MovieLens movies.csv, with quotes and without genres', async () => {
    const content =
      'movieId,title,genres\n11,"American President, The (1995)",Comedy|Drama\n12,"A ""B""",(no genres listed)\n';
    expect(await read(content)).toEqual([
      { item: '11', title: 'American President, The (1995)', categories: ['Comedy', 'Drama'] },
      { item: '12', title: 'A "B"', categories: [] },
    ]);
  });

  it('any CSV with a column of ids, plain or gzip', async () => {
    const expected = [{ item: 'a', title: 'a', categories: [] }];
    expect(await read('colour,item\nred,a\n')).toEqual(expected);
    expect(await read(gzipSync('item\na\n'))).toEqual(expected);
  });

  it.each<[string, string | Uint8Array, string]>([
    ['is empty', '', 'FILE_EMPTY'],
    ['has no column of ids', 'title,genres\nHeat,Crime\n', 'COLUMN_MISSING'],
    ['has a row of another length', 'item,title\n1,Heat\n2\n', 'LINE_MALFORMED'],
    ['has a line of another form', '1::Heat::Crime\n2::Casino\n', 'LINE_MALFORMED'],
    ['is a truncated gzip', gzipSync('item\n'.repeat(9_000)).subarray(0, 30), 'FILE_TRUNCATED'],
  ])('not one that %s', async (_, content, code) => {
    expect(await thrownBy(() => read(content))).toMatchObject({ code, nextStep: expect.stringMatching(/./) });
  });

  it('names the line that is malformed', async () => {
    expect(await thrownBy(() => read('1::Heat::Crime\n2::Casino\n'))).toMatchObject({ facts: { line: 2 } });
    expect(await thrownBy(() => read('item,title\n1,Heat\n2\n'))).toMatchObject({ facts: { line: 3 } });
  });

  it('not one that is not there', async () => {
    expect(await thrownBy(() => readItems(path.join(folder, 'nothing')))).toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
  });
});

describeWithShared('data', 'the catalogues of the public datasets', (data) => {
  it.each([
    [
      'ml-1m',
      3_883,
      { item: '1', title: 'Toy Story (1995)', categories: ['Animation', "Children's", 'Comedy'] },
    ],
    [
      'lastfm-hetrec2k',
      17_632,
      { item: '1', title: 'MALICE MIZER', categories: ['139', '141', '179', '541', '552'] },
    ],
    ['amazon-beauty', 12_101, { item: '1', title: '1', categories: ['173', '1', '162', '171'] }],
  ])('%s is read whole', async (name, count, first) => {
    const items = await readItems(path.join(data, name, 'items.csv'));
    expect([items.length, items[0]]).toEqual([count, first]);
  });
});
