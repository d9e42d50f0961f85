import { keyNames, type LegalGround, type RequestKind, type RequestScope } from '#libs/contracts';
import { checkScope, ErasureError, type RequestState } from '#libs/erasure';
import { utf8 } from '#libs/essentials';
import type { Vault } from '#libs/messaging';
import type { RequestBook } from './request-book.js';
import { scopeContext, type RequestProcess } from './request-process.js';

export interface Submission {
  /** Chosen by the caller, so that a repeated submission is one request. */
  readonly requestId: string;
  /** The id under which the controller knows the person. */
  readonly externalId: string;
  readonly channel: 'cli' | 'api';
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

  /** Withdraws some behaviours. Resolves once they are out of use; `finished` resolves when the certificate is issued. */
  async withdraw(submission: Submission, scope: RequestScope): Promise<SubmittedRequest> {
    checkScope(scope);
    const subject = this.subjectOf(submission.externalId);
    return this.submit(submission.requestId, subject, 'withdrawal', submission.channel, scope);
  }

  /** Erases a person. */
  async erase(submission: Submission): Promise<SubmittedRequest> {
    return this.submit(
      submission.requestId,
      this.subjectOf(submission.externalId),
      'erasure',
      submission.channel,
    );
  }

  /** What follows when consent was withdrawn through the consent API: everything used under it is unlearned. */
  async withdrawPurpose(requestId: string, subject: string, purpose: string): Promise<SubmittedRequest> {
    return this.submit(requestId, subject, 'withdrawal', 'consent-change', { purpose });
  }

  /** Takes up requests that wait, when something may have removed what they waited for. */
  proceed(): void {
    this.process.unlearn().catch(this.onFailure);
  }

  /** @throws ErasureError REQUEST_UNKNOWN */
  get(requestId: string): RequestState {
    return this.book.get(requestId);
  }

  all(): RequestState[] {
    return this.book.all();
  }

  private async submit(
    requestId: string,
    subject: string,
    kind: RequestKind,
    channel: Channel,
    scope?: RequestScope,
  ): Promise<SubmittedRequest> {
    const ground: LegalGround = kind === 'erasure' ? 'art-17-1-erasure' : 'art-7-3-withdrawal-of-consent';
    const sealed = scope && {
      scope: this.vault.seal(keyNames.profile(subject), utf8(JSON.stringify(scope)), scopeContext(requestId)),
    };
    await this.book.record({
      type: 'RequestSubmitted',
      data: { requestId, subject, kind, ground, channel, ...sealed, receivedAt: this.now() },
    });
    const state = await this.process.takeIn(requestId);
    const finished = this.process.unlearn().then(() => this.book.get(requestId));
    finished.catch(this.onFailure); // the caller may wait for it or not; the operator learns of it in any case
    return { state, finished };
  }

  private subjectOf(externalId: string): string {
    const subject = this.vault.findSubject(externalId);
    if (subject === undefined)
      throw new ErasureError('SUBJECT_UNKNOWN', 'nobody is enrolled under that id', {
        nextStep: 'Check the id; a person who was erased is no longer known under it.',
      });
    return subject;
  }
}

type Channel = Submission['channel'] | 'consent-change';

export interface SubmittedRequest {
  readonly state: RequestState;
  /** Resolves with the closed request. */
  readonly finished: Promise<RequestState>;
}
