import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import path from 'node:path';
import { keyNames, type ModelManifest } from '#libs/contracts';
import { fromBase64Url } from '#libs/essentials';
import { parseManifest } from '#libs/learning';
import { VerificationError, type ReplayKeys } from '#libs/verification';
import { nodeAead, type AeadKey } from '#platform/crypto';
import type { ReplayPlan } from './replay-parts.js';
import { VerifierError } from './verifier-error.js';

/** Keys as an operator hands them to an auditor: one { name, key } a line. */
export class ReplayKeyFile implements ReplayKeys {
  private readonly aeads = new Map<string, AeadKey>();

  private constructor(private readonly keys: ReadonlyMap<string, Uint8Array>) {}

  /** @throws VerifierError FILE_UNREADABLE, REPLAY_KEYS_MALFORMED */
  static async read(file: string): Promise<ReplayKeyFile> {
    requireFile(file, 'Ask the operator for the replay keys; `lacuna export` writes them beside events.db.');
    const keys = new Map<string, Uint8Array>();
    let line = 0;
    for await (const text of createInterface({ input: createReadStream(file) })) {
      line++;
      const { name, key } = parseKeyLine(text, line);
      keys.set(name, key);
    }
    return new ReplayKeyFile(keys);
  }

  labelKey(subject: string): Uint8Array | undefined {
    return this.keys.get(keyNames.label(subject));
  }

  /** @throws VerificationError REPLAY_KEY_MISSING */
  partitionKey(line: string): Uint8Array {
    return this.require(keyNames.partition(line));
  }

  open(keyName: string, sealed: string, context: Uint8Array): Uint8Array {
    let aead = this.aeads.get(keyName);
    if (aead === undefined) this.aeads.set(keyName, (aead = nodeAead.prepare(this.require(keyName))));
    const plaintext = aead.open(Buffer.from(sealed, 'base64url'), context);
    if (plaintext === undefined)
      throw new VerificationError('REPLAY_PAYLOAD_DAMAGED', 'an event does not open under its key');
    return plaintext;
  }

  private require(name: string): Uint8Array {
    const key = this.keys.get(name);
    if (key === undefined)
      throw new VerificationError('REPLAY_KEY_MISSING', 'the replay keys lack a key that the events need', {
        facts: { key: name },
        nextStep: 'Ask the operator for an export in which events and keys belong together.',
      });
    return key;
  }
}

/** Finds the manifest whose SHA-256 a certificate names, below a folder of models, and the version's folder. @throws VerifierError MANIFEST_NOT_FOUND */
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
  throw new VerifierError(
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
 * @throws VerifierError REPLAY_EXPORT_LACKS_SHARDS, REPLAY_EXPORT_MALFORMED
 */
export async function requireShards(file: string, { wanted }: ReplayPlan): Promise<void> {
  const held = shardsIn(await readFile(file, 'utf8'));
  const missing = wanted.shards.map(({ shard }) => shard).filter((shard) => !held.includes(shard));
  if (missing.length > 0)
    throw new VerifierError('REPLAY_EXPORT_LACKS_SHARDS', 'the export was not made for these shards', {
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
  throw new VerifierError('REPLAY_EXPORT_MALFORMED', 'the export does not say for which shards it was made', {
    nextStep: 'Ask the operator for another one, made by `lacuna export replay`.',
  });
}

/** @throws VerifierError FILE_UNREADABLE */
export function requireFile(file: string, nextStep: string): void {
  if (!existsSync(file)) throw new VerifierError('FILE_UNREADABLE', `${file} is not there`, { nextStep });
}

function manifestsBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name === 'manifest.json')
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
}

function parseKeyLine(text: string, line: number): { name: string; key: Uint8Array } {
  try {
    const { name, key } = JSON.parse(text) as { name: unknown; key: unknown };
    if (typeof name === 'string' && typeof key === 'string') return { name, key: fromBase64Url(key) };
  } catch {
    // falls through: the content is secret, so the message says the line only
  }
  throw new VerifierError(
    'REPLAY_KEYS_MALFORMED',
    'the file of replay keys has a line that is not { name, key }',
    {
      facts: { line },
      nextStep: 'Ask the operator for the file that `lacuna export` wrote beside events.db.',
    },
  );
}
