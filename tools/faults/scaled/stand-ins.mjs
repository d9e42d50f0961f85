// The servers of a scaled installation that this machine does not have, on folders, so that they can be killed and started again, and copied.
import '../typescript.mjs';
import { mkdirSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import path from 'node:path';
import S3rver from '@20minutes/s3rver';
import { SqliteEventStore } from '#stages/event-store';

export const BUCKET = 'models';
/** Credentials that the object store knows; and its client's own notice, which would stand before what a server says. */
export const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'S3RVER',
  AWS_SECRET_ACCESS_KEY: 'S3RVER',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};

const { EsdbStandIn } = await import('../../../test/support/esdb/esdb-stand-in.ts');
const { ServerLog } = await import('../../../test/support/esdb/server-log.ts');
const { StaleLog } = await import('../../../test/support/esdb/stale-log.ts');

/** @returns a node of EventStoreDB, and the log behind it */
export async function startEventStore(folder) {
  mkdirSync(folder, { recursive: true });
  const store = SqliteEventStore.open(path.join(folder, 'log.db'));
  const log = new ServerLog(store);
  await log.begin();
  const node = await EsdbStandIn.start({ log });
  return { node, log, store };
}

/** A second node of the same cluster, which follows. @returns what can go wrong between the two */
export async function startFollower({ node: leader, log }) {
  const follower = await EsdbStandIn.start({ log });
  follower.role = { leader };
  leader.cluster = follower.cluster = [leader, follower];
  return {
    port: follower.port,
    /** From now on it hears of nothing. */
    fallBehind: async () => (follower.behind = await StaleLog.of(log)),
    /** The leader cannot be reached, and this one believes to be it, though it lacks what was agreed on since. */
    usurp: () => {
      leader.role = { leader: follower };
      follower.role = 'leader';
      leader.wire.refuse(true);
    },
    yieldTo: () => {
      leader.role = 'leader';
      follower.role = { leader };
      follower.behind = undefined;
      leader.wire.refuse(false);
    },
  };
}

/** @returns the port of an S3-compatible server with one bucket */
export async function startObjects(directory) {
  mkdirSync(directory, { recursive: true });
  const server = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory,
    configureBuckets: [{ name: BUCKET, configs: [] }],
    allowMismatchedSignatures: true, // it signs paths of buckets without their last slash, which S3 does not
  });
  writeAtOnce(server.store);
  const { port } = await server.run();
  return { port, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** An object of S3 is there whole or not at all; this server writes into the file that others read. */
function writeAtOnce(store) {
  const { putContent } = store;
  let written = 0;
  store.putContent = async (file, content) => {
    const partial = `${file}.partial-${++written}`;
    const answer = await putContent.call(store, partial, content);
    await rename(partial, file);
    return answer;
  };
}
