// Loaded into a process of the product before its own code (`node --import`), so that faults need no hook in what ships. What is to happen
// stands in LACUNA_FAULT, as JSON:
//   { "step": "erase", "when": "after" }   dies at this boundary of the process manager, the first time it is reached
//   { "write": 17, "when": "before" }      dies before or after this many durable writes since a request was submitted
//   { "clock": 86400000 }                  lives so many milliseconds in the future
//   { "jumps": [3600000, -7200000] }       moves its clock by the next of these at every SIGUSR2
import { createRequire, syncBuiltinESMExports } from 'node:module';
import fs from 'node:fs/promises';

const fault = JSON.parse(process.env.LACUNA_FAULT ?? '{}');
const dist = new URL('../../dist/', import.meta.url);

const die = () => process.kill(process.pid, 'SIGKILL'); // before the next line of this process runs

async function dieAtStep({ step, when }) {
  const { RequestProcess } = await import(new URL('src/requests/request-process.js', dist));
  const { observe } = RequestProcess.prototype;
  RequestProcess.prototype.observe = function (requestId, at, on) {
    if (at === step && on === when) die();
    return observe.call(this, requestId, at, on);
  };
}

/** Counts everything that outlasts the process: commits of databases, files that get their name or lose it. */
async function dieAtWrite({ write, when }) {
  let isArmed = false;
  let count = 0;
  const around = (work) => {
    if (!isArmed) return work();
    const isIt = ++count === write;
    if (isIt && when === 'before') die();
    const result = work();
    if (!isIt || when === 'before') return result;
    if (!(result instanceof Promise)) return die();
    return result.finally(die);
  };
  const { SqliteEventStore } = await import(new URL('src/event-store/index.js', dist));
  const { append } = SqliteEventStore.prototype;
  SqliteEventStore.prototype.append = function (stream, events, ...rest) {
    isArmed ||= events.some(({ type }) => type === 'RequestSubmitted');
    return append.call(this, stream, events, ...rest);
  };
  const Database = createRequire(import.meta.url)('better-sqlite3');
  countCommits(Database.prototype, around);
  for (const name of ['rename', 'rm', 'link', 'unlink']) {
    const original = fs[name];
    fs[name] = (...args) => around(() => original(...args));
  }
  syncBuiltinESMExports();
}

function countCommits(prototype, around) {
  const { transaction, prepare, exec } = prototype;
  prototype.transaction = function (work) {
    const made = transaction.call(this, work);
    const counted =
      (how) =>
      (...args) =>
        this.inTransaction ? how(...args) : around(() => how(...args));
    const kinds = ['deferred', 'immediate', 'exclusive'].map((kind) => [kind, counted(made[kind])]);
    return Object.assign(counted(made), Object.fromEntries(kinds));
  };
  prototype.prepare = function (sql) {
    const statement = prepare.call(this, sql);
    if (statement.readonly && !/^\s*COMMIT/i.test(sql)) return statement;
    const { run } = statement;
    const isCommit = /^\s*COMMIT/i.test(sql);
    statement.run = (...args) =>
      isCommit || !this.inTransaction ? around(() => run.apply(statement, args)) : run.apply(statement, args);
    return statement;
  };
  prototype.exec = function (sql) {
    return this.inTransaction ? exec.call(this, sql) : around(() => exec.call(this, sql));
  };
}

function moveClock({ clock = 0, jumps = [] }) {
  let offset = clock;
  const waiting = [...jumps];
  const RealDate = globalThis.Date;
  globalThis.Date = class extends RealDate {
    constructor(...args) {
      if (args.length === 0) super(RealDate.now() + offset);
      else super(...args);
    }
    static now() {
      return RealDate.now() + offset;
    }
  };
  if (jumps.length > 0) process.on('SIGUSR2', () => (offset += waiting.shift() ?? 0));
}

if (fault.step !== undefined) await dieAtStep(fault);
if (fault.write !== undefined) await dieAtWrite(fault);
if (fault.clock !== undefined || fault.jumps !== undefined) moveClock(fault);
