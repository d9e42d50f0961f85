import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { machine, type Principal } from './principal.js';
import type { Role } from './roles.js';

/** Knows the tokens of machines. Adapters: hashed tokens of a configuration; an identity provider's access tokens. */
export abstract class TokenVerifier {
  abstract verify(token: string): Principal | undefined | Promise<Principal | undefined>;
}

export interface HashedToken {
  readonly roles: readonly Role[];
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
      return { digest: Buffer.from(tokenSha256, 'hex'), principal: machine(roles) };
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
