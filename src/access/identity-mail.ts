export type Locale = 'en' | 'de';

export interface ChallengeMail {
  readonly controller: string;
  readonly code: string;
  readonly link: string;
  readonly minutes: number;
}

const grouped = (code: string): string => code.replace(/(?=(....)+$)(?!^)/g, ' ');

const SUBJECT: Readonly<Record<Locale, (mail: ChallengeMail) => string>> = {
  en: ({ controller }) => `Your code for ${controller}`,
  de: ({ controller }) => `Ihr Code für ${controller}`,
};

const TEXT: Readonly<Record<Locale, (mail: ChallengeMail) => string>> = {
  en: ({
    controller,
    code,
    link,
    minutes,
  }) => `Somebody, probably you, asked ${controller} to show or change your data.

Your code: ${grouped(code)}

Or open this link:
${link}

Code and link work once, within ${minutes} minutes. If it was not you, there is nothing to do:
nobody gets in without this mail. Never give the code to anybody who asks for it.
`,
  de: ({
    controller,
    code,
    link,
    minutes,
  }) => `Jemand, vermutlich Sie, hat ${controller} gebeten, Ihre Daten zu zeigen oder zu ändern.

Ihr Code: ${grouped(code)}

Oder öffnen Sie diesen Link:
${link}

Code und Link gelten einmal, für ${minutes} Minuten. Waren Sie es nicht, müssen Sie nichts tun:
Ohne diese Mail kommt niemand hinein. Geben Sie den Code niemandem, der danach fragt.
`,
};

/** The mail by which a person shows that an address is theirs. */
export function challengeMail(
  locale: Locale,
  mail: ChallengeMail,
): { readonly subject: string; readonly text: string } {
  return { subject: SUBJECT[locale](mail), text: TEXT[locale](mail) };
}
