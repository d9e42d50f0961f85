import { fromBase64, fromUtf8, isCodedError, parseStrictJson, type JsonValue } from '#libs/essentials';
import type { VerifySignature } from '#libs/merkle';
import { StandardsError } from './standards-error.js';

const SIGNATURE_LENGTH = 64;
const MAX_JSON = 32 * 1024; // characters
export const DRP_VERSION = '1.0';
/** Seconds by which the agent's clock may be fast; DRP 1.0 §3.07 asks for a check and names no tolerance. */
const CLOCK_TOLERANCE = 60_000; // ms

/** What was signed, and the signature that tells it from every other message. */
export interface DrpMessage {
  readonly claims: Readonly<Record<string, JsonValue>>;
  readonly signature: Uint8Array;
}

/**
 * Opens a signed message: base64 of the Ed25519 signature and the JSON text behind it, libsodium's combined mode (DRP 1.0 §3.07). Nothing of it
 * is parsed before the signature holds.
 *
 * @param text chosen by whoever calls
 * @throws StandardsError DRP_MESSAGE_NOT_BASE64, DRP_SIGNATURE_INVALID, DRP_MESSAGE_MALFORMED
 */
export function openDrpMessage(text: string, verifyKey: Uint8Array, verify: VerifySignature): DrpMessage {
  const bytes = decoded(text.trim());
  const signature = bytes.subarray(0, SIGNATURE_LENGTH);
  const signed = bytes.subarray(SIGNATURE_LENGTH);
  if (signature.length < SIGNATURE_LENGTH || !verify(verifyKey, signed, signature))
    throw new StandardsError('DRP_SIGNATURE_INVALID', 'the message is not signed by that agent', {
      nextStep:
        'Sign the JSON text with the key of the directory, put the signature before it, encode both in base64.',
    });
  return { claims: claimsIn(signed), signature };
}

function decoded(text: string): Uint8Array {
  try {
    return fromBase64(text);
  } catch (cause) {
    if (!isCodedError(cause)) throw cause;
    throw new StandardsError('DRP_MESSAGE_NOT_BASE64', 'the message is not base64', {
      cause,
      nextStep: 'Send the signed message in standard base64, as text/plain.',
    });
  }
}

function claimsIn(signed: Uint8Array): DrpMessage['claims'] {
  try {
    const claims = parseStrictJson(fromUtf8(signed), { maxLength: MAX_JSON, maxDepth: 8 });
    if (typeof claims === 'object' && claims !== null && !Array.isArray(claims))
      return claims as DrpMessage['claims'];
  } catch (cause) {
    if (!isCodedError(cause)) throw cause;
  }
  throw malformed('the signed text is no JSON object');
}

/**
 * Requires that a message is of this agent, for this business, of this version, and of now, in the order of DRP 1.0 §3.07.
 *
 * @param now milliseconds since the epoch
 * @throws StandardsError DRP_AGENT_MISMATCH, DRP_BUSINESS_MISMATCH, DRP_NOT_YET_ISSUED, DRP_EXPIRED, DRP_VERSION_UNSUPPORTED, DRP_MESSAGE_MALFORMED
 */
export function checkDrpClaims(
  claims: DrpMessage['claims'],
  {
    agentId,
    businessId,
    now,
  }: { readonly agentId: string; readonly businessId: string; readonly now: number },
): void {
  if (claims['agent-id'] !== agentId)
    throw new StandardsError('DRP_AGENT_MISMATCH', 'the message is of another agent than its token');
  if (claims['business-id'] !== businessId)
    throw new StandardsError('DRP_BUSINESS_MISMATCH', 'the message is for another business');
  if (timeOf(claims, 'issued-at') > now + CLOCK_TOLERANCE)
    throw new StandardsError('DRP_NOT_YET_ISSUED', 'the message was issued in the future', {
      nextStep: 'Set the clock of the agent.',
    });
  if (timeOf(claims, 'expires-at') <= now)
    throw new StandardsError('DRP_EXPIRED', 'the message has expired', { nextStep: 'Sign it anew.' });
  if (claims['drp.version'] !== DRP_VERSION)
    throw new StandardsError('DRP_VERSION_UNSUPPORTED', `only version ${DRP_VERSION} is spoken here`);
}

/** A text of a message, where it has one. @throws StandardsError DRP_MESSAGE_MALFORMED */
export function textClaim(claims: DrpMessage['claims'], name: string, maxLength = 256): string | undefined {
  const value = claims[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value.length <= maxLength) return value;
  throw malformed(`${name} is no text of at most ${maxLength} characters`);
}

function timeOf(claims: DrpMessage['claims'], name: string): number {
  const time = Date.parse(textClaim(claims, name) ?? '');
  if (Number.isNaN(time)) throw malformed(`${name} is no time`);
  return time;
}

function malformed(what: string): StandardsError {
  return new StandardsError('DRP_MESSAGE_MALFORMED', what, {
    nextStep: 'See the Data Rights Protocol 1.0, section 2.01.',
  });
}
