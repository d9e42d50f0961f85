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
  /** Whether the key is that of the request; takes as long where there is no such request, or it has no key. */
  isFollowKey(requestId: string, followKey: string): boolean;
  /** A request waited for this. */
  identityVerified(shown: ShownIdentity): Promise<void>;
}
