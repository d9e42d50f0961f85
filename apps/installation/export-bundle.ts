import { createWriteStream, existsSync, readdirSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import path from 'node:path';
import { keyNames } from '#libs/contracts';
import { MODEL_SIGNATURE_FILE } from '#libs/interop';
import { manifestBytes } from '#libs/learning';
import { InstallationError } from './installation-error.js';
import type { Installation } from './open-installation.js';
import { replayKeyLine } from './replay-key-line.js';

/** Where things lie in an export: what a third party needs, and nothing else. */
export const EXPORT = {
  ledger: 'ledger',
  certificates: 'certificates',
  models: 'models',
  trust: 'trust',
  events: 'events.db',
  replayKeys: 'replay-keys.jsonl',
} as const;

/**
 * Writes everything with which a stranger verifies and replays: the ledger's static files, certificates, the published model files and all
 * manifests, the trust files, a copy of the event log, and the keys that a replay needs.
 *
 * The replay keys open the log of everybody who is not erased: this is for an installation of one's own. What leaves the house goes through
 * `exportReplay`, which holds what one certificate needs and is encrypted.
 *
 * @throws InstallationError EXPORT_FOLDER_NOT_EMPTY
 */
export async function exportBundle(installation: Installation, folder: string): Promise<void> {
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new InstallationError('EXPORT_FOLDER_NOT_EMPTY', 'the folder to export to is not empty', {
      nextStep: 'Name a new folder; an export never mixes with files of another one.',
    });
  const { paths } = installation.folder;
  await mkdir(folder, { recursive: true });
  await installation.ledger.exportTo(path.join(folder, EXPORT.ledger));
  await cp(paths.certificates, path.join(folder, EXPORT.certificates), { recursive: true });
  await exportTrust(installation, path.join(folder, EXPORT.trust));
  await exportModels(installation, path.join(folder, EXPORT.models));
  await installation.events.exportTo(path.join(folder, EXPORT.events));
  await exportReplayKeys(installation, path.join(folder, EXPORT.replayKeys));
}

async function exportTrust({ trustFiles }: Installation, folder: string): Promise<void> {
  await mkdir(folder);
  for (const [name, content] of Object.entries(trustFiles)) await writeFile(path.join(folder, name), content);
}

/** The files of the serving version, and the manifest of every version, so that older certificates can be read. */
async function exportModels({ lines, registry }: Installation, folder: string): Promise<void> {
  for (const name of await lines.names()) {
    const line = await lines.get(name);
    for (const version of line.versions) {
      const manifest = await lines.manifestOf(version);
      const target = path.join(folder, name, `v${version.version}`);
      await mkdir(target, { recursive: true });
      await writeFile(path.join(target, 'manifest.json'), manifestBytes(manifest));
      if (version.revokedAt !== undefined) continue;
      for (const { file, digest } of [...manifest.shards, manifest.aggregator])
        await writeFile(path.join(target, file), await registry.get(digest));
      await writeFile(path.join(target, MODEL_SIGNATURE_FILE), await registry.signatureOf(manifest));
    }
  }
}

/** One JSON object a line: { name, key }; the partition keys, and the live keys of every person. */
async function exportReplayKeys({ vault, lines }: Installation, file: string): Promise<void> {
  const out = createWriteStream(file, { mode: 0o600 });
  const partitionKeys = (await lines.names()).map(keyNames.partition);
  const wanted = (name: string): boolean =>
    partitionKeys.includes(name) || /^[^/]+\/(?:profile|label|interactions~\d+)$/.test(name);
  for (const name of vault.liveKeys('').filter(wanted))
    if (!out.write(replayKeyLine(vault, name))) await once(out, 'drain');
  out.end();
  await once(out, 'finish');
}
