import {
  keyNames,
  type Actor,
  type DataOf,
  type IdentityMethod,
  type Regime,
  type RequestChannel,
  type RequestKind,
  type RequestScope,
} from '#libs/contracts';
import { parseRecipient } from '#libs/age';
import { checkScope, dueAt, ErasureError, GROUND_OF, verifyIdentity, type RequestState } from '#libs/erasure';
import { utf8 } from '#libs/essentials';
import type { Vault } from '#libs/messaging';
import { fitsFollowKey, newFollowKey } from './follow-keys.js';
import type { RequestBook } from './request-book.js';
import type { RequestPolicy } from './request-policy.js';
import type { RequestProcess } from './request-process.js';
import {
  recipientOf,
  receiptRecipientContext,
  scopeContext,
  scopeOf,
  statementContext,
  statementOf,
} from './sealed-fields.js';
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

/** A request as people make it themselves, or through somebody: worked by the policy. */
export interface Filing {
  readonly requestId: string;
  readonly kind: RequestKind;
  /** Pseudonym. */
  readonly subject: string;
  readonly channel: Exclude<RequestChannel, 'cli' | 'api' | 'consent-change'>;
  /** How the person has shown who they are; `awaited` where they have not yet. */
  readonly identity: IdentityMethod | 'awaited';
  readonly regime?: Regime;
  /** Of a withdrawal or an objection. */
  readonly scope?: RequestScope;
  /** Of a rectification. */
  readonly statement?: string;
  readonly receiptRecipient?: string;
  /** Whoever entered it, where that was not the person. */
  readonly filedBy?: Actor;
}

/** A receipt that a person wants of what follows from a decision. */
export interface WantedReceipt {
  /** Chosen by the caller, so that a repetition is one request. */
  readonly requestId: string;
  /** age recipient of the person. */
  readonly recipient: string;
}

export interface RequestServiceParts {
  readonly book: RequestBook;
  readonly process: RequestProcess;
  readonly vault: Vault;
  readonly policy: RequestPolicy;
  /** ISO 8601. */
  readonly now: () => string;
  /** Hears why requests do not get on; they stay open and go on at the next occasion. */
  readonly onFailure: (reason: unknown) => void;
}

const SECONDS_AN_HOUR = 3600;
const MILLISECONDS_A_DAY = 86_400_000;
const MOST_WORDS = 2000; // UTF-16 code units

/** The front door for people's requests. */
export class RequestService {
  constructor(private readonly parts: RequestServiceParts) {}

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
    await this.submit({ requestId, subject, kind: 'withdrawal', channel: 'consent-change', scope });
    return this.follow(requestId);
  }

  /**
   * The same for somebody who wants a receipt of it, before the consent is withdrawn: what is unlearned then needs no request any more. Resolves
   * once the records are out of use.
   * @throws ErasureError REQUEST_ID_REUSED; AgeError RECIPIENT_NOT_X25519
   */
  async unlearnPurpose(
    subject: string,
    purpose: string,
    { requestId, recipient: receiptRecipient }: WantedReceipt,
  ): Promise<SubmittedRequest> {
    const asked = { requestId, kind: 'withdrawal', scope: { purpose }, receiptRecipient } as const;
    const recipient = await parseRecipient(receiptRecipient);
    await this.parts.process.inTurn(requestId, async () => {
      if (this.isRepetition(asked, subject)) return;
      await this.submit({ ...asked, subject, channel: 'consent-change', recipient });
    });
    return this.follow(requestId);
  }

  /**
   * Takes a request of any kind, to be worked by the policy: review, grace window, deadline. Its follow key is answered once.
   * @throws ErasureError SCOPE_…, KIND_WITHOUT_SCOPE, OBJECTION_WITHOUT_PURPOSE, STATEMENT_…, REQUEST_ID_REUSED; AgeError RECIPIENT_NOT_X25519
   */
  async file(filing: Filing): Promise<SubmittedRequest> {
    const { requestId, subject, kind, channel, scope, statement, receiptRecipient, regime } = filing;
    checkFiling(filing);
    if (receiptRecipient !== undefined) await parseRecipient(receiptRecipient);
    const followKey = await this.parts.process.inTurn(requestId, async () => {
      if (this.isRepetition(filing, subject)) return undefined;
      const { followKey: key, followKeySha256 } = newFollowKey();
      const terms = { ...this.termsOf(filing), followKeySha256 };
      await this.submit({
        ...{ requestId, subject, kind, channel, scope, statement, regime },
        recipient: receiptRecipient,
        terms,
      });
      return key;
    });
    return { ...(await this.follow(requestId)), followKey };
  }

  /**
   * Somebody has shown to be the person of a request that waited for it.
   * @throws ErasureError REQUEST_UNKNOWN, IDENTITY_OF_ANOTHER, REQUEST_NOT_OPEN
   */
  async identityVerified(proof: {
    readonly requestId: string;
    /** Pseudonym of whoever has. */
    readonly subject: string;
    readonly method: IdentityMethod;
  }): Promise<SubmittedRequest> {
    const { requestId, subject, method } = proof;
    const { book, process, policy, now } = this.parts;
    await process.inTurn(requestId, async () => {
      const state = book.get(requestId);
      if (state.subject !== subject)
        throw new ErasureError('IDENTITY_OF_ANOTHER', 'the request is about somebody else', {
          facts: { requestId },
          nextStep: 'Answer with the code that was sent for this request.',
        });
      await book.record(verifyIdentity({ method, now: now(), calendar: policy.calendar }, state));
    });
    return this.follow(requestId);
  }

  /** Takes up requests that wait, when something may have removed what they waited for. */
  proceed(): void {
    this.parts.process.unlearn().catch(this.parts.onFailure);
  }

  /** @throws ErasureError REQUEST_UNKNOWN */
  get(requestId: string): RequestState {
    return this.parts.book.get(requestId);
  }

  /** Whether the key is that of the request; takes as long where there is no such request. */
  isFollowKey(requestId: string, followKey: string): boolean {
    return fitsFollowKey(followKey, this.parts.book.find(requestId)?.followKeySha256);
  }

  find(requestId: string): RequestState | undefined {
    return this.parts.book.find(requestId);
  }

  all(): RequestState[] {
    return this.parts.book.all();
  }

  /** Oldest first. */
  ofSubject(subject: string): RequestState[] {
    return this.parts.book.ofSubject(subject);
  }

  private async submitOnce(
    submission: Submission,
    kind: RequestKind,
    scope?: RequestScope,
  ): Promise<SubmittedRequest> {
    const { requestId, externalId, channel, receiptRecipient } = submission;
    const recipient = receiptRecipient === undefined ? undefined : await parseRecipient(receiptRecipient);
    await this.parts.process.inTurn(requestId, async () => {
      const known = this.parts.vault.findSubject(externalId);
      if (this.isRepetition({ requestId, kind, scope, receiptRecipient }, known)) return;
      const subject = subjectBehind(this.parts.vault, externalId);
      await this.submit({ requestId, subject, kind, channel, scope, recipient });
    });
    return this.follow(requestId);
  }

  private async submit(submitted: Submitted): Promise<void> {
    const { requestId, subject, kind, channel, scope, statement, recipient, terms } = submitted;
    const { book, vault, policy, now } = this.parts;
    const { regime = policy.regime } = submitted;
    const seal = (text: string, context: Uint8Array): string =>
      vault.seal(keyNames.profile(subject), utf8(text), context);
    const sealed = {
      ...(scope && { scope: seal(JSON.stringify(scope), scopeContext(requestId)) }),
      ...(recipient !== undefined && {
        receiptRecipient: seal(recipient, receiptRecipientContext(requestId)),
      }),
      ...(statement !== undefined && { statement: seal(statement, statementContext(requestId)) }),
    };
    const receivedAt = now();
    const due = terms && {
      dueAt: dueAt({ from: receivedAt, regime, extended: false }, policy.calendar),
    };
    await book.record({
      type: 'RequestSubmitted',
      data: {
        requestId,
        subject,
        kind,
        ground: GROUND_OF[regime][kind],
        channel,
        ...sealed,
        receivedAt,
        ...(regime !== 'gdpr' && { regime }),
        ...terms,
        ...due,
      },
    });
  }

  /** What the policy makes of a request, written into its event: a later change of the policy does not reach it. */
  private termsOf({ kind, identity, filedBy }: Filing): Terms {
    const { policy, now } = this.parts;
    const hours: Partial<Record<RequestKind, number>> = policy.graceHours;
    const grace = (hours[kind] ?? 0) * SECONDS_AN_HOUR;
    const expires = new Date(Date.parse(now()) + policy.unverifiedDays * MILLISECONDS_A_DAY);
    return {
      identity,
      ...(identity === 'awaited' && { expiresAt: expires.toISOString() }),
      ...(filedBy !== undefined && { filedBy }),
      ...(policy.approvals[kind] > 0 && { approvals: policy.approvals[kind] }),
      ...(grace > 0 && { graceSeconds: grace }),
    };
  }

  private async follow(requestId: string): Promise<SubmittedRequest> {
    const { book, process, onFailure } = this.parts;
    const state = await process.takeIn(requestId);
    const finished = process.unlearn().then(() => book.get(requestId));
    finished.catch(onFailure); // the caller may wait for it or not; the operator learns of it in any case
    return { state, finished };
  }

  /**
   * Whether the same was asked before under the same id. A person who was erased since is no longer known under any id; then the kind
   * alone has to agree.
   *
   * @param subject of whoever asks now; undefined when nobody is known under that id
   * @throws ErasureError REQUEST_ID_REUSED when something else was asked under that id
   */
  private isRepetition(
    { requestId, kind, scope, statement, receiptRecipient }: Asked,
    subject: string | undefined,
  ): boolean {
    const { book, vault } = this.parts;
    const known = book.find(requestId);
    if (known === undefined) return false;
    const isErased = vault.keyState(keyNames.profile(known.subject)) !== 'live';
    const samePerson = subject === known.subject || (isErased && subject === undefined);
    const sameWords =
      isErased ||
      (JSON.stringify(scope) === JSON.stringify(scopeOf(vault, known)) &&
        statement === statementOf(vault, known) &&
        receiptRecipient === recipientOf(vault, known));
    if (known.kind === kind && samePerson && sameWords) return true;
    throw new ErasureError('REQUEST_ID_REUSED', 'another request was made under that id', {
      facts: { requestId },
      nextStep: 'Give every request an id of its own; repeat an id only to repeat the same request.',
    });
  }
}

/** @throws ErasureError where a kind does not go with what it says */
function checkFiling({ kind, scope, statement }: Filing): void {
  const isScoped = kind === 'withdrawal' || kind === 'objection';
  if (isScoped) checkScope(scope ?? {});
  else if (scope !== undefined)
    throw new ErasureError('KIND_WITHOUT_SCOPE', 'a request of this kind is about everything', {
      facts: { kind },
      nextStep: 'Leave the scope away; to choose records, withdraw consent for them.',
    });
  if (kind === 'objection' && scope?.purpose === undefined)
    throw new ErasureError('OBJECTION_WITHOUT_PURPOSE', 'an objection is to a purpose', {
      nextStep: 'Name the purpose.',
    });
  if (kind !== 'rectification' && statement !== undefined)
    throw new ErasureError('STATEMENT_NOT_WANTED', 'only a rectification says what is wrong', {
      facts: { kind },
      nextStep: 'Leave the statement away.',
    });
  if (kind === 'rectification' && (statement === undefined || !isReadable(statement)))
    throw new ErasureError(
      'STATEMENT_MISSING',
      `a rectification says what is wrong, in up to ${MOST_WORDS} characters`,
      {
        nextStep: 'Say what is wrong and what would be right.',
      },
    );
}

function isReadable(statement: string): boolean {
  return statement.trim() !== '' && statement.length <= MOST_WORDS && statement.isWellFormed();
}

type Asked = Pick<Filing, 'requestId' | 'kind' | 'scope' | 'statement' | 'receiptRecipient'>;

type Terms = Pick<
  DataOf<'RequestSubmitted'>,
  'identity' | 'expiresAt' | 'filedBy' | 'approvals' | 'graceSeconds' | 'followKeySha256'
>;

interface Submitted {
  readonly requestId: string;
  readonly subject: string;
  readonly kind: RequestKind;
  readonly channel: RequestChannel;
  readonly scope?: RequestScope;
  readonly statement?: string;
  /** age recipient, parsed. */
  readonly recipient?: string;
  /** Default: the policy’s. */
  readonly regime?: Regime;
  /** Absent: attested by the operator, accepted at once. */
  readonly terms?: Terms;
}

export interface SubmittedRequest {
  readonly state: RequestState;
  /** Of a request that was filed and not a repetition. */
  readonly followKey?: string;
  /** Resolves with the request when nothing can be done for it now; mostly it is closed. */
  readonly finished: Promise<RequestState>;
}
