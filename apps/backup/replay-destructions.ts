import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { RequestEvent } from '#libs/contracts';
import { streamNames, type EventStore, type NewEvent } from '#libs/messaging';
import { nodeSha256 } from '#platform/crypto';
import type { DataPaths } from '#platform/data-folder';
import { SqliteEventStore } from '#stages/event-store';
import { areDestroyed, destroyInVault, FileVault, Shredder, type VaultDestruction } from '#stages/vault';
import { BackupError } from './backup-error.js';
import { destructionOf, type JournalledRequest } from '#stages/requests';

export interface ReplayedDestructions {
  /** Requests that were certified after the backup, and were carried out again. */
  readonly requests: number;
  readonly people: number;
  readonly keys: number;
  /** Requests that were not certified yet: back in the log, to be worked from where their records are out of use. */
  readonly reopened: number;
  /** Whether models that learned from what was destroyed were taken away; then the line has to be trained. */
  readonly modelsRemoved: boolean;
}

type Certified = JournalledRequest & NonNullable<ReturnType<typeof destructionOf>>;

/** Steps that are taken again for a request that nobody holds a certificate of. */
const TAKEN_AGAIN: ReadonlySet<string> = new Set([
  'RebuildAssigned',
  'RecordsUnlearned',
  'RecordsErased',
  'KeyDestroyed',
] satisfies RequestEvent['type'][]);

/**
 * Carries out again, on a restored data folder, what was destroyed after its backup was made. People who were erased come first, and without
 * opening anything; then withdrawals, which open only what is kept. May be repeated after a crash at any point.
 *
 * @param kek asked for only where a withdrawal has to be carried out
 * @throws BackupError DESTRUCTIONS_OLDER_THAN_BACKUP, LEDGER_BEHIND_DESTRUCTIONS, DESTRUCTIONS_NOT_REPEATED; VaultError
 */
export async function replayDestructions(
  paths: DataPaths,
  journal: readonly JournalledRequest[],
  ledgerSize: number,
  kek: () => Promise<Uint8Array>,
): Promise<ReplayedDestructions> {
  const store = SqliteEventStore.open(paths.events);
  try {
    await requireNewer(store, journal);
    const { certified, unfinished } = await newsOf(store, journal);
    requireInLedger(certified, ledgerSize);
    await eraseAgain(
      paths,
      store,
      certified.filter(({ erased }) => erased.generation === null),
    );
    await withdrawAgain(
      paths,
      store,
      certified.filter(({ erased }) => erased.generation !== null),
      kek,
    );
    for (const { requestId, history } of certified) await append(store, requestId, history);
    for (const { requestId, history } of unfinished)
      await append(
        store,
        requestId,
        history.filter(({ type }) => !TAKEN_AGAIN.has(type)),
      );
    await requireDestroyed(paths, store, certified);
    if (certified.length > 0) await removeModels(paths.models, await manifestsOf(store));
    return {
      requests: certified.length,
      people: certified.filter(({ erased }) => erased.generation === null).length,
      keys: certified.reduce((sum, { keys }) => sum + keys.keys.length, 0),
      reopened: unfinished.length,
      modelsRemoved: certified.length > 0,
    };
  } finally {
    await store.close();
  }
}

/** A journal that lacks what the backup knows was copied before the backup was made, or belongs to something else. */
async function requireNewer(store: EventStore, journal: readonly JournalledRequest[]): Promise<void> {
  const known = new Set(
    journal.filter((request) => destructionOf(request)).map(({ requestId }) => requestId),
  );
  for await (const { data } of store.readAll({ filter: { types: ['CertificateIssued'] } })) {
    const { requestId } = data as { readonly requestId: string };
    if (!known.has(requestId))
      throw new BackupError('DESTRUCTIONS_OLDER_THAN_BACKUP', 'the journal lacks what the backup knows of', {
        facts: { requestId },
        nextStep: 'Give the newest copy of the journal.',
      });
  }
}

async function newsOf(
  store: EventStore,
  journal: readonly JournalledRequest[],
): Promise<{ readonly certified: readonly Certified[]; readonly unfinished: readonly JournalledRequest[] }> {
  const certified: Certified[] = [];
  const unfinished: JournalledRequest[] = [];
  for (const request of journal) {
    const here = new Set<string>();
    for await (const { type } of store.readStream(streamNames.request(request.requestId))) here.add(type);
    const destruction = destructionOf(request);
    if (here.has('CertificateIssued')) continue;
    if (destruction !== undefined) certified.push({ ...request, ...destruction });
    else if (!here.has('RecordsQuarantined')) unfinished.push(request);
  }
  return { certified, unfinished };
}

/** A certificate is a place in the ledger: without it the log and the ledger would contradict each other. */
function requireInLedger(certified: readonly Certified[], size: number): void {
  const highest = Math.max(-1, ...certified.map(({ ledgerIndex }) => ledgerIndex));
  if (highest >= size)
    throw new BackupError(
      'LEDGER_BEHIND_DESTRUCTIONS',
      'certificates were issued that the ledger of the backup does not hold',
      {
        facts: { held: size, needed: highest + 1 },
        nextStep: 'Give the published copy of the ledger with --ledger FOLDER.',
      },
    );
}

async function eraseAgain(
  paths: DataPaths,
  store: EventStore,
  erasures: readonly Certified[],
): Promise<void> {
  destroyInVault(
    paths.vault,
    erasures.map(({ erased, keys }) => ({ person: erased.subject, ...keys }) satisfies VaultDestruction),
  );
  const people = new Set(erasures.map(({ erased }) => erased.subject));
  const streams = new Set(erasures.flatMap(({ erased }) => erased.tombstonedStreams));
  for (const subject of people) for (const stream of await streamsOf(store, subject)) streams.add(stream);
  for (const stream of streams) await store.tombstone(stream);
}

/** Those that the backup has of a person, also under generations that no request names. */
async function streamsOf(store: EventStore, subject: string): Promise<Set<string>> {
  const streams = new Set<string>();
  const streamPrefixes = [streamNames.interactions(subject, 0).slice(0, -1), streamNames.subject(subject)];
  for await (const { stream } of store.readAll({ filter: { streamPrefixes } })) streams.add(stream);
  return streams;
}

/** What is kept is re-written under a new key, as it was then; what was withdrawn is never opened. */
async function withdrawAgain(
  paths: DataPaths,
  store: EventStore,
  withdrawals: readonly Certified[],
  kek: () => Promise<Uint8Array>,
): Promise<void> {
  if (withdrawals.length === 0) return;
  const vault = FileVault.open({ file: paths.vault, kek: await kek() });
  try {
    const shredder = new Shredder(store, vault, nodeSha256);
    for (const { erased } of withdrawals)
      if (vault.liveKeys(`${erased.subject}/`).length > 0)
        await shredder.removeRecords(erased.subject, new Set(erased.labels));
  } finally {
    vault.close();
  }
  destroyInVault(
    paths.vault,
    withdrawals.map(({ keys }) => keys),
  );
  for (const { erased } of withdrawals)
    for (const stream of erased.tombstonedStreams) await store.tombstone(stream);
}

/** Events have ids of their own: what is there already is not added twice. */
async function append(store: EventStore, requestId: string, history: readonly NewEvent[]): Promise<void> {
  await store.append(streamNames.request(requestId), history);
}

async function requireDestroyed(
  paths: DataPaths,
  store: EventStore,
  certified: readonly Certified[],
): Promise<void> {
  const left: string[] = [];
  for (const { erased } of certified)
    for (const stream of erased.tombstonedStreams)
      if ((await store.streamState(stream)) !== 'tombstoned') left.push(stream);
  const keysLeft = certified.filter(({ keys }) => !areDestroyed(paths.vault, keys.keys)).length;
  if (left.length > 0 || keysLeft > 0)
    throw new BackupError('DESTRUCTIONS_NOT_REPEATED', 'something that was destroyed is still there', {
      facts: { streams: left.length, keysOf: keysLeft },
      nextStep: 'Remove the folder and restore again; report this if it happens twice.',
    });
}

/** Digests, by which the registry names them. */
async function manifestsOf(store: EventStore): Promise<Set<string>> {
  const digests = new Set<string>();
  for await (const { data } of store.readAll({ filter: { types: ['ModelPublished'] } }))
    digests.add((data as { readonly manifestDigest: string }).manifestDigest);
  return digests;
}

/** Manifests stay, for those who verify later; everything that has learned goes. */
async function removeModels(folder: string, manifests: ReadonlySet<string>): Promise<void> {
  if (!existsSync(folder)) return;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    if (entry.name !== 'manifest.json' && !manifests.has(entry.name))
      await rm(path.join(entry.parentPath, entry.name));
  }
}
