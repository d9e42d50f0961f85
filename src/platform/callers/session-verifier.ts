import type { Principal } from './principal.js';

/** Knows sessions by the token in the visitor's cookie. A class, so that it can be a Nest token. */
export abstract class SessionVerifier {
  /** Whose session it is, and that it was used just now; nobody's when it never was one, or has ended. */
  abstract verify(token: string): Principal | undefined;
  /** What a page of ours sends back in the header `x-lacuna-csrf`; bound to the token, and of no use with another. */
  abstract csrfOf(token: string): string;
}

/** Where nobody signs in. */
export class NoSessions extends SessionVerifier {
  verify(): undefined {}

  csrfOf(): string {
    return '';
  }
}
