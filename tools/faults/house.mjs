// One data folder in one run: starts servers on it, lets people live, kills, recovers, and has it checked.
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, CutOff, WrongAnswer } from './client.mjs';
import { Api, run, runScript } from './processes.mjs';
import { joining, live, newRequest } from './workload.mjs';
import { newEntry } from './foundation.mjs';

const FINISH_LIMIT = 90_000; // ms
const LOOK_AGAIN = 60;

/** Something that must hold does not. */
export class Violation extends Error {
  constructor(violations) {
    super(violations.map(({ what, found }) => `${what}: ${JSON.stringify(found) ?? ''}`).join('\n'));
    this.violations = violations;
  }
}

export class House {
  /** @param prepared a founded house: its folder, what was recorded, its tokens */
  constructor(home, prepared) {
    Object.assign(this, { home, tokens: prepared.tokens, env: prepared.env });
    this.folder = path.join(home, 'data');
    this.journal = prepared.journal.copy();
    this.facts = {};
    mkdirSync(home, { recursive: true });
    cpSync(prepared.folder, this.folder, { recursive: true });
  }

  /** Starts the server; undefined when it died before it listened. */
  async open(options = {}) {
    this.api = new Api(this.folder, { env: this.env, ...options });
    const url = await this.api.listens();
    this.client = url === undefined ? undefined : new Client(url, this.tokens, this.journal);
    return this.client;
  }

  /** As `open`, where nothing is to keep it from starting. */
  async mustOpen(options) {
    const client = await this.open(options);
    if (client !== undefined) return client;
    const { code, stderr } = await this.api.ended;
    throw new Violation([
      { what: 'the server starts again', found: { code, stderr: stderr.slice(0, 2000) } },
    ]);
  }

  /** People live for some milliseconds; then nobody begins anything new. */
  async live(milliseconds, draws, options) {
    const over = new globalThis.AbortController();
    const lives = live(this.client, draws, over.signal, options);
    await Promise.race([sleep(milliseconds), lives, this.api.ended]);
    return { over: () => over.abort(), lives };
  }

  /** Whoever was cut off asks again; then everything gets finished, and the run goes on. */
  async recover(draws) {
    const { client, journal } = this;
    await client.ingest(draws.shuffled(journal.recordsInDoubt()));
    for (const request of journal.requestsInDoubt()) await client.request(request);
    must(journal.requestsInDoubt().length === 0, 'a request that is repeated is answered');
    await this.finish();
  }

  /** Waits until every request that was acknowledged is finished. */
  async finish() {
    const until = Date.now() + FINISH_LIMIT;
    for (const { requestId, isFinished } of this.journal.acknowledgedRequests()) {
      if (isFinished) continue;
      let state;
      for (;;) {
        state = await this.client.stateOf(requestId);
        if (state.closedAt !== undefined) break;
        must(Date.now() < until, 'every request is finished in time', { requestId, status: state.status });
        await sleep(LOOK_AGAIN);
      }
      this.journal.requests.get(requestId).isFinished = true;
    }
    await this.client.lookAtLedger();
  }

  /** Someone joins, does something, and leaves: the house works as before. */
  async goesOn(draws) {
    const { client, journal } = this;
    const person = await joining(client, draws);
    const entries = Array.from({ length: 5 }, (_, at) => newEntry(draws, person, `last-${at}`));
    await client.ingest(entries);
    const taken = [...journal.records.values()].filter(({ entry }) => entry.subject === person.ext);
    must(
      taken.every(({ state }) => state === 'acknowledged'),
      'new interactions are taken',
      client.lastError,
    );
    await client.request({ requestId: draws.uuid(), kind: 'erasure', ext: person.ext });
    await client.request(newRequest(journal, draws, 'withdrawal'));
    await this.finish();
    const { ext } = draws.pick(journal.present());
    const answer = await client.json('serve', 'GET', `/v1/recommendations/${encodeURIComponent(ext)}?k=3`);
    must(answer.status === 200, 'recommendations are given', answer);
  }

  /** Checks a copy of the folder from another process. @param env what that process is to know besides. @throws Violation */
  async check(mode, env = {}) {
    const copy = path.join(this.home, `check-${mode}`);
    const journalFile = path.join(this.home, 'journal.json');
    rmSync(copy, { recursive: true, force: true });
    cpSync(this.folder, copy, { recursive: true });
    writeFileSync(journalFile, JSON.stringify(this.journal));
    const { code, stdout } = await runScript('check.mjs', [copy, journalFile, mode], env);
    must(code === 0, 'the check could run', code);
    const { violations, facts } = JSON.parse(stdout);
    if (violations.length > 0) throw new Violation(violations);
    rmSync(copy, { recursive: true, force: true });
    Object.assign(this.facts, facts);
  }

  /** Stops as a service manager stops it, checks everything, and lets a stranger replay the newest certificate. */
  async close({ replay = true } = {}) {
    const { code, stderr } = await this.api.stop();
    must(code === 0, 'the server stops when it is asked to', { code, stderr: stderr.slice(0, 1000) });
    await this.check('settled');
    if (replay) await this.replay();
  }

  async replay() {
    const out = path.join(this.home, 'export');
    const inFolder = ['--data-folder', this.folder, '--threads', '1'];
    const exported = await run('cli', [...inFolder, 'export', out], { env: this.env });
    must(exported.code === 0, 'everything can be exported', exported.stderr.slice(0, 1000));
    const newest = await this.newestCertificate();
    if (newest === undefined) return;
    const certificate = path.join(out, 'certificates', `${newest}.sigstore.json`);
    const trust = ['--trust', path.join(out, 'trust')];
    const events = ['--certificate', certificate, '--events', path.join(out, 'events.db'), '--all-shards'];
    const replayed = await run('verifier', ['replay', ...events, ...trust]);
    must(
      replayed.code === 0,
      'a stranger’s replay reaches the certified bytes',
      replayed.stderr.slice(0, 1000),
    );
  }

  /** Whatever it has besides a folder is given back. */
  async end() {}

  async newestCertificate() {
    const { code, stdout } = await run('cli', ['--data-folder', this.folder, 'requests', '--json'], {
      env: this.env,
    });
    must(code === 0, 'requests can be listed', code);
    const closed = JSON.parse(stdout).filter(({ ledgerIndex }) => ledgerIndex !== undefined);
    return closed.toSorted((a, b) => a.ledgerIndex - b.ledgerIndex).at(-1)?.requestId;
  }
}

/** @throws Violation */
export function must(isSo, what, found) {
  if (!isSo) throw new Violation([{ what, found }]);
}

/** What people were doing when their server went away; only what the server said wrongly is an error. */
export async function unlessCutOff(work) {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CutOff) return undefined;
    throw error;
  }
}

export { WrongAnswer };
