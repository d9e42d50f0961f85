import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Role } from './roles.js';

/** Who a token belongs to, as far as the API needs to know: not a name, roles. */
export interface Principal {
  readonly roles: readonly Role[];
}

/** Knows tokens. Adapters: hashed tokens of a configuration; an identity provider in a larger set-up. */
export abstract class TokenVerifier {
  abstract verify(token: string): Principal | undefined;
}

export interface HashedToken extends Principal {
  /** SHA-256 of the token, lower-case hex: the configuration does not let anybody in who reads it. */
  readonly tokenSha256: string;
}

/** Compares with every known token in constant time, so that the answer's delay tells nothing about them. */
export class HashedTokenVerifier extends TokenVerifier {
  private readonly known: readonly { readonly digest: Buffer; readonly principal: Principal }[];

  /** @throws TypeError when a digest is not 64 lower-case hexadecimal digits */
  constructor(tokens: readonly HashedToken[]) {
    super();
    this.known = tokens.map(({ tokenSha256, roles }) => {
      if (!/^[0-9a-f]{64}$/.test(tokenSha256))
        throw new TypeError('tokenSha256 is not 64 lower-case hexadecimal digits');
      return { digest: Buffer.from(tokenSha256, 'hex'), principal: { roles } };
    });
  }

  verify(token: string): Principal | undefined {
    const digest = createHash('sha256').update(token).digest();
    let found: Principal | undefined;
    for (const one of this.known) if (timingSafeEqual(one.digest, digest)) found = one.principal;
    return found;
  }
}

/** A new random token (256 bits) and the digest under which it is configured. */
export function mintToken(): { readonly token: string; readonly tokenSha256: string } {
  const token = randomBytes(32).toString('base64url');
  return { token, tokenSha256: createHash('sha256').update(token).digest('hex') };
}
