import type { RequestState } from '#libs/erasure';
import { equalBytes, fromBase64Url, isCodedError, toBase64Url, utf8 } from '#libs/essentials';
import { nodeHmacSha256 } from '#platform/crypto';
import type { ExportFormat, ProtocolExports, ProtocolRequests } from './ports.js';
import { StandardsError } from './standards-error.js';

/** A link that lets whoever has it fetch what is held about one person, for a while. */
export interface ResultLink {
  readonly url: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

export interface ResultLinksParts {
  /** 32 bytes, never used for anything else. */
  readonly key: Uint8Array;
  readonly requests: Pick<ProtocolRequests, 'find'>;
  readonly exports: ProtocolExports;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const MILLISECONDS_A_DAY = 86_400_000;
/** As many as DRP 1.0 §3.02 wants at least. A link is told again whenever the status is asked for, so that it need not hold longer. */
const LINK_DAYS = 7;
const TIME = /^[0-9a-z]{1,9}$/; // seconds, base 36

/**
 * Links to the answers of requests that came over a protocol: `request.time.mac`. Nothing of them is stored, and nothing is made before one is
 * followed: what it gives is what is held then. With the export, and with the person, it ends earlier.
 */
export class ResultLinks {
  constructor(private readonly parts: ResultLinksParts) {}

  /** @param origin where callers reach this installation, without a slash at the end @returns undefined where there is nothing to fetch */
  to(origin: string, state: RequestState): ResultLink | undefined {
    const { exports, now } = this.parts;
    const keptUntil = state.status === 'closed-answered' ? exports.keptUntil(state) : undefined;
    if (keptUntil === undefined) return undefined;
    const seconds = Math.floor(Math.min(keptUntil, now() + LINK_DAYS * MILLISECONDS_A_DAY) / 1_000);
    const time = seconds.toString(36);
    const token = `${state.requestId}.${time}.${toBase64Url(this.mac(state.requestId, time))}`;
    return { url: `${origin}/v1/results/${token}`, expiresAt: new Date(seconds * 1_000).toISOString() };
  }

  /** @param token chosen by whoever calls @throws StandardsError RESULT_LINK_UNKNOWN, RESULT_LINK_EXPIRED; ErasureError EXPORT_NOT_KEPT */
  fetch(token: string, format: ExportFormat): Promise<Uint8Array> {
    const { requests, exports, now } = this.parts;
    const [requestId, time = '', mac = '', ...more] = token.split('.');
    if (more.length > 0 || !TIME.test(time) || !this.isOurs(requestId, time, mac)) throw linkUnknown();
    if (Number.parseInt(time, 36) * 1_000 <= now())
      throw new StandardsError('RESULT_LINK_EXPIRED', 'this link does not hold any more', {
        nextStep:
          'Ask for the status of the request: it names another link as long as there is something to fetch.',
      });
    const state = requests.find(requestId);
    if (state === undefined) throw linkUnknown();
    return exports.read(state, format);
  }

  private isOurs(requestId: string, time: string, mac: string): boolean {
    try {
      return equalBytes(fromBase64Url(mac), this.mac(requestId, time));
    } catch (cause) {
      if (!isCodedError(cause)) throw cause;
      return false;
    }
  }

  private mac(requestId: string, time: string): Uint8Array {
    return nodeHmacSha256(this.parts.key, utf8(JSON.stringify([requestId, time])));
  }
}

function linkUnknown(): StandardsError {
  return new StandardsError('RESULT_LINK_UNKNOWN', 'there is nothing under this link', {
    nextStep: 'Follow it as the status of the request names it, to the last character.',
  });
}
