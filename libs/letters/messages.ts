import type { LetterName, RefusalGround, RequestKindView } from '#libs/portal-contract';

/** What a language has to say; one file a language. */
export interface Messages {
  readonly kinds: Readonly<Record<RequestKindView, string>>;
  readonly grounds: Readonly<Record<RefusalGround, string>>;
  readonly reasons: Readonly<Record<'complexity' | 'number-of-requests', string>>;
  readonly everything: string;
  readonly months: readonly string[];
  date(day: number, month: string, year: number): string;
  list(parts: readonly string[]): string;
  readonly greeting: string;
  closing(controller: string): string;
  reference(requestId: string): string;
  subject(letter: LetterName, kind: string): string;
  readonly lights: Readonly<Record<EscalationFacts['light'], string>>;
  escalation(told: {
    readonly kind: string;
    readonly light: string;
    readonly due: string;
    readonly requestId: string;
  }): Letter;
  /** Paragraphs. */
  readonly letters: Readonly<Record<LetterName, (told: ToldFacts) => readonly string[]>>;
}

/** Facts put into the words of a language. */
export interface ToldFacts {
  readonly kind: string;
  readonly received: string;
  readonly due: string;
  readonly reasons: string;
  readonly refusals: readonly string[];
  readonly authority: string | undefined;
  /** Whether the law is the CCPA: it knows other authorities, and no action of one’s own (Cal. Civ. Code § 1798.150(c), .199.45). */
  readonly isCcpa: boolean;
  readonly recipients: number;
  readonly isErasure: boolean;
}

export interface Letter {
  readonly subject: string;
  /** Plain text, paragraphs separated by empty lines. */
  readonly body: string;
}

/** What the data-protection officer is told when a deadline comes near, or is missed. */
export interface EscalationFacts {
  readonly requestId: string;
  readonly kind: RequestKindView;
  readonly light: 'amber' | 'red';
  readonly dueAt: string;
}
