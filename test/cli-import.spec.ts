import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Installation } from '../apps/installation/index.js';
import { contentOf, expectRefusal, inFolder } from './support/lacuna-process.js';
import { PEOPLE, populate, TemporaryFolders, using } from './support/small-installation.js';

const MINUTE = 60_000;
const folders = new TemporaryFolders();
const HEADER = 'user,item,rating,timestamp';
const GOOD = `${PEOPLE[0]},i0,4,978300760`;
const CONSENT = ['--grant-consent', 'recommendations', '--evidence', 'urn:test:evidence'];
const MANY = Array.from({ length: 999 }, (_, at) => `p${at},i1,4,978300${String(at).padStart(3, '0')}`);

let populated: string;
let files: string;
beforeAll(async () => {
  populated = folders.next();
  files = folders.next();
  mkdirSync(files);
  const prepare = async (installation: Installation) => {
    await populate(installation);
    await installation.ingest.catalogue.withdraw('i29');
  };
  await using(populated, prepare, { settings: { values: { minValue: 1, maxValue: 5 } } });
});
afterAll(() => folders.remove());

function write(name: string, content: string | Buffer): string {
  const file = path.join(files, name);
  writeFileSync(file, content);
  return file;
}

describe('lacuna import', () => {
  const lines = (...rows: string[]) => `${[HEADER, ...rows].join('\n')}\n`;

  it.each<[string, string | Buffer, string[], string, string]>([
    ['a malformed line', lines(GOOD, 'x,i1'), [], 'LINE_MALFORMED', 'Line 3 of'],
    ['an empty field', lines(GOOD, ',i1,4,978300761'), [], 'FIELD_MISSING', 'line: 3, field: subject'],
    ['an unknown item', lines(GOOD, 'x,none,4,978300761'), [], 'ITEM_UNKNOWN', 'line: 3, field: item'],
    ['a withdrawn item', lines(GOOD, 'x,i29,4,978300761'), [], 'ITEM_WITHDRAWN', 'line: 3, field: item'],
    ['a future time', lines(GOOD, 'x,i1,4,4102444800'), [], 'TIME_IN_FUTURE', 'line: 3, field: time'],
    ['an absurd time', lines(GOOD, 'x,i1,4,77'), [], 'TIME_ABSURD', 'line: 3, field: time'],
    ['a time that is none', lines(GOOD, 'x,i1,4,noon'), [], 'TIME_MALFORMED', 'line: 3, field: time'],
    [
      'a rating that is none',
      lines(GOOD, 'x,i1,good,978300761'),
      [],
      'VALUE_MALFORMED',
      'line: 3, field: value',
    ],
    [
      'a rating out of range',
      lines(GOOD, 'x,i1,6,978300761'),
      [],
      'VALUE_OUT_OF_RANGE',
      'line: 3, field: value',
    ],
    [
      'an endless rating',
      lines(GOOD, 'x,i1,1e999,978300761'),
      [],
      'VALUE_OUT_OF_RANGE',
      'line: 3, field: value',
    ],
    ['missing consent', lines(GOOD), ['--purpose', 'research'], 'CONSENT_MISSING', 'line: 2, field: purpose'],
    [
      'a column it does not know',
      `user,thing,rating,timestamp\n${GOOD}\n`,
      [],
      'COLUMN_MISSING',
      'field: item',
    ],
    ['a truncated gzip', gzipSync(lines(...MANY)).subarray(0, -20), [], 'FILE_TRUNCATED', ''],
    ['an empty file', '', [], 'FILE_EMPTY', ''],
    ['a header and nothing else', lines(), [], 'FILE_EMPTY', ''],
  ])(
    'refuses %s, naming file, line and field, and records nothing',
    async (what, content, more, code, where) => {
      const folder = folders.copyOf(populated);
      const before = contentOf(folder);
      const file = write(`${what.replaceAll(' ', '-')}.csv`, content);
      const consent = more.length > 0 ? more : CONSENT;
      const ended = await inFolder(folder, 'import', file, ...consent);
      expectRefusal(ended, code);
      expect(ended.err).toContain(where);
      expect(ended.err).toContain(path.basename(file));
      expect(ended.out).toBe('');
      expect(contentOf(folder)).toBe(before);
    },
    MINUTE,
  );

  it(
    'counts a line that is there twice and records it once, also when the file comes again',
    async () => {
      const folder = folders.copyOf(populated);
      const file = write('twice.csv', lines(GOOD, GOOD, 'newcomer,i1,4,978300761'));
      const first = await inFolder(folder, 'import', file, ...CONSENT, '--json');
      expect(JSON.parse(first.out)).toMatchObject({ rows: 3, recorded: 2, duplicates: 1, enrolled: 1 });
      const copy = write('again.csv', readFileSync(file));
      const again = await inFolder(folder, 'import', copy, ...CONSENT, '--json');
      expect(JSON.parse(again.out)).toMatchObject({ recorded: 0, enrolled: 0 });
    },
    MINUTE,
  );
});
