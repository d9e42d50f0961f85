import { createHash } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import type { EventStore } from '#libs/messaging';
import { openDataFolder } from '#platform/data-folder';
import { SqliteEventStore } from '#stages/event-store';
import type { EsdbEventStore } from '#stages/event-store/esdb';
import { backendsOf } from './backends.js';
import { Closers } from './closers.js';
import { InstallationError } from './installation-error.js';
import { openEsdb } from './open-event-store.js';
import { settingsOf } from './settings.js';

export interface MigratedEvents {
  readonly events: number;
  /** SHA-256 over every event, in order: of the file and of the server, which were the same. */
  readonly digest: string;
}

/**
 * Moves the events of a data folder to the server that `LACUNA_EVENTSTORE_URL` names, compares every one of them, and removes the file. It
 * goes on where it broke off. Positions stay what they are.
 *
 * @throws InstallationError EVENTS_MOVED, EVENT_STORE_UNNAMED, EVENT_STORE_CLAIMED, EVENT_STORE_NOT_EMPTY, EVENTS_DIFFER
 */
export async function migrateEvents(
  dataFolder: string,
  env: Readonly<Record<string, string | undefined>>,
  onProgress: (carried: number) => void = () => {},
): Promise<MigratedEvents> {
  const { eventStore } = backendsOf(env);
  if (eventStore === undefined) throw unnamed();
  const closers = new Closers();
  try {
    const folder = openDataFolder(dataFolder);
    closers.add(() => folder.release());
    const { paths } = folder;
    const { installation } = await settingsOf(paths.root, {});
    if (!existsSync(paths.events)) throw moved();
    const from = SqliteEventStore.open(paths.events);
    closers.add(() => from.close());
    const to = await openEsdb(eventStore);
    closers.add(() => to.close());
    await refuseOther(to, installation);
    await to.carryOver(from, onProgress);
    const migrated = await compared(from, to);
    await from.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(paths.events + suffix, { force: true });
    return migrated;
  } finally {
    await closers.close();
  }
}

async function refuseOther(to: EsdbEventStore, installation: string): Promise<void> {
  if (to.owner === undefined && (await to.head()) > 0n)
    throw new InstallationError(
      'EVENT_STORE_NOT_EMPTY',
      'the event store holds events that are not Lacuna’s',
      {
        nextStep: 'Give Lacuna an event store of its own, and name it in LACUNA_EVENTSTORE_URL.',
      },
    );
  const owner = await to.claim(installation);
  if (owner !== installation)
    throw new InstallationError('EVENT_STORE_CLAIMED', 'the event store belongs to another installation', {
      facts: { owner, installation },
      nextStep: 'Name an event store in LACUNA_EVENTSTORE_URL that is empty.',
    });
}

async function compared(from: EventStore, to: EventStore): Promise<MigratedEvents> {
  const [here, there] = [await digestOf(from), await digestOf(to)];
  if (here.digest === there.digest) return here;
  throw new InstallationError('EVENTS_DIFFER', 'the event store does not hold the same events as the file', {
    facts: { here: here.events, there: there.events },
    nextStep:
      'Use neither for anything new; empty the event store and migrate again from the file, which is as it was.',
  });
}

async function digestOf(store: EventStore): Promise<MigratedEvents> {
  const hash = createHash('sha256');
  let events = 0;
  for await (const { position, ...event } of store.readAll()) {
    hash.update(JSON.stringify([position.toString(), event.stream, event.revision, event.id, event.type]));
    hash.update(JSON.stringify([event.recordedAt, event.data, event.metadata]));
    events++;
  }
  return { events, digest: hash.digest('hex') };
}

function unnamed(): InstallationError {
  return new InstallationError('EVENT_STORE_UNNAMED', 'there is no event store to migrate to', {
    nextStep: 'Name an empty one in LACUNA_EVENTSTORE_URL.',
  });
}

function moved(): InstallationError {
  return new InstallationError('EVENTS_MOVED', 'the data folder holds no events', {
    nextStep: 'Start Lacuna with the same LACUNA_EVENTSTORE_URL; there is nothing left to migrate.',
  });
}
