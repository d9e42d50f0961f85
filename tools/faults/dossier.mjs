// What the stores of a data folder say, read without the stages that keep them.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { SqliteEventStore } from '#stages/event-store';
import { EsdbEventStore } from '#stages/event-store/esdb';
import { FileVault, loadKek } from '#stages/vault';

/** @returns all events, the names of keys that were destroyed, the pseudonyms of people, the requests that have a certificate file */
export async function readDossier(folder, people, { eventStore }) {
  const store = await (eventStore === undefined
    ? SqliteEventStore.open(path.join(folder, 'events.db'))
    : EsdbEventStore.open(eventStore));
  const file = path.join(folder, 'vault.db');
  const kek = loadKek({ file: path.join(folder, 'kek.key'), vaultFile: file });
  const vault = FileVault.open({ file, kek });
  try {
    const events = [];
    for await (const event of store.readAll()) events.push(event);
    return {
      events,
      destroyed: new Set(vault.destroyedKeys('').map(({ name }) => name)),
      pseudonyms: new Map(people.map(({ ext }) => [ext, vault.findSubject(ext)])),
      certified: certificatesIn(path.join(folder, 'certificates')),
    };
  } finally {
    vault.close();
    await store.close();
  }
}

function certificatesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sigstore.json'))
    .map((name) => name.replace('.sigstore.json', ''));
}
