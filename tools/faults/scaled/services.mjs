// The services of a scaled installation, and the network between it and them: the event store and the object store in processes of their own, a
// database of the PostgreSQL of this machine, the keys of one installation in its Redis. Each is reached through a wire that can be cut.
import '../typescript.mjs';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { BUCKET, CREDENTIALS } from './stand-ins.mjs';

const { FaultyWire } = await import('../../../test/support/esdb/faulty-wire.ts');

const POSTGRES = new URL(
  process.env.LACUNA_TEST_POSTGRES_URL || 'postgresql://postgres@127.0.0.1:5432/postgres',
);
const REDIS = new URL(process.env.LACUNA_TEST_REDIS_URL || 'redis://127.0.0.1:6379/12');
const NODE = path.join(import.meta.dirname, 'node.mjs');

export const SERVICES = ['eventStore', 'postgres', 'redis', 'objects'];

/** Whether this machine has what a scaled installation needs. */
export async function hasServices() {
  const wire = await FaultyWire.to(0).catch(() => undefined);
  await wire?.close();
  try {
    await asOwner('SELECT 1');
    const redis = new Redis(REDIS.href, { lazyConnect: true, retryStrategy: () => null });
    redis.on('error', () => {});
    await redis.connect().finally(() => redis.disconnect());
    return true;
  } catch {
    return false;
  }
}

export class Services {
  #children = new Map();

  /**
   * @param folder what the event store and the object store keep
   * @param database name of a database of PostgreSQL, which is there
   */
  static async start(folder, database) {
    const services = new Services();
    Object.assign(services, { folder, database, wires: {} });
    mkdirSync(folder, { recursive: true });
    services.wires.postgres = await FaultyWire.to(Number(POSTGRES.port || 5432));
    services.wires.redis = await FaultyWire.to(Number(REDIS.port || 6379));
    await Promise.all(['eventStore', 'objects'].map((name) => services.#startNode(name)));
    return services;
  }

  /** What the environment of a process says that is to use them. */
  get env() {
    const { eventStore, postgres, redis, objects } = this.wires;
    return {
      LACUNA_EVENTSTORE_URL: `esdb://localhost:${eventStore.port}?tls=false`,
      LACUNA_POSTGRES_URL: urlOf(this.database, postgres.port),
      LACUNA_REDIS_URL: Object.assign(new URL(REDIS), { port: String(redis.port) }).href,
      LACUNA_MODEL_STORE: `s3://${BUCKET}/faults`,
      LACUNA_S3_ENDPOINT: `http://127.0.0.1:${objects.port}`,
      ...CREDENTIALS,
    };
  }

  /** As `env`, with both nodes of the event store named, past the wire. */
  get clusterEnv() {
    const hosts = this.nodes.map((port) => `localhost:${port}`).join(',');
    return { ...this.env, LACUNA_EVENTSTORE_URL: `esdb://${hosts}?tls=false&discoveryInterval=50` };
  }

  /** The database goes back to an earlier state: a standby that was behind has become the primary. */
  async failOver(standby) {
    this.wires.postgres.refuse(true);
    await this.endSessions();
    await dropDatabase(this.database);
    await asOwner(`ALTER DATABASE "${standby}" RENAME TO "${this.database}"`);
    this.wires.postgres.refuse(false);
  }

  /** Nobody reaches it, and whoever was connected is cut off; a server that is ours dies. */
  async stop(name) {
    this.wires[name].refuse(true);
    const child = this.#children.get(name);
    if (child === undefined) return;
    this.#children.delete(name);
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }

  async startAgain(name) {
    if (name === 'eventStore' || name === 'objects') await this.#startNode(name);
    this.wires[name].refuse(false);
  }

  /** Tells the event store what is to become of its next appends, and the like. */
  tell(message) {
    this.#children.get('eventStore').send(message);
  }

  /** What the queue of an installation knows is gone at once, as after FLUSHDB. */
  async flush(installation) {
    const redis = new Redis(REDIS.href);
    try {
      const script = `local keys = redis.call('KEYS', ARGV[1]) for _, key in ipairs(keys) do redis.call('DEL', key) end return #keys`;
      return await redis.eval(script, 0, `*lacuna-${installation}*`);
    } finally {
      redis.disconnect();
    }
  }

  /** The sessions of PostgreSQL end, as when it is restarted. */
  endSessions() {
    return asOwner(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${this.database}'`,
    );
  }

  async close() {
    for (const name of [...this.#children.keys()]) await this.stop(name);
    for (const wire of Object.values(this.wires)) await wire.close();
  }

  async #startNode(name) {
    const kind = name === 'objects' ? 'objects' : 'event-store';
    const child = fork(NODE, [kind, path.join(this.folder, kind)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#children.set(name, child);
    const [{ port, follower }] = await Promise.race([once(child, 'message'), failing(child, kind)]);
    if (name === 'eventStore') this.nodes = [port, follower];
    if (this.wires[name] === undefined) this.wires[name] = await FaultyWire.to(port);
    else this.wires[name].leadTo(port);
  }
}

/** Everything that Redis holds, as buffers with what they are part of. */
export async function* redisContents() {
  const redis = new Redis(REDIS.href);
  try {
    for (const key of await redis.keys('*')) {
      const value = (await redis.dumpBuffer(key)) ?? Buffer.of();
      yield { place: 'Redis', bytes: Buffer.concat([Buffer.from(key), value]) };
    }
  } finally {
    redis.disconnect();
  }
}

async function failing(child, kind) {
  await once(child, 'exit');
  throw new Error(`the ${kind} did not start`);
}

const urlOf = (database, port = POSTGRES.port || '5432') =>
  Object.assign(new URL(POSTGRES), { pathname: `/${database}`, port: String(port) }).href;

/** Straight to the server, past the wires. */
export async function queryDatabase(database, work) {
  const client = new pg.Client({ connectionString: urlOf(database) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export const asOwner = (...statements) =>
  queryDatabase('postgres', async (client) => {
    for (const statement of statements) await client.query(statement);
  });

/** Makes a database, empty or as a copy of another one in which nobody works. */
export async function makeDatabase(name, template = 'template1') {
  await dropDatabase(name);
  await asOwner(`CREATE DATABASE "${name}" TEMPLATE "${template}"`);
  return name;
}

export const dropDatabase = (name) => asOwner(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);

/** Copies what the event store and the object store keep. */
export function copyServices(from, to) {
  if (existsSync(from)) cpSync(from, to, { recursive: true });
}

/** Straight to the server, for another process that looks at a copy. */
export const databaseUrl = (name) => urlOf(name);
