import { keyNames, type LegalGround, type RequestKind, type RequestScope } from '#libs/contracts';
import { checkScope, ErasureError, type RequestState } from '#libs/erasure';
import { fromUtf8, utf8 } from '#libs/essentials';
import type { Vault } from '#libs/messaging';
import type { RequestBook } from './request-book.js';
import { scopeContext, type RequestProcess } from './request-process.js';
import { subjectBehind } from './subject-behind.js';

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

  /**
   * Withdraws some behaviours. Resolves once they are out of use; `finished` resolves when the certificate is issued.
   * @throws ErasureError SCOPE_…, SUBJECT_UNKNOWN, REQUEST_ID_REUSED
   */
  async withdraw(submission: Submission, scope: RequestScope): Promise<SubmittedRequest> {
    checkScope(scope);
    if (this.isRepetition(submission, 'withdrawal', scope)) return this.follow(submission.requestId);
    const subject = subjectBehind(this.vault, submission.externalId);
    return this.submit(submission.requestId, subject, 'withdrawal', submission.channel, scope);
  }

  /** Erases a person. @throws ErasureError SUBJECT_UNKNOWN, REQUEST_ID_REUSED */
  async erase(submission: Submission): Promise<SubmittedRequest> {
    if (this.isRepetition(submission, 'erasure')) return this.follow(submission.requestId);
    const subject = subjectBehind(this.vault, submission.externalId);
    return this.submit(submission.requestId, subject, 'erasure', submission.channel);
  }

  /** What follows when consent was withdrawn: everything that stood in the log under it by then is unlearned. */
  async withdrawConsent(requestId: string, subject: string, scope: RequestScope): Promise<SubmittedRequest> {
    return this.submit(requestId, subject, 'withdrawal', 'consent-change', scope);
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
    { requestId, externalId }: Submission,
    kind: RequestKind,
    scope?: RequestScope,
  ): boolean {
    const known = this.book.find(requestId);
    if (known === undefined) return false;
    const subject = this.vault.findSubject(externalId);
    const isErased = this.vault.keyState(keyNames.profile(known.subject)) !== 'live';
    const samePerson = isErased ? subject === undefined : subject === known.subject;
    const sameScope = isErased || scope === undefined || JSON.stringify(scope) === this.scopeOf(known);
    if (known.kind === kind && samePerson && sameScope) return true;
    throw new ErasureError('REQUEST_ID_REUSED', 'another request was made under that id', {
      facts: { requestId },
      nextStep: 'Give every request an id of its own; repeat an id only to repeat the same request.',
    });
  }

  private scopeOf({ requestId, subject, scope }: RequestState): string | undefined {
    return scope && fromUtf8(this.vault.open(keyNames.profile(subject), scope, scopeContext(requestId)));
  }
}

type Channel = Submission['channel'] | 'consent-change';

export interface SubmittedRequest {
  readonly state: RequestState;
  /** Resolves with the closed request. */
  readonly finished: Promise<RequestState>;
}
