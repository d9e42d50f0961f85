import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InMemoryEventStore } from '#stages/event-store';
import { FileVault } from '#stages/vault';
import { consentOf, eventsOf, films, openFixture, rating, thrownBy, type Fixture } from '../spec-fixture.js';
import type { RejectedLine } from './import-batch.js';
import { FileImportCheckpoints } from './import-checkpoints.js';
import type { ImportOptions, ProfileImportOptions } from './import-service.js';

let folder: string;
const openVault = () => FileVault.open({ file: ':memory:', kek: new Uint8Array(32) });
let fixture: Fixture;
const inFolder = (name: string) => path.join(folder, name);
const write = (name: string, content: string | Uint8Array) => {
  writeFileSync(inFolder(name), content);
  return inFolder(name);
};
const newPeople = { purpose: 'recommendations', method: 'bulk-import', evidenceReference: 'contract-3' };
const importFile = (file: string, options: Partial<ImportOptions> = {}) =>
  fixture.imports.importRatings({
    file,
    type: 'rating',
    purpose: 'recommendations',
    onBadLine: 'stop',
    newPeople,
    ...options,
  });
const recorded = async () => (await eventsOf(fixture.store, 'InteractionRecorded')).length;

const DAT = '7::1::5::978300760\n7::2::3::978302109\n8::1::4::978301968\n';
const CSV = 'userId,movieId,rating,timestamp\n7,1,5.0,978300760\n7,2,3.0,978302109\n8,1,4.0,978301968\n';

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'lacuna-import-'));
  fixture = await openFixture(new InMemoryEventStore(), openVault(), {
    checkpoints: new FileImportCheckpoints(inFolder('checkpoints')),
  });
  await fixture.catalogue.catalogue(films);
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a file that still holds what a person has withdrawn', () => {
  it('is imported but for those lines, which are counted and reported', async () => {
    const file = write('ratings.dat', DAT);
    await importFile(file);
    const [{ data }] = await eventsOf(fixture.store, 'InteractionRecorded');
    const subject = fixture.vault.findSubject('7')!;
    const quarantined = {
      requestId: 'r-1',
      subject,
      kind: 'withdrawal',
      labels: [(data as { label: string }).label],
    };
    const id = '00000000-0000-4000-8000-000000000001';
    await fixture.store.append('request-r-1', [{ id, type: 'RecordsQuarantined', data: quarantined }]);
    const reported: RejectedLine[] = [];
    const grown = write('ratings.dat', `${DAT}9::2::4::978301968\n`);
    const summary = await importFile(grown, { onReject: (line) => reported.push(line) });
    expect(summary).toMatchObject({
      recorded: 1,
      duplicates: 2,
      rejected: 1,
      rejectedByCode: { RECORD_ERASED: 1 },
    });
    expect(reported).toEqual([{ line: 1, code: 'RECORD_ERASED', field: undefined }]);
  });
});

describe('the formats that import reads', () => {
  it.each<[string, string, string | Uint8Array, string]>([
    ['MovieLens ratings.dat', 'ratings.dat', DAT, 'movielens-dat'],
    ['MovieLens u.data', 'u.data', DAT.replaceAll('::', '\t'), 'movielens-tab'],
    ['MovieLens ratings.csv', 'ratings.csv', CSV, 'csv'],
    ['a CSV with Windows line ends', 'ratings.csv', CSV.replaceAll('\n', '\r\n'), 'csv'],
    ['a CSV with a byte order mark', 'ratings.csv', `\ufeff${CSV}`, 'csv'],
    ['a CSV with semicolons', 'ratings.csv', CSV.replaceAll(',', ';'), 'csv'],
    ['a CSV with quotes', 'ratings.csv', CSV.replaceAll('978300760', '"978300760"'), 'csv'],
    ['a CSV without a last line end', 'ratings.csv', CSV.trimEnd(), 'csv'],
    ['a gzip, whatever its name', 'ratings', gzipSync(CSV), 'csv'],
  ])('%s', async (_, name, content, format) => {
    const summary = await importFile(write(name, content));
    expect(summary).toMatchObject({ format, rows: 3, recorded: 3, duplicates: 0, enrolled: 2, rejected: 0 });
    expect(await recorded()).toBe(3);
  });

  it('any CSV whose columns are named, with a type column and without a value', async () => {
    const file = write(
      'log.csv',
      'when,who,what,did\n2001-01-01T00:00:00Z,7,1,play\n2001-01-01T00:00:00Z,7,1,stop\n',
    );
    const columns = { user: 'who', item: 'what', time: 'When', type: 'did' };
    expect(await importFile(file, { columns })).toMatchObject({ recorded: 2 });
  });

  it('rows without a time, when a default is given', async () => {
    const file = write('ratings.csv', 'user,item,rating,timestamp\n7,1,5,\n7,2,5,978300760\n');
    expect(await importFile(file, { time: 978_300_000 })).toMatchObject({ recorded: 2 });
  });

  it('a format that is named, where the first line would not tell', async () => {
    const file = write('ratings.dat', '7::1::five::978300760\n');
    expect(await thrownBy(() => importFile(file))).toMatchObject({ code: 'FORMAT_UNKNOWN' });
    expect(await thrownBy(() => importFile(file, { format: 'movielens-dat' }))).toMatchObject({
      code: 'VALUE_MALFORMED',
    });
  });

  it('a catalogue first, and only what changed in it at a repetition', async () => {
    const items = write(
      'items.csv',
      'item,title,genres\n1,Toy Story (1995),Animation|Comedy\n3,"Heat, The",Crime\n',
    );
    const file = write('ratings.dat', '7::3::5::978300760\n');
    expect((await importFile(file, { items })).items).toEqual({ catalogued: 1, unchanged: 1 });
    expect((await importFile(file, { items })).items).toEqual({ catalogued: 0, unchanged: 2 });
  });
});

describe('importing again', () => {
  it('records nothing twice', async () => {
    const file = write('ratings.dat', DAT);
    const other = write('copy.csv', CSV);
    await importFile(file);
    expect(await importFile(other)).toMatchObject({ recorded: 0, duplicates: 3, enrolled: 0 });
    expect(await recorded()).toBe(3);
  });

  it('passes over the lines that were taken in, and continues when the store is older than the checkpoint', async () => {
    const file = write('ratings.dat', DAT);
    await importFile(file);
    expect(await importFile(file)).toMatchObject({ rows: 0, resumedAfterLine: 3 });
    const restored = await openFixture(new InMemoryEventStore(), openVault(), {
      checkpoints: new FileImportCheckpoints(inFolder('checkpoints')),
    });
    await restored.catalogue.catalogue(films);
    fixture = restored;
    expect(await importFile(file)).toMatchObject({ recorded: 3, resumedAfterLine: 0 });
  });

  it('ignores a damaged checkpoint', async () => {
    const file = write('ratings.dat', DAT);
    await importFile(file);
    for (const name of readdirSync(inFolder('checkpoints'))) write(`checkpoints/${name}`, '{"line":');
    expect(await importFile(file)).toMatchObject({ duplicates: 3, resumedAfterLine: 0 });
  });

  it('meets rejected lines again, when their cause may be gone', async () => {
    const file = write('ratings.dat', DAT.replace('8::1', '8::3'));
    expect(await importFile(file, { onBadLine: 'skip' })).toMatchObject({ recorded: 2, rejected: 1 });
    await fixture.catalogue.catalogue([{ item: '3', title: 'Heat', categories: [] }]);
    expect(await importFile(file)).toMatchObject({ recorded: 1, duplicates: 2, resumedAfterLine: 0 });
  });

  it('does not bring back consent that was withdrawn', async () => {
    await importFile(write('ratings.dat', DAT));
    await fixture.consents.withdraw(consentOf('7'));
    const later = write('later.dat', '7::1::5::978400000\n');
    expect(await thrownBy(() => importFile(later))).toMatchObject({
      code: 'CONSENT_MISSING',
      facts: { line: 1 },
    });
  });
});

describe('a bad line', () => {
  const bad: [string, string, string, string | undefined][] = [
    ['too few fields', '7::1::5', 'LINE_MALFORMED', undefined],
    ['too many fields', '7::1::5::978300760::9', 'LINE_MALFORMED', undefined],
    ['no person', '::1::5::978300760', 'FIELD_MISSING', 'subject'],
    ['no item', '7::::5::978300760', 'FIELD_MISSING', 'item'],
    ['an unknown item', '7::99::5::978300760', 'ITEM_UNKNOWN', 'item'],
    ['a value that is no number', '7::1::five::978300760', 'VALUE_MALFORMED', 'value'],
    ['a value in hexadecimal', '7::1::0x5::978300760', 'VALUE_MALFORMED', 'value'],
    ['no value', '7::1::::978300760', 'FIELD_MISSING', 'value'],
    ['no time', '7::1::5::', 'FIELD_MISSING', 'time'],
    ['a time that is none', '7::1::5::yesterday', 'TIME_MALFORMED', 'time'],
    ['a time before 1990', '7::1::5::1', 'TIME_ABSURD', 'time'],
    ['a time in the future', '7::1::5::4102444800', 'TIME_IN_FUTURE', 'time'],
  ];

  it.each(bad)('with %s stops the import before its batch, and is named', async (_, line, code, field) => {
    const error = await thrownBy(() => importFile(write('ratings.dat', DAT + line + '\n')));
    expect(error).toMatchObject({ code, facts: { line: 4, field }, nextStep: expect.stringMatching(/./) });
    expect((error as Error).message).toMatch(/^Line 4 of ratings\.dat: /);
    expect(await recorded()).toBe(0);
    expect(await eventsOf(fixture.store, 'SubjectEnrolled')).toEqual([]);
  });

  it.each(bad)('with %s is reported and left out, when told to skip', async (_, line, code, field) => {
    const rejects: RejectedLine[] = [];
    const onReject = (rejected: RejectedLine) => rejects.push(rejected);
    const file = write('ratings.dat', `${DAT}${line}\n\n9::2::1::978300760\n`);
    const summary = await importFile(file, { onBadLine: 'skip', onReject });
    expect(summary).toMatchObject({ rows: 5, recorded: 4, rejected: 1, rejectedByCode: { [code]: 1 } });
    expect(rejects).toEqual([{ line: 4, code, field }]);
  });

  it('with a person nobody knows is refused where no consent is granted', async () => {
    const error = await thrownBy(() => importFile(write('ratings.dat', DAT), { newPeople: undefined }));
    expect(error).toMatchObject({ code: 'SUBJECT_UNKNOWN', facts: { line: 1, field: 'subject' } });
  });

  it('with a quote that is not closed is malformed', async () => {
    const file = write('ratings.csv', `${CSV}"7,1,5,978300760\n`);
    expect(await thrownBy(() => importFile(file))).toMatchObject({
      code: 'LINE_MALFORMED',
      facts: { line: 5 },
    });
  });

  it('stops before its batch only: what came before stays, and a repetition records the rest', async () => {
    const many = Array.from({ length: 5_000 }, (_, at) => `${at % 100}::1::5::${978_300_000 + at}\n`).join(
      '',
    );
    const broken = write('ratings.dat', `${many}7::1::5\n8::1::4::978300760\n`);
    expect(await thrownBy(() => importFile(broken))).toMatchObject({ facts: { line: 5_001 } });
    expect(await recorded()).toBe(5_000);
    const mended = write('ratings.dat', `${many}8::1::4::978300760\n`);
    expect(await importFile(mended)).toMatchObject({ recorded: 1, duplicates: 5_000 });
  });
});

describe('a file that cannot be taken', () => {
  const zipped = gzipSync(CSV + '7,1,5,978300760\n'.repeat(50_000));
  const damaged = Buffer.from(zipped);
  damaged.fill(0xff, damaged.length / 2, damaged.length / 2 + 64);

  it.each<[string, string | Uint8Array, string]>([
    ['empty', '', 'FILE_EMPTY'],
    ['a header and nothing else', 'userId,movieId,rating,timestamp\n', 'FILE_EMPTY'],
    ['a truncated gzip', zipped.subarray(0, zipped.length - 40), 'FILE_TRUNCATED'],
    ['a damaged gzip', damaged, 'FILE_DAMAGED'],
    ['a CSV without a user column', CSV.replace('userId', 'person'), 'COLUMN_MISSING'],
    ['not UTF-8', Buffer.from(CSV.replace('7,1', 'é,1'), 'latin1'), 'FILE_NOT_UTF8'],
    ['of no known format', 'hello\n', 'FORMAT_UNKNOWN'],
    ['one endless line', `a,b${'x'.repeat(70_000)}`, 'LINE_TOO_LONG'],
  ])('because it is %s is refused by that name, with what to do', async (_, content, code) => {
    const error = await thrownBy(() => importFile(write('ratings.csv', content)));
    expect(error).toMatchObject({ code, nextStep: expect.stringMatching(/./) });
    expect((error as Error).message).toContain('ratings.csv');
    expect((error as Error).message).not.toContain(folder);
  });

  it('because it is not there, or a folder, is refused', async () => {
    expect(await thrownBy(() => importFile(inFolder('nothing.csv')))).toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
    expect(await thrownBy(() => importFile(folder))).toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('because a column is not there names the columns that are', async () => {
    const error = await thrownBy(() =>
      importFile(write('ratings.csv', CSV), {
        columns: { user: 'userId', item: 'movie', time: 'timestamp' },
      }),
    );
    expect(error).toMatchObject({
      code: 'COLUMN_MISSING',
      facts: { field: 'item' },
      nextStep: expect.stringContaining('userId, movieId, rating, timestamp'),
    });
  });

  it('because it has no times names --time-default', async () => {
    const error = await thrownBy(() => importFile(write('ratings.csv', 'user,item,rating\n7,1,5\n')));
    expect(error).toMatchObject({
      code: 'COLUMN_MISSING',
      nextStep: expect.stringContaining('--time-default'),
    });
  });

  it('because its gzip is damaged near the end leaves nothing behind', async () => {
    const error = await thrownBy(() =>
      importFile(write('ratings.csv.gz', zipped.subarray(0, zipped.length - 4))),
    );
    expect(error).toMatchObject({ code: 'FILE_TRUNCATED', facts: { line: 50_004 } });
    expect(await recorded()).toBe(0);
    expect(await eventsOf(fixture.store, 'SubjectEnrolled')).toEqual([]);
  });
});

describe('an import under way', () => {
  it('tells how far it is', async () => {
    const seen: unknown[] = [];
    const file = write('ratings.dat', DAT);
    await importFile(file, { onProgress: (progress) => seen.push(progress) });
    expect(seen).toMatchObject([{ recorded: 3, bytesRead: DAT.length, bytesTotal: DAT.length }]);
  });

  it('stops between two batches when it is cancelled', async () => {
    const error = await thrownBy(() =>
      importFile(write('ratings.dat', DAT), { signal: AbortSignal.abort() }),
    );
    expect(error).toMatchObject({ code: 'IMPORT_CANCELLED', facts: { line: 1 } });
    expect(await recorded()).toBe(0);
  });

  it('can come from another part of the program instead of a file', async () => {
    const entries = [rating({ subject: '7' }), rating({ subject: '8' }), rating({ subject: '8' })];
    const summary = await fixture.imports.importEntries(entries, { onBadLine: 'stop', newPeople });
    expect(summary).toMatchObject({ format: 'entries', rows: 3, recorded: 2, duplicates: 1, enrolled: 2 });
  });
});

describe('importing what people have stated', () => {
  const USERS = 'user,gender,age,zip\n7,F,25,48067\n8,,25,70072\n';
  const VOCABULARY = 'feature,title\ngender=F,female\nage=25,25 to 34\n';
  const consent = { purpose: 'personalisation', method: 'bulk-import', evidenceReference: 'contract-4' };
  const importProfiles = (text = USERS, options: Partial<ProfileImportOptions> = {}) =>
    fixture.imports.importProfiles({
      file: write('users.csv', text),
      features: write('features.csv', VOCABULARY),
      purpose: 'personalisation',
      columns: ['gender', 'age'],
      time: 978_300_000,
      onBadLine: 'stop',
      undecidedPeople: consent,
      ...options,
    });

  it('records a feature a column, once, for people who are new and people who are not', async () => {
    await importFile(write('ratings.dat', DAT));
    const before = await recorded();
    expect(await importProfiles()).toMatchObject({
      features: { catalogued: 2, unchanged: 0 },
      rows: 3,
      recorded: 3,
      enrolled: 0,
    });
    expect(await recorded()).toBe(before + 3);
    expect(await importProfiles()).toMatchObject({ recorded: 0, duplicates: 3 });
    expect(await importProfiles('user,age\n9,25\n', { columns: undefined })).toMatchObject({
      enrolled: 1,
      recorded: 1,
    });
  });

  it('undoes no decision', async () => {
    await importProfiles();
    await fixture.consents.withdraw(consentOf('7', 'personalisation'));
    const later = () => importProfiles('user,age\n7,25\n', { columns: undefined, time: 978_300_001 });
    expect(await thrownBy(later)).toMatchObject({ code: 'CONSENT_MISSING', facts: { line: 2 } });
  });

  it.each<[string, string, Partial<ProfileImportOptions>, string]>([
    ['a column that is not there', USERS, { columns: ['height'] }, 'COLUMN_MISSING'],
    ['no column of people', 'name,age\nx,25\n', { columns: undefined }, 'COLUMN_MISSING'],
    ['no time', USERS, { time: undefined }, 'COLUMN_MISSING'],
    ['no columns', 'user\n7\n', { columns: undefined }, 'FORMAT_UNKNOWN'],
    ['a feature that nobody catalogued', USERS, { columns: ['zip'] }, 'FEATURE_UNKNOWN'],
    ['a feature that is not a number', 'user,age\n7,NaN\n', { columns: undefined }, 'FEATURE_UNKNOWN'],
    ['a feature without end', `user,age\n7,${'9'.repeat(300)}\n`, { columns: undefined }, 'FIELD_TOO_LONG'],
    ['a line that is too short', 'user,gender,age\n7,F\n', {}, 'LINE_MALFORMED'],
    ['a time that is none', 'user,age,time\n7,25,yesterday\n', { columns: undefined }, 'TIME_MALFORMED'],
    ['people who have not consented', USERS, { undecidedPeople: undefined }, 'SUBJECT_UNKNOWN'],
  ])('is refused with %s', async (_, text, options, code) => {
    expect(await thrownBy(() => importProfiles(text, options))).toMatchObject({ code });
    expect(await recorded()).toBe(0);
  });

  it('can leave bad lines out and say which', async () => {
    const rejected: RejectedLine[] = [];
    const summary = await importProfiles('user,age\n7,25\n8,26\n', {
      columns: undefined,
      onBadLine: 'skip',
      onReject: (line) => rejected.push(line),
    });
    expect(summary).toMatchObject({ recorded: 1, rejected: 1, rejectedByCode: { FEATURE_UNKNOWN: 1 } });
    expect(rejected).toEqual([{ line: 3, code: 'FEATURE_UNKNOWN', field: 'feature' }]);
  });
});
