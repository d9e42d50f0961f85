// Events that the server cannot read: damaged on the disk, or written by a newer release; and a log as an older release has written it.
import { randomUUID } from 'node:crypto';
import { cpSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { must } from '../house.mjs';

const KINDS = ['damaged', 'newer', 'older'];

export default {
  name: 'events',
  title:
    'an event with a damaged payload, repaired from a copy; an event of a newer release; a log of an older release, without what came later',
  unit: 'logs',
  defaultRuns: 6,
  async run(house, draws, number) {
    const kind = KINDS[number % KINDS.length];
    await { damaged, newer, older }[kind](house, draws);
    await house.mustOpen();
    const { over, lives } = await house.live(400, draws.for('life'));
    over();
    await lives;
    await house.recover(draws.for('recover'));
    await house.goesOn(draws.for('after'));
    await house.close({ replay: kind === 'older' });
    return 1;
  },
};

function change(house, work) {
  const events = new Database(path.join(house.folder, 'events.db'));
  try {
    return work(events);
  } finally {
    events.close();
  }
}

/** Read models are made anew and meet it: the server says so by a code and a place, and goes on as soon as the file is whole again. */
async function damaged(house, draws) {
  const file = path.join(house.folder, 'events.db');
  const copy = path.join(house.home, 'events.copy');
  cpSync(file, copy);
  change(house, (events) => damageOne(events, draws));
  for (const name of readdirSync(house.folder).filter((one) => one.startsWith('read-models.db')))
    rmSync(path.join(house.folder, name));
  const client = await house.mustOpen();
  const { ext } = draws.pick(house.journal.present());
  const answer = await client.json('serve', 'GET', `/v1/recommendations/${encodeURIComponent(ext)}?k=3`);
  must(answer.status === 503, 'a log that cannot be read is named as the reason', answer);
  must(answer.body.code === 'PAYLOAD_DAMAGED', 'a log that cannot be read is named as the reason', answer);
  must(/^[0-9a-f-]{36}$/.test(answer.body.facts?.event), 'the event is named', answer.body);
  const ready = await client.call(undefined, 'GET', '/health/ready');
  must(ready.status === 503, 'the server says that it is not ready', ready);
  await house.api.stop();
  cpSync(copy, file);
}

function damageOne(events, draws) {
  const rows = events
    .prepare(
      `SELECT e.position, e.data FROM events e JOIN event_types t ON t.id = e.type WHERE t.name = 'InteractionRecorded'`,
    )
    .all();
  const { position, data } = draws.pick(rows);
  const { sealed, ...rest } = JSON.parse(data);
  const at = draws.below(sealed.length - 1);
  const other = sealed[at] === 'A' ? 'B' : 'A';
  const damagedData = { ...rest, sealed: sealed.slice(0, at) + other + sealed.slice(at + 1) };
  events.prepare('UPDATE events SET data = ? WHERE position = ?').run(JSON.stringify(damagedData), position);
}

/** An older server refuses, and touches nothing. */
async function newer(house) {
  const position = change(house, (events) => {
    const type = events
      .prepare(`INSERT INTO event_types (name) VALUES ('ModelMerged')`)
      .run().lastInsertRowid;
    const stream = events.prepare(`SELECT id FROM streams WHERE name = 'model-main'`).pluck().get();
    const next = events.prepare('SELECT max(position) + 1 FROM events').pluck().get();
    const revision = events
      .prepare('SELECT max(revision) + 1 FROM events WHERE stream = ?')
      .pluck()
      .get(stream);
    const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex');
    events
      .prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      .run(next, type, stream, revision, Date.now(), id, '{}', null);
    return next;
  });
  must((await house.open()) === undefined, 'a server refuses a log of a newer release');
  const { code, stderr } = await house.api.ended;
  must(code === 1 && stderr.startsWith('EVENT_TYPE_UNKNOWN'), 'it says why', stderr.slice(0, 500));
  change(house, (events) => events.prepare('DELETE FROM events WHERE position = ?').run(position));
}

/** Fields and events that releases before this one did not write, all of them optional now. */
const LATER = ['rounds', 'checkpoints', 'work', 'records', 'regime', 'identity', 'approvals', 'graceSeconds'];
const LATER_TYPES = ['PublicationPrepared'];

async function older(house) {
  change(house, (events) => {
    for (const { position, data } of events.prepare('SELECT position, data FROM events').all()) {
      const whole = JSON.parse(data);
      const fields = Object.entries(whole).filter(([name]) => !LATER.includes(name));
      events
        .prepare('UPDATE events SET data = ? WHERE position = ?')
        .run(JSON.stringify(Object.fromEntries(fields)), position);
    }
    for (const type of LATER_TYPES)
      events.prepare('DELETE FROM events WHERE type = (SELECT id FROM event_types WHERE name = ?)').run(type);
  });
}
