import { parentPort, workerData } from 'node:worker_threads';
import { openPartition } from '#libs/sharding';
import { REPLAYED_EVENTS, ReplayDataset } from '#libs/verification';
import { nodeHmacSha256 } from '#platform/crypto';
import { SqliteEventStore } from '#stages/event-store';
import { refusalOf, type ReplayFoldMessage, type ReplayFoldTask } from './replay-fold-message.js';
import { openReplayKeys } from './replay-keys.js';

const EVENTS_BETWEEN_NEWS = 250_000;

const tell = (message: ReplayFoldMessage): void => parentPort!.postMessage(message);

tell(await foldShare(workerData as ReplayFoldTask));

async function foldShare(task: ReplayFoldTask): Promise<ReplayFoldMessage> {
  let events = 0;
  let at = 0n;
  try {
    const dataset = await openDataset(task);
    const store = SqliteEventStore.open(task.events, { readOnly: true }); // ends with the thread
    for await (const event of store.readAll({ filter: { types: REPLAYED_EVENTS } })) {
      at = event.position;
      dataset.apply(event);
      if (++events % EVENTS_BETWEEN_NEWS === 0) tell({ read: events });
    }
    return { events, folded: dataset.records(task.cataloguePosition) };
  } catch (error) {
    return { refusal: refusalOf(error), at };
  }
}

async function openDataset({
  keys: source,
  line,
  partition,
  wanted,
  purposes,
  share,
}: ReplayFoldTask): Promise<ReplayDataset> {
  const keys = await openReplayKeys(source);
  const opened = openPartition(partition, keys.partitionKey(line), nodeHmacSha256);
  return new ReplayDataset(wanted, purposes, opened, keys, nodeHmacSha256, share);
}
