import { randomInt, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Vault } from '#libs/messaging';
import { Limits } from '#platform/rate-limit';
import type { SqliteDatabase } from '#platform/sqlite';
import { AccessError } from './access-error.js';
import { challengeMail, type Locale } from './identity-mail.js';
import type { ChallengeMailer, ShownIdentity } from './ports.js';
import type { KeyedHashes } from './secrets.js';

export interface ChallengeOrder {
  /** Mail address, or anything else under which the controller knows the person. */
  readonly address: string;
  readonly locale: Locale;
  /** A request that waits for the identity. */
  readonly requestId?: string;
  /** Runs after the answer, before the mail goes out, and only when the address is somebody's: what takes time here tells nobody so. */
  readonly onKnown?: (subject: string) => Promise<void>;
}

export interface Challenge {
  readonly challengeId: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** Whose identity was shown, and which request waited for it. */
export type Shown = Omit<ShownIdentity, 'requestId'> & { readonly requestId?: string };

export interface IdentityChallengesParts {
  readonly database: SqliteDatabase;
  readonly vault: Pick<Vault, 'findSubject' | 'externalIdsOf'>;
  readonly hashes: KeyedHashes;
  readonly mailer: ChallengeMailer;
  readonly controller: string;
  /** Where the mailed link leads; the token follows behind `#`, which browsers keep to themselves. */
  readonly linkTo: (token: string) => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Hears of mails that could not be handed over. */
  readonly onFailure: (reason: unknown) => void;
  /** Milliseconds between the answer and what follows it; default: random, up to a second. */
  readonly delay?: () => number;
}

interface Row {
  readonly codeHash: Buffer;
  readonly subject: string | null;
  readonly requestId: string | null;
}

const MINUTES = 10;
const DIGITS = 8;
const ATTEMPTS = 5;
const MOST_DELAY = 1_000;
/** Mails to one address: a few at once, then one in five minutes. */
const BY_ADDRESS = { name: 'address', rate: 1 / 300, burst: 5 };
const LINK_TOKEN = /^([0-9a-f-]{36})\.([A-Za-z0-9_-]{43})$/;

/**
 * Lets people show that an address is theirs: by a code that is mailed to it, or by a link. Whoever asks learns the same, after the same
 * work, whether or not the address is known: only the mail makes a difference, and it goes to the person.
 */
export class IdentityChallenges {
  private readonly statements;
  private readonly limits = new Limits();
  private readonly underWay = new Set<Promise<void>>();

  constructor(private readonly parts: IdentityChallengesParts) {
    this.statements = prepare(parts.database);
  }

  /** @throws RateLimitError TOO_MANY_REQUESTS for an address that was asked about too often, known or not */
  start(order: ChallengeOrder): Challenge {
    const { hashes, now } = this.parts;
    const address = order.address.trim();
    this.limits.admit(hashes.of('address', address.toLowerCase()).toString('hex'), BY_ADDRESS);
    const subject = this.subjectAt(address);
    const challengeId = randomUUID();
    const code = randomInt(10 ** DIGITS)
      .toString()
      .padStart(DIGITS, '0');
    const endsAt = now() + MINUTES * 60_000;
    this.statements.removeEnded.run(now());
    this.statements.add.run(
      challengeId,
      this.codeHash(challengeId, code),
      subject ?? null,
      order.requestId ?? null,
      ATTEMPTS,
      endsAt,
    );
    const challenge = { challengeId, expiresAt: new Date(endsAt).toISOString() };
    this.afterTheAnswer(() => this.follow(order, challenge, subject, code));
    return challenge;
  }

  /** @throws AccessError CHALLENGE_ENDED, CODE_WRONG */
  answer(challengeId: string, code: string): Shown {
    const row = this.statements.attempt.get(challengeId, this.parts.now()) as Row | undefined;
    if (row === undefined) throw ended();
    const isRight = timingSafeEqual(row.codeHash, this.codeHash(challengeId, code.replace(/\s/g, '')));
    if (!isRight)
      throw new AccessError('CODE_WRONG', 'The code is not that of the newest mail', {
        nextStep: 'Look at the mail again; after five tries ask for a new code.',
      });
    return this.use(challengeId, 'email-code');
  }

  /** @param token from the mailed link @throws AccessError CHALLENGE_ENDED */
  answerLink(token: string): Shown {
    const [, challengeId, signature] = LINK_TOKEN.exec(token) ?? [];
    if (challengeId === undefined) throw ended();
    const expected = this.parts.hashes.of('link', challengeId);
    if (!timingSafeEqual(Buffer.from(signature, 'base64url'), expected)) throw ended();
    return this.use(challengeId, 'signed-link');
  }

  /** Nobody is to be let in as a person who was erased. */
  forget(subject: string): void {
    this.statements.forget.run(subject);
  }

  /** Resolves when every mail so far was handed over. */
  async idle(): Promise<void> {
    await Promise.all(this.underWay);
  }

  /** Takes the challenge away, so that it lets in once. */
  private use(challengeId: string, method: Shown['method']): Shown {
    const row = this.statements.use.get(challengeId, this.parts.now()) as
      Pick<Row, 'subject' | 'requestId'> | undefined;
    if (row === undefined || row.subject === null) throw ended();
    return { subject: row.subject, method, ...(row.requestId !== null && { requestId: row.requestId }) };
  }

  /** People write an address in other letters than it was stored in; both are looked up in any case. */
  private subjectAt(address: string): string | undefined {
    const asTyped = this.parts.vault.findSubject(address);
    const inLowerCase = this.parts.vault.findSubject(address.toLowerCase());
    return asTyped ?? inLowerCase;
  }

  private async follow(
    { locale, onKnown }: ChallengeOrder,
    { challengeId, expiresAt }: Challenge,
    subject: string | undefined,
    code: string,
  ): Promise<void> {
    const { vault, hashes, linkTo, controller, mailer } = this.parts;
    if (subject === undefined) {
      this.statements.touch.run(challengeId); // a durable write, as the mail is one
      return;
    }
    await onKnown?.(subject);
    const to = vault.externalIdsOf(subject).find(({ kind }) => kind === 'email')?.externalId;
    if (to === undefined) return;
    const link = linkTo(`${challengeId}.${hashes.of('link', challengeId).toString('base64url')}`);
    await mailer.send(
      { to, ...challengeMail(locale, { controller, code, link, minutes: MINUTES }) },
      { expiresAt },
    );
  }

  private afterTheAnswer(work: () => Promise<void>): void {
    const delay = (this.parts.delay ?? (() => randomInt(MOST_DELAY)))();
    const done = new Promise<void>((resolve) => setTimeout(resolve, delay))
      .then(work)
      .catch(this.parts.onFailure)
      .finally(() => this.underWay.delete(done));
    this.underWay.add(done);
  }

  /** Keyed: eight digits could be found from a plain hash by trying them all. */
  private codeHash(challengeId: string, code: string): Buffer {
    return this.parts.hashes.of('code', `${challengeId} ${code}`);
  }
}

function ended(): AccessError {
  return new AccessError('CHALLENGE_ENDED', 'The code or link was used, has expired, or is none', {
    nextStep: 'Ask for a new code.',
  });
}

function prepare(database: SqliteDatabase) {
  return {
    add: database.prepare('INSERT INTO challenges VALUES (?, ?, ?, ?, ?, ?)'),
    attempt: database.prepare(
      `UPDATE challenges SET attempts_left = attempts_left - 1 WHERE challenge_id = ? AND attempts_left > 0 AND ends_at > ?
       RETURNING code_hash AS codeHash, subject, request_id AS requestId`,
    ),
    use: database.prepare(
      `DELETE FROM challenges WHERE challenge_id = ? AND ends_at > ? RETURNING subject, request_id AS requestId`,
    ),
    touch: database.prepare('UPDATE challenges SET attempts_left = attempts_left WHERE challenge_id = ?'),
    forget: database.prepare('DELETE FROM challenges WHERE subject = ?'),
    removeEnded: database.prepare('DELETE FROM challenges WHERE ends_at <= ?'),
  };
}
