import { readFileSync } from 'node:fs';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  jwtVerify,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose';
import type { Vault } from '#libs/messaging';
import { AccessError } from './access-error.js';
import { hashOfToken } from './secrets.js';

/** How an application of the controller, in which people are signed in already, says who somebody is. */
export interface HostTokenSettings {
  /** The application's public keys: a URL, or a file. */
  readonly jwks: string;
  readonly issuer: string;
  readonly audience: string;
  /** Claim that holds the id under which the controller knows the person; default `sub`. */
  readonly claim?: string;
}

/** Keys that sign; nothing that both sides would share. */
export const SIGNATURES = [
  'EdDSA',
  'Ed25519',
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
];

const MAX_AGE = 300; // seconds
const CLOCK_TOLERANCE = 30;

/** Takes signed tokens of the host application, each once (RFC 7519; RFC 8725). */
export class HostTokens {
  private readonly keys: JWTVerifyGetKey;
  /** Hashes of tokens that were used, with the milliseconds at which they expire by themselves. */
  private readonly used = new Map<string, number>();

  /** @throws AccessError HOST_KEYS_UNREACHABLE when the file of keys cannot be read */
  constructor(
    private readonly settings: HostTokenSettings,
    private readonly vault: Pick<Vault, 'findSubject'>,
    private readonly now: () => number,
  ) {
    this.keys = keysAt(settings.jwks);
  }

  /** @returns the pseudonym @throws AccessError HOST_TOKEN_WRONG, HOST_KEYS_UNREACHABLE */
  async subjectOf(token: string): Promise<string> {
    const { issuer, audience, claim = 'sub' } = this.settings;
    const { payload } = await jwtVerify(token, this.keys, {
      issuer,
      audience,
      algorithms: SIGNATURES,
      requiredClaims: ['exp', 'iat', claim],
      maxTokenAge: MAX_AGE,
      clockTolerance: CLOCK_TOLERANCE,
      currentDate: new Date(this.now()),
    }).catch((cause: unknown) => {
      throw refusal(cause);
    });
    const externalId = payload[claim];
    const subject = typeof externalId === 'string' ? this.vault.findSubject(externalId) : undefined;
    if (subject === undefined) throw refusal();
    this.useOnce(token, payload.exp!);
    return subject;
  }

  private useOnce(token: string, expiresAt: number): void {
    const now = this.now();
    for (const [hash, ends] of this.used) if (ends <= now) this.used.delete(hash);
    const hash = hashOfToken(token).toString('hex');
    if (this.used.has(hash)) throw refusal();
    this.used.set(hash, (expiresAt + CLOCK_TOLERANCE) * 1000);
  }
}

function keysAt(jwks: string): JWTVerifyGetKey {
  if (/^https?:/.test(jwks)) return createRemoteJWKSet(new URL(jwks));
  try {
    return createLocalJWKSet(JSON.parse(readFileSync(jwks, 'utf8')) as JSONWebKeySet);
  } catch (cause) {
    throw unreachable(cause);
  }
}

/** What a signer of ours is not, or what cannot be asked. The reason is kept from the caller, who may have made the token. */
function refusal(cause?: unknown): AccessError {
  const isOfTheToken =
    cause === undefined || (cause instanceof errors.JOSEError && !(cause instanceof errors.JWKSTimeout));
  if (!isOfTheToken) return unreachable(cause);
  return new AccessError('HOST_TOKEN_WRONG', 'The token does not say who you are', {
    cause,
    nextStep: 'Go back to the application and open the portal from there again.',
  });
}

function unreachable(cause: unknown): AccessError {
  return new AccessError('HOST_KEYS_UNREACHABLE', 'The keys of the host application cannot be read', {
    cause,
    nextStep: 'Try again later; the operator checks hostToken.jwks in the settings.',
  });
}
