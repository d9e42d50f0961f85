import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { EventStore } from '#libs/messaging';
import type { DataPaths } from '#platform/data-folder';
import { copyEvents, SqliteEventStore } from '#stages/event-store';
import type { EsdbEventStore } from '#stages/event-store/esdb';
import type { Backends } from './backends.js';
import type { Closers } from './closers.js';
import { InstallationError } from './installation-error.js';

/** How folders begin that hold a copy for a while. */
const COPY = 'events-copy-';

/** The log of events, wherever it is kept. */
export interface EventLog {
  readonly store: EventStore;
  /** The file that other threads and processes read, where it is a file. */
  readonly file?: string;
  /** Writes a copy as one file, without what was deleted. The file must not exist yet. */
  readonly exportTo: (file: string) => Promise<void>;
}

export interface EventLogOptions {
  readonly paths: DataPaths;
  readonly backends?: Backends;
  /** Id of the installation. */
  readonly installation: string;
  readonly now: () => string;
  /** As in InstallationOptions. */
  readonly eventsBeforeThread?: number;
}

/**
 * Opens the log of an installation: the file in its data folder, or the server that `LACUNA_EVENTSTORE_URL` names, which the first
 * installation that comes makes its own.
 *
 * @throws EventStoreError STORE_…; InstallationError EVENT_STORE_CLAIMED, EVENT_STORE_NOT_EMPTY, EVENTS_NOT_MOVED
 */
export async function openEventLog(options: EventLogOptions, closers: Closers): Promise<EventLog> {
  const { paths, backends, installation } = options;
  if (backends?.eventStore === undefined) return openFile(options, closers);
  const store = await openEsdb(backends.eventStore);
  closers.add(() => store.close());
  removeForgottenCopies(paths.root);
  await claim(store, installation, paths);
  return { store, exportTo: (file) => copyEvents(file, store.readAll()) };
}

/** Opens a log that is there already, to read it; Lacuna may be running. @throws as openEventLog */
export async function openEventsToRead({
  events,
  backends,
  installation,
}: Omit<EventLogOptions, 'now' | 'paths' | 'eventsBeforeThread'> &
  Pick<DataPaths, 'events'>): Promise<EventStore> {
  if (backends?.eventStore === undefined) return SqliteEventStore.open(events, { readOnly: true });
  const store = await openEsdb(backends.eventStore);
  try {
    refuseForeign(store.owner ?? installation, installation);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Loads the client of the server only where one is named. @throws EventStoreError STORE_… */
export async function openEsdb(address: string): Promise<EsdbEventStore> {
  const { EsdbEventStore } = await import('#stages/event-store/esdb');
  return EsdbEventStore.open(address);
}

function openFile({ paths, now, eventsBeforeThread }: EventLogOptions, closers: Closers): EventLog {
  const store = SqliteEventStore.open(paths.events, { now, eventsBeforeThread });
  closers.add(() => store.close());
  return { store, file: paths.events, exportTo: (file) => store.exportTo(file) };
}

/**
 * The log as one file for as long as something takes, for a process that cannot ask the store: its own file, or a copy that nobody else
 * may read and that is removed afterwards.
 */
export async function withEventFile<T>(
  { file, exportTo }: EventLog,
  folder: string,
  work: (file: string) => Promise<T>,
): Promise<T> {
  if (file !== undefined) return work(file);
  const home = mkdtempSync(path.join(folder, COPY)); // mode 0700
  try {
    const copy = path.join(home, 'events.db');
    await exportTo(copy);
    return await work(copy);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** What a process that was killed has left. */
function removeForgottenCopies(folder: string): void {
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith(COPY)))
    rmSync(path.join(folder, name), { recursive: true, force: true });
}

/** Makes a store this installation's, or refuses one that is another's, or whose log is elsewhere still. */
async function claim(store: EsdbEventStore, installation: string, paths: DataPaths): Promise<void> {
  if (store.owner === undefined) {
    if ((await store.head()) > 0n) throw notEmpty();
    await refuseForgottenFile(paths);
  }
  refuseForeign(await store.claim(installation), installation);
  if (store.carrying === 'begun') throw notMoved('holds a part of the events only');
}

function refuseForeign(owner: string, installation: string): void {
  if (owner !== installation) throw claimedBy(owner, installation);
}

/** An installation that has events in its folder does not begin anew elsewhere because a variable was set. */
async function refuseForgottenFile({ events }: Pick<DataPaths, 'events'>): Promise<void> {
  if (!existsSync(events)) return;
  const file = SqliteEventStore.open(events, { readOnly: true });
  try {
    if ((await file.head()) === 0n) return;
  } finally {
    await file.close();
  }
  throw notMoved('is empty, and the events are in the data folder');
}

function notMoved(what: string): InstallationError {
  return new InstallationError(
    'EVENTS_NOT_MOVED',
    `the event store that LACUNA_EVENTSTORE_URL names ${what}`,
    { nextStep: 'Move them with `lacuna migrate`, or unset LACUNA_EVENTSTORE_URL.' },
  );
}

function claimedBy(owner: string, installation: string): InstallationError {
  return new InstallationError(
    'EVENT_STORE_CLAIMED',
    'the event store that LACUNA_EVENTSTORE_URL names belongs to another installation',
    {
      facts: { owner, installation },
      nextStep:
        'Name the event store of this installation in LACUNA_EVENTSTORE_URL, or open the data folder of that one.',
    },
  );
}

function notEmpty(): InstallationError {
  return new InstallationError(
    'EVENT_STORE_NOT_EMPTY',
    'the event store that LACUNA_EVENTSTORE_URL names holds events that are not Lacuna’s',
    { nextStep: 'Give Lacuna an event store of its own, and name it in LACUNA_EVENTSTORE_URL.' },
  );
}
