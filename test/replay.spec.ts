import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { keyNames, recordLabel, type Genesis } from '#libs/contracts';
import { toBase64Url } from '#libs/essentials';
import { subjectOfStream } from '#libs/messaging';
import type { Finding } from '#libs/verification';
import * as build from '#platform/build';
import { EXPORT, exportBundle } from '../apps/installation/index.js';
import { ExportedBundle, type RecordRow } from './support/exported-bundle.js';
import {
  interactionsOf,
  peopleByShard,
  populate,
  TemporaryFolders,
  using,
} from './support/small-installation.js';

let codeOfAuditor: string | undefined; // what the replay takes for its own code
jest.unstable_mockModule('#platform/build', () => ({
  ...build,
  trainingCodeDigest: () => codeOfAuditor ?? build.trainingCodeDigest(),
}));

const folders = new TemporaryFolders();
const [FIRST, SECOND, THIRD] = [1, 2, 3].map((n) => `7f1d9b1e-0000-4000-8000-00000000000${n}`);

let bundle: string;
let later: string;
/** Pseudonyms of those whose records the shard of the second certificate still holds. */
const remaining = new Set<string>();
/** The same of the first certificate's shard, after the third request. */
const remainingOfFirst = new Set<string>();

interface PartialReport {
  readonly verified: boolean;
  readonly error: { readonly code: string };
  readonly checked: readonly Finding[];
  readonly notCheckable: readonly Finding[];
}

/** Two certificates of two shards, then an export; a third one of the first shard, then another export. */
beforeAll(async () => {
  bundle = folders.next();
  later = folders.next();
  await using(folders.next(), async (installation) => {
    await populate(installation);
    await installation.trainings.train();
    const [one, other] = await peopleByShard(installation);
    for (const person of other.slice(1)) remaining.add(installation.vault.findSubject(person)!);
    for (const person of one.filter((_, at) => at !== 1))
      remainingOfFirst.add(installation.vault.findSubject(person)!);
    const erase = async (requestId: string, externalId: string) =>
      (await installation.requests.erase({ requestId, externalId, channel: 'cli' })).finished;
    const horror = { requestId: FIRST, externalId: one[0], channel: 'cli' } as const;
    await (
      await installation.requests.withdraw(horror, { categories: ['Horror'] })
    ).finished;
    await erase(SECOND, other[0]);
    await exportBundle(installation, bundle);
    await erase(THIRD, one[1]);
    const newcomer = interactionsOf([one[2] ?? other[1]]).map((entry) => ({ ...entry, type: 'play' }));
    await populate(installation, newcomer);
    await exportBundle(installation, later);
  });
});
afterAll(() => folders.remove());

const copy = () => new ExportedBundle(folders.copyOf(bundle));

describe('a replay', () => {
  it.each([
    ['of the newest certificate', SECOND, []],
    ['of the newest certificate with every shard', SECOND, ['--all-shards']],
    ['of the earlier certificate of another shard', FIRST, []],
  ])('%s reaches the certified bytes', async (_, requestId, more) => {
    const { exitCode, out } = await new ExportedBundle(bundle).replay(requestId, ...more);
    expect(exitCode).toBe(0);
    expect(out).toContain('✓ aggregator');
    expect(out.match(/^✓ shard/gm)).toHaveLength(more.length > 0 ? 3 : 1);
  });

  it('still reaches them when the log has grown since', async () => {
    expect(await new ExportedBundle(later).replay(SECOND)).toMatchObject({ exitCode: 0, code: undefined });
    expect(await new ExportedBundle(later).replay(THIRD, '--all-shards')).toMatchObject({ exitCode: 0 });
  });

  it('of an older certificate whose shard was erased further says what holds and what nobody can know any more', async () => {
    const { exitCode, code, nextStep, out } = await new ExportedBundle(later).replay(FIRST);
    expect([exitCode, code]).toEqual([1, 'REPLAY_DATA_SINCE_ERASED']);
    expect(nextStep).toContain('newest certificate');
    expect(out).toContain('✓ INGREDIENTS');
    expect(out).toMatch(
      /✓ LATER_ERASURES_ACCOUNT_FOR_SHARD: .+certified \d+, left \d+, gone 12, erasedLater 12\)/,
    );
    expect(out).toMatch(/– DATASET_ROOT: .+gone 12\)/);
    expect(out).toMatch(/– SHARD_BYTES: /);
  });

  it('rebuilds the shards of an older certificate that are whole, and reports it as not verified, for programs, too', async () => {
    const { exitCode, out } = await new ExportedBundle(later).replay(FIRST, '--all-shards', '--json');
    expect(exitCode).toBe(1);
    const { verified, error, checked, notCheckable } = JSON.parse(out) as PartialReport;
    expect([verified, error.code]).toEqual([false, 'REPLAY_DATA_SINCE_ERASED']);
    expect(checked.filter(({ code }) => code === 'SHARD_REBUILT')).toHaveLength(1);
    const lost = notCheckable.filter(({ code }) => code === 'SHARD_BYTES').map(({ facts }) => facts?.shard);
    expect(new Set(lost).size).toBe(2);
  });

  it('of an older certificate is refused outright when a record is gone that no erasure names', async () => {
    const forged = new ExportedBundle(folders.copyOf(later));
    const events = forged.recordsOf(remainingOfFirst);
    forged.changeEvents((copied) => {
      const remove = copied.prepare('DELETE FROM events WHERE position = ?');
      for (const { position } of events) remove.run(position);
    });
    expect(await forged.replay(FIRST)).toMatchObject({ exitCode: 1, code: 'REPLAY_RECORDS_MISSING' });
  });
});

describe('a replay in several threads', () => {
  const reportOf = async (given: ExportedBundle, threads: number): Promise<unknown> => {
    const { out } = await given.replay(SECOND, '--all-shards', '--json', '--threads', `${threads}`);
    return JSON.parse(out);
  };

  it('reports what one thread reports', async () => {
    const [one, two, three] = await Promise.all(
      [1, 2, 3].map((threads) => reportOf(new ExportedBundle(bundle), threads)),
    );
    expect(one).toMatchObject({ claim: 'replay', rebuilt: { length: 3 } });
    expect(two).toEqual(one);
    expect(three).toEqual(one);
  });

  it('refuses for the first fault of the log, with its facts, whichever thread meets one first', async () => {
    const forged = copy();
    const rows = forged.recordsOf(remaining).sort((a, b) => a.position - b.position);
    for (const row of rows) {
      const { label } = JSON.parse(row.data) as { label: string };
      replaceData(forged, row.position, JSON.stringify({ label, sealed: 'AAAA' }));
    }
    const [first] = rows;
    const { label } = JSON.parse(first.data) as { label: string };
    const exchanged = { ...new ExportedBundle(bundle).open(first), i: 'i0-forged' };
    replaceData(forged, first.position, forged.seal(first, first.id, label, exchanged));
    for (const threads of [1, 2, 3])
      expect(await reportOf(forged, threads)).toMatchObject({
        verified: false,
        error: { code: 'REPLAY_LABEL_MISMATCH', facts: { position: String(first.position) } },
      });
  });

  it('is refused before it reads when no thread may run', async () => {
    expect(await copy().replay(SECOND, '--threads', '0')).toMatchObject({ code: 'TRAINING_THREADS_INVALID' });
  });
});

describe('a replay of a forged log is refused', () => {
  it('when it misses one record', async () => {
    const forged = copy();
    const { position } = forged.recordOf(remaining);
    forged.changeEvents((events) => events.prepare('DELETE FROM events WHERE position = ?').run(position));
    expect(await forged.replay(SECOND)).toMatchObject({ exitCode: 1, code: 'REPLAY_RECORDS_MISSING' });
  });

  it('when it holds one record more, in order in itself', async () => {
    const forged = copy();
    const row = forged.recordOf(remaining);
    const record = { ...forged.open(row), t: 'never-happened' };
    const identity = { item: record.i, type: record.t, time: record.s };
    const label = recordLabel(forged.key(keyNames.label(subjectOfStream(row.name))), identity);
    const id = randomBytes(16);
    insert(forged, { ...row, id, data: forged.seal(row, id, toBase64Url(label), record) });
    expect(await forged.replay(SECOND)).toMatchObject({ exitCode: 1, code: 'REPLAY_RECORDS_ADDED' });
  });

  it.each<[string, (record: { i: string; v: number }) => object, string]>([
    ['of another item', () => ({ i: 'i0-forged' }), 'REPLAY_LABEL_MISMATCH'],
    ['of another value', ({ v }) => ({ v: v + 1 }), 'REPLAY_DATASET_ROOT_MISMATCH'],
  ])('when a record was replaced by one %s', async (_, change, code) => {
    const forged = copy();
    const row = forged.recordOf(remaining);
    const { label } = JSON.parse(row.data) as { label: string };
    const record = forged.open(row);
    const data = forged.seal(row, row.id, label, { ...record, ...change(record) });
    replaceData(forged, row.position, data);
    expect(await forged.replay(SECOND)).toMatchObject({ exitCode: 1, code });
  });

  it('when a sealed record has one bit flipped', async () => {
    const forged = copy();
    const row = forged.recordOf(remaining);
    const { label, sealed } = JSON.parse(row.data) as { label: string; sealed: string };
    const box = Buffer.from(sealed, 'base64url');
    box[20] ^= 1;
    replaceData(forged, row.position, JSON.stringify({ label, sealed: box.toString('base64url') }));
    expect(await forged.replay(SECOND)).toMatchObject({ exitCode: 1, code: 'REPLAY_PAYLOAD_DAMAGED' });
  });

  it('when the line begins with another genesis', async () => {
    const forged = copy();
    forged.changeEvents((events) => {
      const { position, data } = genesisRow(events);
      const { genesis } = JSON.parse(data) as { genesis: Genesis };
      const chosen = { ...genesis, seed: 'f'.repeat(genesis.seed.length) };
      events
        .prepare('UPDATE events SET data = ? WHERE position = ?')
        .run(JSON.stringify({ genesis: chosen }), position);
    });
    expect(await forged.replay(SECOND)).toMatchObject({ exitCode: 1, code: 'REPLAY_GENESIS_MISMATCH' });
  });

  it('when the line has no beginning', async () => {
    const forged = copy();
    forged.changeEvents((events) =>
      events.prepare('DELETE FROM events WHERE position = ?').run(genesisRow(events).position),
    );
    expect(await forged.replay(SECOND)).toMatchObject({ exitCode: 1, code: 'REPLAY_GENESIS_MISMATCH' });
  });

  it.each([
    ['a record without a label', 'InteractionRecorded', '{"sealed":""}'],
    ['a quarantine of nothing', 'RecordsQuarantined', '{}'],
    ['an erasure of a number', 'RecordsErased', '{"subject":"s","labels":7}'],
  ])('when it holds %s', async (_, type, data) => {
    const forged = copy();
    forged.changeEvents((events) =>
      events
        .prepare('UPDATE events SET data = ? WHERE type = (SELECT id FROM event_types WHERE name = ?)')
        .run(data, type),
    );
    expect(await forged.replay(SECOND)).toMatchObject({ exitCode: 1, code: 'REPLAY_EVENT_MALFORMED' });
  });

  it('when an item of the catalogue was renamed', async () => {
    const forged = copy();
    forged.changeEvents((events) =>
      events
        .prepare(
          `UPDATE events SET data = replace(data, '"Item 3"', '"Item three"') WHERE data LIKE '%"Item 3"%'`,
        )
        .run(),
    );
    expect(await forged.replay(SECOND)).toMatchObject({
      exitCode: 1,
      code: 'REPLAY_CATALOGUE_ROOT_MISMATCH',
    });
  });
});

describe('a replay is refused', () => {
  it.each(['label', 'interactions', 'profile'])(
    'when the %s key of a person of the shard is not among the keys',
    async (kind) => {
      const lacking = copy();
      const [subject] = remaining;
      lacking.changeKeys((line) => (line.name.startsWith(`${subject}/${kind}`) ? undefined : line));
      expect(await lacking.replay(SECOND)).toMatchObject({ exitCode: 1, code: 'REPLAY_KEY_MISSING' });
    },
  );

  it('when the partition key is another than the one that was committed to', async () => {
    const other = copy();
    const key = toBase64Url(new Uint8Array(32));
    other.changeKeys((line) => (line.name === keyNames.partition('main') ? { ...line, key } : line));
    expect(await other.replay(SECOND)).toMatchObject({ exitCode: 1, code: 'REPLAY_PARTITION_KEY_MISMATCH' });
  });

  it('when the auditor’s code is not the one that was certified', async () => {
    codeOfAuditor = '0'.repeat(64);
    try {
      expect(await new ExportedBundle(bundle).replay(SECOND)).toMatchObject({
        exitCode: 1,
        code: 'REPLAY_CODE_DIGEST_MISMATCH',
      });
    } finally {
      codeOfAuditor = undefined;
    }
  });

  it('when the certificate itself does not verify', async () => {
    const forged = copy();
    const file = forged.at(EXPORT.certificates, `${SECOND}.sigstore.json`);
    const honest = JSON.parse(readFileSync(file, 'utf8')) as { dsseEnvelope: { payload: string } };
    const payload = Buffer.from(honest.dsseEnvelope.payload, 'base64')
      .toString()
      .replace('erasure', 'Erasure');
    honest.dsseEnvelope.payload = Buffer.from(payload).toString('base64');
    writeFileSync(file, JSON.stringify(honest));
    const { exitCode, code } = await forged.replay(SECOND);
    expect([exitCode, code]).toEqual([1, 'LEAF_PAYLOAD_MISMATCH']);
  });
});

describe('a replay cannot begin, which says nothing about the certificate,', () => {
  it.each<[string, (bundle: ExportedBundle) => void, string]>([
    [
      'without the manifest',
      (lacking) => lacking.manifests().forEach((file) => rmSync(file)),
      'MANIFEST_NOT_FOUND',
    ],
    [
      'with manifests that somebody wrote into',
      (changed) =>
        changed.manifests().forEach((file) => writeFileSync(file, `${readFileSync(file, 'utf8')}\n`)),
      'MANIFEST_NOT_FOUND',
    ],
    ['without the events', (lacking) => rmSync(lacking.at(EXPORT.events)), 'FILE_UNREADABLE'],
    ['without keys', (lacking) => rmSync(lacking.at(EXPORT.replayKeys)), 'FILE_UNREADABLE'],
    [
      'with keys that are none',
      (changed) => writeFileSync(changed.at(EXPORT.replayKeys), '{"name":1}\n'),
      'REPLAY_KEYS_MALFORMED',
    ],
  ])('%s', async (_, change, code) => {
    const given = copy();
    change(given);
    expect(await given.replay(SECOND)).toMatchObject({ exitCode: 2, code, nextStep: expect.any(String) });
  });

  it('with events that are another file', async () => {
    const given = copy();
    writeFileSync(given.at(EXPORT.events), 'not a database, but long enough to be taken for one'.repeat(99));
    expect(await given.replay(SECOND)).toMatchObject({ exitCode: 2, code: 'STORE_DAMAGED' });
  });
});

/** Puts an event at the end of its stream as one that was carried over from the place of an honest one. */
function insert(forged: ExportedBundle, row: RecordRow): void {
  forged.changeEvents((events) =>
    events
      .prepare(
        `INSERT INTO events SELECT (SELECT max(position) + 1 FROM events), ?, ?,
           (SELECT max(revision) + 1 FROM events WHERE stream = ?), ?, ?, ?, ?`,
      )
      .run(
        row.type,
        row.stream,
        row.stream,
        row.recorded_at,
        row.id,
        row.data,
        JSON.stringify({ carriedFrom: String(row.position) }),
      ),
  );
}

function replaceData(forged: ExportedBundle, position: number, data: string): void {
  forged.changeEvents((events) =>
    events.prepare('UPDATE events SET data = ? WHERE position = ?').run(data, position),
  );
}

function genesisRow(events: Parameters<Parameters<ExportedBundle['changeEvents']>[0]>[0]) {
  return events
    .prepare(
      "SELECT position, data FROM events WHERE type = (SELECT id FROM event_types WHERE name = 'ModelGenesis')",
    )
    .get() as { position: number; data: string };
}
