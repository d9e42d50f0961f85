import type { LetterName, RefusedCategory, RequestKindView } from '#libs/portal-contract';
import { de } from './messages-de.js';
import { en } from './messages-en.js';
import type { EscalationFacts, Letter, Messages, ToldFacts } from './messages.js';

export const LOCALES = ['en', 'de'] as const;
export type Locale = (typeof LOCALES)[number];

export const LETTERS = [
  'received',
  'extended',
  'refused',
  'completed',
  'identity-doubted',
] as const satisfies LetterName[];

/** What letters can tell; nothing of it names the person. Times are ISO 8601. */
export interface LetterFacts {
  readonly controller: string;
  readonly requestId: string;
  readonly kind: RequestKindView;
  /** By whose law it is answered. */
  readonly regime: 'gdpr' | 'ccpa';
  readonly receivedAt: string;
  readonly dueAt: string;
  /** Of an extension. */
  readonly reasons?: readonly ('complexity' | 'number-of-requests')[];
  /** Of a refusal, whole or in part. */
  readonly refused?: readonly RefusedCategory[];
  /** Supervisory authority under the GDPR; without it letters speak of the one of the place where the person lives. */
  readonly authority?: string;
  /** How many recipients are told (GDPR Art. 19). */
  readonly recipients?: number;
}

const MESSAGES: Readonly<Record<Locale, Messages>> = { en, de };

/**
 * Writes a letter of a request. The same facts give the same words, whatever machine and time zone; dates are in UTC.
 *
 * @example
 * const { subject, body } = renderLetter('received', 'de', facts);
 */
export function renderLetter(letter: LetterName, locale: Locale, facts: LetterFacts): Letter {
  const messages = MESSAGES[locale];
  const { controller, requestId, kind, regime } = facts;
  const paragraphs = [
    messages.greeting,
    ...messages.letters[letter](told(facts, messages)).map((text) => underLaw(text, regime)),
    messages.reference(requestId),
    messages.closing(controller),
  ];
  return { subject: messages.subject(letter, messages.kinds[kind]), body: `${paragraphs.join('\n\n')}\n` };
}

/** Writes to the data-protection officer about a deadline. */
export function renderEscalation(locale: Locale, { requestId, kind, light, dueAt }: EscalationFacts): Letter {
  const messages = MESSAGES[locale];
  const due = dateOf(dueAt, messages);
  return messages.escalation({ kind: messages.kinds[kind], light: messages.lights[light], due, requestId });
}

function told(facts: LetterFacts, messages: Messages): ToldFacts {
  const { kind, regime, receivedAt, dueAt, reasons = [], refused = [], authority, recipients = 0 } = facts;
  return {
    kind: messages.kinds[kind],
    received: dateOf(receivedAt, messages),
    due: dateOf(dueAt, messages),
    reasons: messages.list(reasons.map((reason) => messages.reasons[reason])),
    refusals: refused.map(
      ({ category, ground }) =>
        `${category === 'everything' ? messages.everything : category}: ${messages.grounds[ground]}`,
    ),
    authority,
    isCcpa: regime === 'ccpa',
    recipients,
    isErasure: kind === 'erasure' || kind === 'withdrawal',
  };
}

/** Articles of the GDPR say nothing to somebody whose request is answered by another law. */
function underLaw(text: string, regime: LetterFacts['regime']): string {
  return regime === 'gdpr' ? text : text.replaceAll(/ \(Art\. [^\n]*? (?:GDPR|DSGVO)\)/g, '');
}

function dateOf(iso: string, messages: Messages): string {
  const date = new Date(iso);
  return messages.date(date.getUTCDate(), messages.months[date.getUTCMonth()], date.getUTCFullYear());
}
