import { parentPort, workerData } from 'node:worker_threads';
import { openSqlite, type SqliteDatabase } from '#platform/sqlite';
import {
  commitToSend,
  failureToSend,
  type AppenderFile,
  type Question,
  type Reply,
} from './appender-message.js';
import { unpackEntries } from './packed-entries.js';
import { SqliteAppender } from './sqlite-appender.js';
import { guarded } from './store-errors.js';

// The one writer of a log that others read: questions are answered one after the other, in their order.
const { file, ...options } = workerData as AppenderFile;
let opened: { readonly database: SqliteDatabase; readonly appender: SqliteAppender } | undefined;
let turn = Promise.resolve();

parentPort!.on('message', (question: Question) => {
  turn = turn.then(async () => {
    parentPort!.postMessage(await answerTo(question));
    if (question.kind === 'close') parentPort!.close();
  });
});

async function answerTo(question: Question): Promise<Reply> {
  try {
    return await answer(question);
  } catch (error) {
    return failureToSend(error);
  }
}

async function answer(question: Question): Promise<Reply> {
  if (question.kind === 'close') {
    await opened?.appender.close();
    opened?.database.close();
    return { done: true };
  }
  const { appender } = (opened ??= open());
  if (question.kind === 'tombstone') {
    await appender.tombstone(question.stream, question.expectedRevision);
    return { done: true };
  }
  await appender.room();
  return commitToSend(await appender.commit(unpackEntries(question.entries)));
}

function open() {
  return guarded(() => {
    const database = openSqlite(file, options);
    return { database, appender: new SqliteAppender(database) };
  });
}
