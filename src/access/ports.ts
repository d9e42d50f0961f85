/** Sends mail; src/platform/mail implements it. Resolves when the mail is durable, not when it has arrived. */
export interface ChallengeMailer {
  send(
    mail: { readonly to: string; readonly subject: string; readonly text: string },
    choices?: { readonly expiresAt?: string },
  ): Promise<void>;
}

export interface ShownIdentity {
  readonly requestId: string;
  /** Pseudonym. */
  readonly subject: string;
  readonly method: 'email-code' | 'signed-link';
}

/** What this stage has to do with requests; src/requests implements it. */
export interface IdentityOfRequests {
  /** SHA-256 of the key by which a request may be followed, hex; undefined when there is no such request or key. */
  followKeySha256(requestId: string): string | undefined;
  /** A request waited for this. */
  identityVerified(shown: ShownIdentity): Promise<void>;
}
