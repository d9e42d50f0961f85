import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ModelManifest } from '#libs/contracts';
import { parseManifest } from '#libs/learning';
import type { ReplayPlan } from './replay-parts.js';
import { ReplayError } from './replay-error.js';

/** Finds the manifest whose SHA-256 a certificate names, below a folder of models, and the version's folder. @throws ReplayError MANIFEST_NOT_FOUND */
export async function findManifest(
  folder: string,
  digest: string,
): Promise<{ manifest: ModelManifest; manifestDigest: string; folder: string }> {
  for (const file of manifestsBelow(folder)) {
    const bytes = await readFile(file);
    const manifestDigest = createHash('sha256').update(bytes).digest('hex');
    if (manifestDigest === digest)
      return { manifest: parseManifest(Uint8Array.from(bytes)), manifestDigest, folder: path.dirname(file) };
  }
  throw new ReplayError(
    'MANIFEST_NOT_FOUND',
    'no manifest with the digest of the certificate is in the folder of models',
    {
      facts: { digest },
      nextStep: 'Name the folder with --models, or ask the operator for the manifest of that version.',
    },
  );
}

/**
 * An export holds the people of some shards only: without this, the others would seem to have lost their records.
 *
 * @param file the export's list of shards, chosen by whoever made it
 * @throws ReplayError REPLAY_EXPORT_LACKS_SHARDS, REPLAY_EXPORT_MALFORMED
 */
export async function requireShards(file: string, { wanted }: ReplayPlan): Promise<void> {
  const held = shardsIn(await readFile(file, 'utf8'));
  const missing = wanted.shards.map(({ shard }) => shard).filter((shard) => !held.includes(shard));
  if (missing.length > 0)
    throw new ReplayError('REPLAY_EXPORT_LACKS_SHARDS', 'the export was not made for these shards', {
      facts: { missing: missing.join(' '), held: held.join(' ') },
      nextStep: 'Leave out --all-shards, or ask the operator for an export with --all-shards.',
    });
}

function shardsIn(text: string): readonly number[] {
  try {
    const shards = JSON.parse(text) as unknown;
    if (Array.isArray(shards) && shards.every(Number.isInteger)) return shards as number[];
  } catch {
    // falls through
  }
  throw new ReplayError('REPLAY_EXPORT_MALFORMED', 'the export does not say for which shards it was made', {
    nextStep: 'Ask the operator for another one, made by `lacuna export replay`.',
  });
}

/** @throws ReplayError FILE_UNREADABLE */
export function requireFile(file: string, nextStep: string): void {
  if (!existsSync(file)) throw new ReplayError('FILE_UNREADABLE', `${file} is not there`, { nextStep });
}

function manifestsBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name === 'manifest.json')
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
}
