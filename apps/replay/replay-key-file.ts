import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { keyNames } from '#libs/contracts';
import { fromBase64Url } from '#libs/essentials';
import { VerificationError } from '#libs/verification';
import { nodeAead, type AeadKey } from '#platform/crypto';
import { ReplayError } from './replay-error.js';
import { requireFile } from './replay-inputs.js';
import type { OpenedReplayKeys } from './opened-replay-keys.js';

/** Keys as an operator hands them to an auditor: one { name, key } a line. */
export class ReplayKeyFile implements OpenedReplayKeys {
  private readonly aeads = new Map<string, AeadKey>();

  private constructor(private readonly keys: ReadonlyMap<string, Uint8Array>) {}

  /** @throws ReplayError FILE_UNREADABLE, REPLAY_KEYS_MALFORMED */
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

  close(): void {
    // there is nothing open
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

function parseKeyLine(text: string, line: number): { name: string; key: Uint8Array } {
  try {
    const { name, key } = JSON.parse(text) as { name: unknown; key: unknown };
    if (typeof name === 'string' && typeof key === 'string') return { name, key: fromBase64Url(key) };
  } catch {
    // falls through: the content is secret, so the message says the line only
  }
  throw new ReplayError(
    'REPLAY_KEYS_MALFORMED',
    'the file of replay keys has a line that is not { name, key }',
    {
      facts: { line },
      nextStep: 'Ask the operator for the file that `lacuna export` wrote beside events.db.',
    },
  );
}
