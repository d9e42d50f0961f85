import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { decryptStreamWith, parseIdentity } from '#libs/age';
import { CodedError, fromUtf8 } from '#libs/essentials';
import { isReplayExportFile, REPLAY_EXPORT_REQUIRED } from '#libs/verification';
import { FILE_MODE, FOLDER_MODE, withPrivateFolder } from '#platform/files';
import { readTar, TarError } from '#platform/tar';
import { readInput, unreadable, unwritable } from './input-files.js';
import { VerifierError } from './verifier-error.js';

export interface ExportInputs {
  /** The file that `lacuna export replay` wrote. */
  readonly file: string;
  /** An age identity file, as age-keygen writes it. */
  readonly identity: string;
  /** A folder that gets the content and keeps it; otherwise it is removed when the work is done. */
  readonly keep?: string;
}

/**
 * Decrypts and unpacks a replay export into a folder that its owner alone may enter, and works there.
 *
 * @throws VerifierError FILE_UNREADABLE, REPLAY_EXPORT_MALFORMED, REPLAY_EXPORT_INCOMPLETE, FOLDER_NOT_EMPTY, OUTPUT_NOT_WRITTEN
 * @throws AgeError IDENTITY_MALFORMED, AGE_FILE_OF_ANOTHER, AGE_FILE_MALFORMED
 */
export async function withUnpackedExport<T>(
  inputs: ExportInputs,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const unpackAndWork = async (folder: string): Promise<T> => {
    await unpack(inputs, folder);
    return work(folder);
  };
  if (inputs.keep === undefined) return withPrivateFolder(tmpdir(), unpackAndWork);
  await makeFolder(inputs.keep);
  return unpackAndWork(inputs.keep);
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE.private });
  } catch (cause) {
    throw unwritable(folder, cause);
  }
  if ((await readdir(folder)).length > 0)
    throw new VerifierError('FOLDER_NOT_EMPTY', `${folder} is not empty`, {
      nextStep: 'Name a new folder: what is unpacked never mixes with other files.',
    });
}

async function unpack({ file, identity: identityFile }: ExportInputs, folder: string): Promise<void> {
  const identity = await parseIdentity(fromUtf8(await readInput(identityFile)));
  await requireReadable(file);
  try {
    for await (const { name, content } of readTar(decryptStreamWith(identity, createReadStream(file)))) {
      requireExpected(name);
      await writeUnder(path.join(folder, name), content);
    }
  } catch (cause) {
    if (!(cause instanceof TarError)) throw cause;
    throw malformed(cause);
  }
  const missing = REPLAY_EXPORT_REQUIRED.find((name) => !existsSync(path.join(folder, name)));
  if (missing !== undefined)
    throw new VerifierError('REPLAY_EXPORT_INCOMPLETE', `the export lacks ${missing}`, {
      nextStep: 'Ask the operator for another one, made by `lacuna export replay`.',
    });
}

async function requireReadable(file: string): Promise<void> {
  const found = await stat(file).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  if (!found.isFile()) throw unreadable(file, undefined);
}

function requireExpected(name: string): void {
  if (!isReplayExportFile(name)) throw malformed(undefined);
}

function malformed(cause: unknown): VerifierError {
  return new VerifierError('REPLAY_EXPORT_MALFORMED', 'what the file holds is not a replay export', {
    facts: { reason: cause instanceof TarError ? cause.code : undefined },
    nextStep:
      'Name the file that `lacuna export replay` wrote; `age --decrypt -i IDENTITY FILE | tar t` lists it.',
    cause,
  });
}

/** No file is replaced: an archive that names one twice is refused. */
async function writeUnder(file: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: FOLDER_MODE.private });
  await pipeline(content, createWriteStream(file, { flags: 'wx', mode: FILE_MODE.private })).catch(
    (cause: unknown) => {
      throw cause instanceof CodedError ? cause : unwritable(file, cause); // what is wrong with the archive has a code already
    },
  );
}
