import type { RequestScope } from '#libs/contracts';

/** A request as far as recipients are concerned. */
export interface NoticedRequest {
  readonly requestId: string;
  readonly subject: string;
  readonly kind: string;
}

/** What is still known of the person of a request, as long as nothing was destroyed. */
export interface NoticedPeople {
  /** The controller’s ids of the person; none when the person is gone. */
  externalIdsOf(subject: string): readonly string[];
  /** Opened scope of a withdrawal. */
  scopeOf(requestId: string): RequestScope | undefined;
}

/** Told of what became of a notice; may be told again. */
export type RecipientTold = (told: {
  readonly requestId: string;
  readonly recipientId: string;
  readonly outcome: 'delivered' | 'acknowledged' | 'given-up';
}) => Promise<void>;
