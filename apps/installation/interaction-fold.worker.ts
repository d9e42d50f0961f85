import { workerData } from 'node:worker_threads';
import { SqliteEventStore } from '#stages/event-store';
import { StoreInteractionFold } from '#stages/projections';
import { FileVault } from '#stages/vault';
import {
  packFold,
  refusalOf,
  type FoldAnswer,
  type FoldFiles,
  type FoldTask,
} from './interaction-fold-message.js';

let fold: StoreInteractionFold | undefined;

/** Runs in a thread of the pool: one window, one answer. */
export default async function foldInThread({ after, upTo }: FoldTask): Promise<FoldAnswer> {
  try {
    fold ??= openFold(workerData as FoldFiles);
    return { folded: packFold(await fold.fold(after, upTo)) };
  } catch (error) {
    return { refusal: refusalOf(error) };
  }
}

/** Both connections end with the thread. */
function openFold({ events, vault, kek }: FoldFiles): StoreInteractionFold {
  return new StoreInteractionFold(
    SqliteEventStore.open(events, { readOnly: true }),
    FileVault.open({ file: vault, kek, readOnly: true }),
  );
}
