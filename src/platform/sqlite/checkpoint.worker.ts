import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';

// A connection of its own to a file that another thread writes. It answers each pass that it is asked for, and ends when it is asked to.
const database = new Database(workerData as string, { fileMustExist: true });

parentPort!.on('message', (asked: 'pass' | 'close') => {
  if (asked === 'pass') {
    bringIn();
    parentPort!.postMessage('done');
  } else {
    database.close();
    parentPort!.close();
  }
});

function bringIn(): void {
  try {
    database.pragma('wal_checkpoint(PASSIVE)');
  } catch {
    // A full disk, for one: nothing is lost, for all is in the log, and whoever writes next is told.
  }
}
