import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ModelManifest } from '#libs/contracts';
import { servingVersion } from '#libs/erasure';
import type { Installation } from '../../apps/installation/index.js';

/** Files of a version: shards, their checkpoints, aggregator. */
export function filesOf({ shards, aggregator }: ModelManifest): string[] {
  return [
    aggregator.digest,
    ...shards.flatMap(({ digest, checkpoints = [] }) => [digest, ...checkpoints.map((one) => one.digest)]),
  ];
}

/** Where the registry keeps a file. */
export function blobOf({ folder }: Installation, digest: string): string {
  return path.join(folder.paths.models, 'blobs', 'sha256', digest.slice(0, 2), digest);
}

/**
 * Files in the models folder, by name, whose bytes are neither those of a version that serves nor any version's manifest.
 * @param halfBuilt files of rebuilds that may go on
 */
export async function unnamedFiles(
  { folder: { paths }, lines, registry }: Installation,
  halfBuilt: readonly string[] = [],
): Promise<string[]> {
  const named = new Set(halfBuilt);
  for (const name of await lines.names()) {
    const line = await lines.get(name);
    for (const { manifestDigest } of line.versions) named.add(manifestDigest);
    const serving = servingVersion(line);
    if (serving === undefined) continue;
    const manifest = await lines.manifestOf(serving);
    for (const digest of filesOf(manifest)) named.add(digest);
    named.add(sha256Hex(await registry.signatureOf(manifest)));
  }
  return [...digestsBelow(paths.models)].filter(([, digest]) => !named.has(digest)).map(([file]) => file);
}

function digestsBelow(folder: string): Map<string, string> {
  if (!existsSync(folder)) return new Map();
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return new Map(
    files.map(({ parentPath, name }) => {
      const file = path.join(parentPath, name);
      return [path.relative(folder, file), sha256Hex(readFileSync(file))];
    }),
  );
}

export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
