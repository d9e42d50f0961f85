import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { encryptStreamTo, type Recipient } from '#libs/age';
import { utf8 } from '#libs/essentials';
import { manifestBytes } from '#libs/learning';
import type { RecordedEvent } from '#libs/messaging';
import { REPLAY_EXPORT, REPLAYED_EVENTS, ReplayScope, ReplaySelection } from '#libs/verification';
import { FILE_MODE, withPrivateFolder } from '#platform/files';
import { writeTar, type FileToPack } from '#platform/tar';
import { counted } from '#platform/terminal';
import { copyEvents } from '#stages/event-store';
import { InstallationError } from './installation-error.js';
import type { Installation } from './open-installation.js';
import { planReplayExport, type ReplayExportPlan } from './plan-replay-export.js';
import { replayKeyLine } from './replay-key-line.js';

export interface ReplayExportOrder {
  /** Whose identity alone opens the file. */
  readonly recipient: Recipient;
  /** Default: the request with the newest certificate. */
  readonly requestId?: string;
  /** What `lacuna-verify replay --all-shards` needs. */
  readonly allShards?: boolean;
  /** A file that is not there yet. */
  readonly file: string;
  readonly onProgress?: (line: string) => void;
}

export interface ReplayExport {
  readonly requestId: string;
  readonly shards: readonly number[];
  readonly events: number;
  readonly keys: number;
}

const EVENTS_BETWEEN_NEWS = 250_000;

/**
 * Writes what an auditor needs to replay one certificate, and nothing else, as a tar archive in the age format: certificate, trust files,
 * manifest, the model files that are not rebuilt, the events of the people whose records the replay reads, and the keys of these events.
 * Events are gone through twice and never held; beside the file there is meanwhile a folder of the owner's alone with the events, sealed.
 *
 * @throws InstallationError EXPORT_…; ErasureError REQUEST_UNKNOWN; CertificationError CERTIFICATE_NOT_ISSUED
 */
export async function exportReplay(
  installation: Installation,
  { recipient, requestId, allShards, file, onProgress = () => {} }: ReplayExportOrder,
): Promise<ReplayExport> {
  const plan = await planReplayExport(installation, requestId, allShards);
  return withNewFile(file, () =>
    withPrivateFolder(path.dirname(file), async (folder) => {
      const events = path.join(folder, REPLAY_EXPORT.events);
      const selection = await gatheredSelection(installation, plan, onProgress);
      const chosen = chosenEvents(installation, selection, onProgress);
      await copyEvents(events, chosen.events);
      const { vault } = installation;
      const keys = selection.keyNames().filter((name) => vault.keyState(name) === 'live');
      const archive = writeTar(filesToPack(installation, plan, keys, events));
      await pipeline(
        encryptStreamTo(recipient, archive),
        createWriteStream(file, { flags: 'r+', flush: true }),
      );
      const shards = plan.wanted.shards.map(({ shard }) => shard);
      return { requestId: plan.requestId, shards, events: chosen.count(), keys: keys.length };
    }),
  );
}

/** @throws InstallationError EXPORT_FILE_EXISTS, EXPORT_FILE_UNWRITABLE */
async function withNewFile<T>(file: string, fill: () => Promise<T>): Promise<T> {
  await makeEmpty(file);
  try {
    return await fill();
  } catch (error) {
    await rm(file, { force: true }); // half an export is none
    throw error;
  }
}

async function makeEmpty(file: string): Promise<void> {
  try {
    await writeFile(file, '', { flag: 'wx', mode: FILE_MODE.private });
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code;
    if (reason === 'EEXIST')
      throw new InstallationError('EXPORT_FILE_EXISTS', 'there is a file of that name already', {
        nextStep: 'Name a new file; an export never replaces one.',
      });
    throw new InstallationError('EXPORT_FILE_UNWRITABLE', 'the file to export to cannot be made', {
      facts: { reason },
      nextStep: 'Name a file in a folder that is there and may be written to.',
      cause,
    });
  }
}

async function gatheredSelection(
  { store }: Installation,
  { wanted, partition, line, manifest }: ReplayExportPlan,
  tell: (line: string) => void,
): Promise<ReplaySelection> {
  const cataloguePosition = BigInt(manifest.catalogue.position);
  const selection = new ReplaySelection(new ReplayScope(wanted, partition), { line, cataloguePosition });
  let records = 0;
  for await (const event of store.readAll({ filter: { types: ['InteractionRecorded'] } })) {
    selection.gather(event);
    if (++records % EVENTS_BETWEEN_NEWS === 0) tell(`${counted(records, 'record')} looked at`);
  }
  return selection;
}

function chosenEvents(
  { store }: Installation,
  selection: ReplaySelection,
  tell: (line: string) => void,
): { readonly events: AsyncIterable<RecordedEvent>; readonly count: () => number } {
  let chosen = 0;
  async function* choose(): AsyncGenerator<RecordedEvent> {
    for await (const event of store.readAll({ filter: { types: ['ModelGenesis', ...REPLAYED_EVENTS] } })) {
      if (!selection.wants(event)) continue;
      if (++chosen % EVENTS_BETWEEN_NEWS === 0) tell(`${counted(chosen, 'event')} chosen`);
      yield event;
    }
  }
  return { events: choose(), count: () => chosen };
}

async function* filesToPack(
  { trustFiles, vault, registry }: Installation,
  { certificate, proofs, manifest, files, wanted }: ReplayExportPlan,
  keys: readonly string[],
  events: string,
): AsyncGenerator<FileToPack> {
  yield inMemory(REPLAY_EXPORT.certificate, certificate);
  yield inMemory(REPLAY_EXPORT.proofs, proofs);
  for (const [name, content] of Object.entries(trustFiles))
    yield inMemory(`${REPLAY_EXPORT.trust}/${name}`, utf8(content));
  yield inMemory(REPLAY_EXPORT.manifest, manifestBytes(manifest));
  for (const { file, digest } of files)
    yield inMemory(`${REPLAY_EXPORT.models}/${file}`, await registry.get(digest));
  const shards = wanted.shards.map(({ shard }) => shard);
  yield inMemory(REPLAY_EXPORT.shards, utf8(JSON.stringify(shards)));
  yield inMemory(REPLAY_EXPORT.keys, utf8(keys.map((name) => replayKeyLine(vault, name)).join('')));
  yield { name: REPLAY_EXPORT.events, size: (await stat(events)).size, content: createReadStream(events) };
}

function inMemory(name: string, content: Uint8Array): FileToPack {
  return { name, size: content.length, content: [content] };
}
