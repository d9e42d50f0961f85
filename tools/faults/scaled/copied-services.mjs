// For the process that checks: servers on copies of what the services of a house hold, which it may change, and everything that they hold.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { databaseUrl, queryDatabase, redisContents } from './services.mjs';
import { BUCKET, CREDENTIALS, startEventStore, startObjects } from './stand-ins.mjs';

/** Names to a check where the copies are. */
export const SERVICES_VARIABLE = 'LACUNA_FAULTS_SERVICES';

/** @returns the environment of an installation on the copies, and how to end them */
export async function openCopies({ folder, database }) {
  const { node, store } = await startEventStore(path.join(folder, 'event-store'));
  const objects = database === undefined ? undefined : await startObjects(path.join(folder, 'objects'));
  return {
    store,
    env: {
      LACUNA_EVENTSTORE_URL: node.url,
      ...(objects !== undefined && {
        LACUNA_POSTGRES_URL: databaseUrl(database),
        LACUNA_MODEL_STORE: `s3://${BUCKET}/faults`,
        LACUNA_S3_ENDPOINT: `http://127.0.0.1:${objects.port}`,
        ...CREDENTIALS,
      }),
    },
    close: async () => {
      await node.stop();
      await store.close();
      await objects?.close();
    },
  };
}

/** Everything that is stored outside of the data folder, each with its place. */
export async function* contentsOf({ folder, database }, store) {
  for await (const { data, stream } of store.readAll()) {
    for (const part of [data.data, data.metadata])
      yield { place: 'event store', bytes: Buffer.from(part, 'base64') };
    yield { place: 'event store', bytes: Buffer.from(stream) };
  }
  for (const { parentPath, name } of filesIn(path.join(folder, 'objects')))
    yield { place: `object ${name}`, bytes: readFileSync(path.join(parentPath, name)) };
  yield* tableContents(database);
  yield* redisContents();
}

const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());

async function* tableContents(database) {
  yield* await queryDatabase(database, async (client) => {
    const { rows: tables } = await client.query(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const contents = [];
    for (const { name } of tables) {
      const { rows } = await client.query({ text: `SELECT * FROM ${name}`, rowMode: 'array' });
      for (const row of rows)
        for (const value of row)
          if (value !== null)
            contents.push({ place: `table ${name.split('.').at(-1)}`, bytes: bytesOf(value) });
    }
    return contents;
  });
}

const bytesOf = (value) => (Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value)));
