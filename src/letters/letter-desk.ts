import { keyNames, type DataOf, type RefusedCategory, type RequestEvent } from '#libs/contracts';
import type { RequestState } from '#libs/erasure';
import { renderEscalation, renderLetter, type Letter, type LetterFacts, type Locale } from '#libs/letters';
import { namedEventId, streamNames, type EventStore, type RecordedEvent, type Vault } from '#libs/messaging';
import type { LetterName, LetterView } from '#libs/portal-contract';
import { MAIL_QUEUE, mailParcel } from '#platform/mail';
import type { Courier, Outbox } from '#platform/outbox';
import { LettersError } from './letters-error.js';
import type { Correspondence } from './ports.js';

export interface LetterSettings {
  readonly controller: string;
  readonly authority?: string;
  readonly locale: Locale;
  /** Who is told of deadlines. */
  readonly dpoAddress?: string;
}

export interface LetterDeskParts {
  readonly store: EventStore;
  readonly vault: Vault;
  readonly outbox: Outbox;
  readonly courier: Pick<Courier, 'wake'>;
  readonly correspondence: Correspondence;
  readonly settings: LetterSettings;
  /** ISO 8601. */
  readonly now: () => string;
}

type LetterSent = DataOf<'LetterSent'>;

/** Writes letters about requests and sends them to the person, as long as an address is known. */
export class LetterDesk {
  private readonly sent = new Map<string, LetterSent[]>();

  private constructor(private readonly parts: LetterDeskParts) {}

  static async open(parts: LetterDeskParts): Promise<LetterDesk> {
    const desk = new LetterDesk(parts);
    const filter = { streamPrefixes: [streamNames.prefixes.letters] };
    for await (const event of parts.store.readAll({ filter })) desk.apply(event.data as LetterSent);
    return desk;
  }

  /** The letter as it would be sent, or was sent last. @throws ErasureError REQUEST_UNKNOWN */
  async view(
    requestId: string,
    letter: LetterName,
    locale = this.parts.settings.locale,
  ): Promise<LetterView> {
    const { subject, body } = await this.write(requestId, letter, locale);
    const last = this.sentOf(requestId).findLast((one) => one.letter === letter);
    return { letter, locale, subject, body, ...(last !== undefined && { sentAt: last.sentAt }) };
  }

  /** Sends a letter to the person. @throws LettersError LETTER_ADDRESS_UNKNOWN; ErasureError REQUEST_UNKNOWN */
  async send(
    requestId: string,
    letter: LetterName,
    locale = this.parts.settings.locale,
  ): Promise<LetterView> {
    const { correspondence, now } = this.parts;
    const to = correspondence.addressOf(correspondence.request(requestId).subject);
    if (to === undefined)
      throw new LettersError('LETTER_ADDRESS_UNKNOWN', 'no mail address of the person is known', {
        facts: { requestId },
        nextStep: 'Add one with `lacuna subjects alias add`, or send the letter by other means.',
      });
    const sentAt = now();
    await this.post(to, await this.write(requestId, letter, locale), { requestId, letter, locale, sentAt });
    return this.view(requestId, letter, locale);
  }

  /**
   * Seals the last letter to somebody who is about to be erased, for afterwards nobody knows the address. It is sent when the request is
   * closed. Idempotent.
   */
  async prepareFarewell({ requestId, subject, kind }: RequestState): Promise<void> {
    const { correspondence, vault, outbox, settings } = this.parts;
    const to = kind === 'erasure' ? correspondence.addressOf(subject) : undefined;
    const keyName = keyNames.notices(requestId);
    if (to === undefined || vault.keyState(keyName) === 'destroyed') return;
    const letter = await this.write(requestId, 'completed', settings.locale);
    vault.ensureKey(keyName);
    const named = { id: farewellId(requestId), keyName, reference: requestId, held: true };
    outbox.put(mailParcel({ to, subject: letter.subject, text: letter.body }, named));
  }

  /** Lets the last letter go, if one was sealed. @returns whether there was one */
  async sendFarewell(requestId: string, because: string): Promise<boolean> {
    const { outbox, courier, settings, now } = this.parts;
    if (outbox.find(farewellId(requestId)) === undefined) return false;
    outbox.release(MAIL_QUEUE, requestId);
    await this.record({ requestId, letter: 'completed', locale: settings.locale, because, sentAt: now() });
    courier.wake();
    return true;
  }

  /** Sends what an event asks for, once; nothing where no address is known. */
  async follow(letter: LetterName, { data, id }: RecordedEvent): Promise<void> {
    const { requestId } = data as { requestId: string };
    const { correspondence, settings, now } = this.parts;
    const to = correspondence.addressOf(correspondence.request(requestId).subject);
    if (to === undefined || this.wasSentBecauseOf(requestId, id)) return;
    const { locale } = settings;
    const written = await this.write(requestId, letter, locale);
    await this.post(to, written, { requestId, letter, locale, because: id, sentAt: now() });
  }

  /** Tells the data-protection officer of a deadline, once each light. */
  async escalate({ data, id }: RecordedEvent): Promise<void> {
    const { requestId, light, dueAt } = data as DataOf<'EscalationRaised'>;
    const { dpoAddress, locale } = this.parts.settings;
    if (dpoAddress === undefined || this.wasSentBecauseOf(requestId, id)) return;
    const { kind } = this.parts.correspondence.request(requestId);
    const written = renderEscalation(locale, { requestId, kind, light, dueAt });
    const letter = `escalation-${light}`;
    await this.post(dpoAddress, written, {
      requestId,
      letter,
      locale,
      because: id,
      sentAt: this.parts.now(),
    });
  }

  wasSentBecauseOf(requestId: string, eventId: string): boolean {
    return this.sentOf(requestId).some(({ because }) => because === eventId);
  }

  private async write(requestId: string, letter: LetterName, locale: Locale): Promise<Letter> {
    return renderLetter(letter, locale, await this.factsOf(requestId, letter));
  }

  private async factsOf(requestId: string, letter: LetterName): Promise<LetterFacts> {
    const { correspondence, settings } = this.parts;
    const state = correspondence.request(requestId);
    const { kind, regime, receivedAt, dueAt } = state;
    return {
      controller: settings.controller,
      authority: settings.authority,
      requestId,
      kind,
      regime,
      receivedAt,
      dueAt,
      refused: refusedOf(state),
      recipients: correspondence.recipients(requestId),
      ...(letter === 'extended' && { reasons: await this.reasonsOf(requestId) }),
    };
  }

  private async reasonsOf(requestId: string): Promise<DataOf<'DeadlineExtended'>['reasons']> {
    for await (const event of this.parts.store.readStream(streamNames.request(requestId))) {
      const { type, data } = event as unknown as RequestEvent;
      if (type === 'DeadlineExtended') return data.reasons;
    }
    return [];
  }

  /** The mail is durable before it is written down that it was sent; a crash in between sends it once more at most. */
  private async post(to: string, { subject, body }: Letter, sent: LetterSent): Promise<void> {
    const { outbox, courier } = this.parts;
    const { requestId, letter, because, sentAt } = sent;
    const id = namedEventId('Letter', requestId, letter, because ?? sentAt);
    outbox.put(mailParcel({ to, subject, text: body }, { id, keyName: keyNames.outbox, reference: id }));
    await this.record(sent);
    courier.wake();
  }

  private async record(sent: LetterSent): Promise<void> {
    const { requestId, letter, because, sentAt } = sent;
    const id = namedEventId('LetterSent', requestId, letter, because ?? sentAt);
    await this.parts.store.append(streamNames.letters(requestId), [{ id, type: 'LetterSent', data: sent }]);
    this.apply(sent);
  }

  private sentOf(requestId: string): readonly LetterSent[] {
    return this.sent.get(requestId) ?? [];
  }

  private apply(sent: LetterSent): void {
    this.sent.set(sent.requestId, [...this.sentOf(sent.requestId), sent]);
  }
}

function farewellId(requestId: string): string {
  return namedEventId('Farewell', requestId);
}

/** Why nothing was done, in the terms of a letter; what staff have refused where they did. */
function refusedOf(state: RequestState): readonly RefusedCategory[] {
  if (state.refused.length > 0) return state.refused;
  const reason = 'reason' in state ? state.reason : undefined;
  if (reason === undefined) return [];
  const ground = reason === 'SUBJECT_ALREADY_ERASED' ? 'already-erased' : 'nothing-stored';
  return [{ category: 'everything', ground }];
}
