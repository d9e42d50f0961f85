import { join } from 'node:path';
import type { LogFiles } from '#libs/verification';
import { ifThere, readInput } from './input-files.js';
import { VerifierError } from './verifier-error.js';

const MAX_BYTES = 17 * 1024 * 1024; // a full bundle of the longest entries (C2SP tlog-tiles: 256 of 65,535 bytes and their lengths)
const TIMEOUT_MS = 30_000;

/** The files of a log below a folder, or below an http(s) address; only the latter uses the network. */
export function openLog(place: string): LogFiles {
  return /^https?:\/\//.test(place) ? new LogAtAddress(place) : new LogInFolder(place);
}

class LogInFolder implements LogFiles {
  constructor(private readonly folder: string) {}

  /** @throws VerifierError FILE_UNREADABLE, FILE_TOO_LARGE */
  async read(path: string): Promise<Uint8Array | undefined> {
    return ifThere(() => readInput(join(this.folder, path), MAX_BYTES));
  }
}

class LogAtAddress implements LogFiles {
  private readonly base: string;

  constructor(address: string) {
    this.base = address.endsWith('/') ? address : `${address}/`;
  }

  /** @throws VerifierError LOG_UNREACHABLE, FILE_TOO_LARGE */
  async read(path: string): Promise<Uint8Array | undefined> {
    const address = this.base + path;
    try {
      const answer = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (answer.status === 404 || answer.status === 410) return undefined;
      if (!answer.ok) throw unreachable(address, { status: answer.status });
      return await bodyOf(answer, address);
    } catch (cause) {
      if (cause instanceof VerifierError) throw cause;
      throw unreachable(address, { reason: reasonOf(cause) }, cause);
    }
  }
}

/** Whoever answers chooses the length; it is not waited for beyond what any file of a log can have. */
async function bodyOf(answer: Response, address: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = answer.body?.getReader();
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    length += part.value.length;
    if (length > MAX_BYTES)
      throw new VerifierError('FILE_TOO_LARGE', `${address} is larger than any file of a log`, {
        facts: { most: MAX_BYTES },
        nextStep: 'See that the address is that of a log of static tiles.',
      });
    chunks.push(part.value);
  }
  return Uint8Array.from(Buffer.concat(chunks));
}

function unreachable(
  address: string,
  facts: { status?: number; reason?: string },
  cause?: unknown,
): VerifierError {
  return new VerifierError('LOG_UNREACHABLE', `${address} cannot be fetched`, {
    facts,
    nextStep: 'See that the address is right and answers; or copy the log and name its folder.',
    cause,
  });
}

/** A failed fetch keeps the system's code in its cause. */
function reasonOf(error: unknown): string {
  const { cause, name } = error as Error & { cause?: { code?: string } };
  return cause?.code ?? name;
}
