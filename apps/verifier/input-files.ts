import { createReadStream } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TRUST_FILES, TRUST_POLICY } from '#libs/certificate';
import type { TrustFolder } from '#libs/verification';
import { VerifierError } from './verifier-error.js';

const MAX_FILE_BYTES = 16 * 1024 * 1024;

/**
 * A file, of which no more is read than it may have: its length is chosen by whoever sent it, and a device has none.
 *
 * @throws VerifierError FILE_UNREADABLE, FILE_TOO_LARGE
 */
export async function readInput(file: string, maxBytes = MAX_FILE_BYTES): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    const { size } = await stat(file);
    if (size > maxBytes) throw tooLarge(file, maxBytes);
    for await (const chunk of createReadStream(file, { end: maxBytes }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof VerifierError) throw cause;
    throw unreadable(file, cause);
  }
  if (length > maxBytes) throw tooLarge(file, maxBytes);
  return Uint8Array.from(Buffer.concat(chunks));
}

function tooLarge(file: string, maxBytes: number): VerifierError {
  return new VerifierError('FILE_TOO_LARGE', `${file} is larger than any file of this kind`, {
    facts: { maxBytes },
    nextStep: 'See that you name the right file, such as the certificate itself, a *.sigstore.json file.',
  });
}

export function unreadable(file: string, cause: unknown): VerifierError {
  return new VerifierError('FILE_UNREADABLE', `${file} cannot be read`, {
    facts: { reason: (cause as NodeJS.ErrnoException | undefined)?.code },
    nextStep: 'See that the path is right and that you may read the file.',
    cause,
  });
}

/** Writes a new file for its owner only. @throws VerifierError OUTPUT_NOT_WRITTEN, also when there is such a file */
export async function writeOutput(file: string, content: Uint8Array): Promise<void> {
  try {
    await writeFile(file, content, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    throw unwritable(file, cause);
  }
}

export function unwritable(file: string, cause: unknown): VerifierError {
  return new VerifierError('OUTPUT_NOT_WRITTEN', `${file} cannot be written`, {
    facts: { reason: (cause as NodeJS.ErrnoException).code },
    nextStep: 'Name one that does not exist yet, in a folder where you may write, on a disk with room.',
    cause,
  });
}

/** @throws VerifierError FILE_UNREADABLE, FILE_TOO_LARGE */
export async function readTrustFolder(folder: string): Promise<TrustFolder> {
  const [logVkey, trustedRoot, signerPem] = await Promise.all(
    [TRUST_FILES.logVkey, TRUST_FILES.trustedRoot, TRUST_FILES.signerPem].map((name) =>
      readInput(join(folder, name)),
    ),
  );
  const logKeys = await ifThere(() => readInput(join(folder, TRUST_FILES.logKeys)));
  const signerKeys = await ifThere(() => readInput(join(folder, TRUST_FILES.signerKeys)));
  const policy = await ifThere(() => readInput(join(folder, TRUST_POLICY)));
  return { logVkey, logKeys, trustedRoot, signerPem, signerKeys, policy };
}

/** What is read, or undefined when there is no such file. */
export async function ifThere<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof VerifierError && error.facts.reason === 'ENOENT') return undefined;
    throw error;
  }
}
