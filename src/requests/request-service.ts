import { keyNames, type LegalGround, type RequestKind, type RequestScope } from '#libs/contracts';
import { parseRecipient, type Recipient } from '#libs/age';
import { checkScope, ErasureError, type RequestState } from '#libs/erasure';
import { fromUtf8, utf8 } from '#libs/essentials';
import type { Vault } from '#libs/messaging';
import type { RequestBook } from './request-book.js';
import type { RequestProcess } from './request-process.js';
import { receiptRecipientContext, scopeContext } from './sealed-fields.js';
import { subjectBehind } from './subject-behind.js';

export interface Submission {
  /** Chosen by the caller, so that a repeated submission is one request. */
  readonly requestId: string;
  /** The id under which the controller knows the person. */
  readonly externalId: string;
  readonly channel: 'cli' | 'api';
  /** age recipient (`age1…`) to whom the openings of the deleted records are kept; without one none are. */
  readonly receiptRecipient?: string;
}

/** The front door for people's requests. */
export class RequestService {
  constructor(
    private readonly book: RequestBook,
    private readonly process: RequestProcess,
    private readonly vault: Vault,
    private readonly now: () => string,
    /** Hears why requests do not get on; they stay open and go on at the next occasion. */
    private readonly onFailure: (reason: unknown) => void,
  ) {}

  /**
   * Withdraws some behaviours. Resolves once they are out of use; `finished` resolves when the certificate is issued.
   * @throws ErasureError SCOPE_…, SUBJECT_UNKNOWN, REQUEST_ID_REUSED; AgeError RECIPIENT_NOT_X25519
   */
  async withdraw(submission: Submission, scope: RequestScope): Promise<SubmittedRequest> {
    checkScope(scope);
    return this.submitOnce(submission, 'withdrawal', scope);
  }

  /** Erases a person. @throws ErasureError SUBJECT_UNKNOWN, REQUEST_ID_REUSED; AgeError RECIPIENT_NOT_X25519 */
  async erase(submission: Submission): Promise<SubmittedRequest> {
    return this.submitOnce(submission, 'erasure');
  }

  /** What follows when consent was withdrawn: everything that stood in the log under it by then is unlearned. */
  async withdrawConsent(requestId: string, subject: string, scope: RequestScope): Promise<SubmittedRequest> {
    return this.submit({ requestId, subject, kind: 'withdrawal', channel: 'consent-change', scope });
  }

  /** Takes up requests that wait, when something may have removed what they waited for. */
  proceed(): void {
    this.process.unlearn().catch(this.onFailure);
  }

  /** What became of the notice to a recipient; noted once, and the request goes on when it waited for it. */
  async recipientTold({ requestId, recipientId, outcome }: RecipientTold): Promise<void> {
    const at = this.now();
    const about = { requestId, recipientId };
    switch (outcome) {
      case 'delivered':
        await this.book.record({ type: 'RecipientNotified', data: { ...about, notifiedAt: at } });
        break;
      case 'acknowledged':
        await this.book.record({ type: 'RecipientAcknowledged', data: { ...about, acknowledgedAt: at } });
        break;
      case 'given-up':
        await this.book.record({ type: 'RecipientGivenUp', data: { ...about, givenUpAt: at } });
    }
    this.proceed();
  }

  /** @throws ErasureError REQUEST_UNKNOWN */
  get(requestId: string): RequestState {
    return this.book.get(requestId);
  }

  all(): RequestState[] {
    return this.book.all();
  }

  private async submitOnce(
    submission: Submission,
    kind: RequestKind,
    scope?: RequestScope,
  ): Promise<SubmittedRequest> {
    const { requestId, channel, receiptRecipient } = submission;
    const recipient = receiptRecipient === undefined ? undefined : await parseRecipient(receiptRecipient);
    if (this.isRepetition(submission, kind, scope)) return this.follow(requestId);
    const subject = subjectBehind(this.vault, submission.externalId);
    return this.submit({ requestId, subject, kind, channel, scope, recipient });
  }

  private async submit({
    requestId,
    subject,
    kind,
    channel,
    scope,
    recipient,
  }: Submitted): Promise<SubmittedRequest> {
    const ground: LegalGround = kind === 'erasure' ? 'art-17-1-erasure' : 'art-7-3-withdrawal-of-consent';
    const seal = (text: string, context: Uint8Array): string =>
      this.vault.seal(keyNames.profile(subject), utf8(text), context);
    const sealed = {
      ...(scope && { scope: seal(JSON.stringify(scope), scopeContext(requestId)) }),
      ...(recipient && { receiptRecipient: seal(recipient, receiptRecipientContext(requestId)) }),
    };
    await this.book.record({
      type: 'RequestSubmitted',
      data: { requestId, subject, kind, ground, channel, ...sealed, receivedAt: this.now() },
    });
    return this.follow(requestId);
  }

  private async follow(requestId: string): Promise<SubmittedRequest> {
    const state = await this.process.takeIn(requestId);
    const finished = this.process.unlearn().then(() => this.book.get(requestId));
    finished.catch(this.onFailure); // the caller may wait for it or not; the operator learns of it in any case
    return { state, finished };
  }

  /**
   * Whether the same was asked before under the same id. A person who was erased since is no longer known under any id; then the kind
   * alone has to agree.
   *
   * @throws ErasureError REQUEST_ID_REUSED when something else was asked under that id
   */
  private isRepetition(
    { requestId, externalId, receiptRecipient }: Submission,
    kind: RequestKind,
    scope?: RequestScope,
  ): boolean {
    const known = this.book.find(requestId);
    if (known === undefined) return false;
    const subject = this.vault.findSubject(externalId);
    const isErased = this.vault.keyState(keyNames.profile(known.subject)) !== 'live';
    const samePerson = isErased ? subject === undefined : subject === known.subject;
    const sameScope = isErased || scope === undefined || JSON.stringify(scope) === this.scopeOf(known);
    const sameRecipient = isErased || receiptRecipient === this.recipientOf(known);
    if (known.kind === kind && samePerson && sameScope && sameRecipient) return true;
    throw new ErasureError('REQUEST_ID_REUSED', 'another request was made under that id', {
      facts: { requestId },
      nextStep: 'Give every request an id of its own; repeat an id only to repeat the same request.',
    });
  }

  private scopeOf({ requestId, subject, scope }: RequestState): string | undefined {
    return scope && this.opened(subject, scope, scopeContext(requestId));
  }

  private recipientOf({ requestId, subject, receiptRecipient }: RequestState): string | undefined {
    return receiptRecipient && this.opened(subject, receiptRecipient, receiptRecipientContext(requestId));
  }

  private opened(subject: string, sealed: string, context: Uint8Array): string {
    return fromUtf8(this.vault.open(keyNames.profile(subject), sealed, context));
  }
}

interface RecipientTold {
  readonly requestId: string;
  readonly recipientId: string;
  readonly outcome: 'delivered' | 'acknowledged' | 'given-up';
}

interface Submitted {
  readonly requestId: string;
  readonly subject: string;
  readonly kind: RequestKind;
  readonly channel: Channel;
  readonly scope?: RequestScope;
  readonly recipient?: Recipient;
}

type Channel = Submission['channel'] | 'consent-change';

export interface SubmittedRequest {
  readonly state: RequestState;
  /** Resolves with the closed request. */
  readonly finished: Promise<RequestState>;
}
