import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { NOTHING_TO_DO, REFUSAL_GROUNDS } from '#libs/contracts';
import type { RefusalGround, RequestKindView } from '#libs/portal-contract';
import { LETTERS, LOCALES, renderEscalation, renderLetter, type LetterFacts } from './index.js';

const facts: LetterFacts = {
  controller: 'Example Shop Ltd',
  requestId: '7f1d9b1e-0000-4000-8000-000000000001',
  kind: 'erasure',
  regime: 'gdpr',
  receivedAt: '2026-01-31T23:30:00.000Z',
  dueAt: '2026-02-28T23:30:00.000Z',
  reasons: ['complexity', 'number-of-requests'],
  refused: [
    { category: 'invoices', ground: 'art-17-3-b-legal-obligation' },
    { category: 'everything', ground: 'art-12-6-identity-not-shown' },
  ],
  authority: 'Commission nationale de l’informatique et des libertés',
  recipients: 2,
};

describe('a letter', () => {
  it.each(LOCALES.flatMap((locale) => LETTERS.map((letter) => [locale, letter] as const)))(
    'in %s, %s, reads as it was agreed',
    (locale, letter) => {
      const { subject, body } = renderLetter(letter, locale, facts);
      const agreed = readFileSync(`test/vectors/letters/${letter}.${locale}.txt`, 'utf8');
      expect(`${subject}\n\n${body}`).toBe(agreed);
    },
  );

  it('tells every refusal its rights, also where no authority is named', () => {
    const unnamed = { ...facts, authority: undefined };
    expect(renderLetter('refused', 'en', unnamed).body).toContain(
      'the data-protection authority of the place where you live or work (Art. 77 GDPR)',
    );
    expect(renderLetter('refused', 'de', unnamed).body).toContain(
      'Ihres Wohn- oder Arbeitsorts zu beschweren (Art. 77 DSGVO)',
    );
    for (const locale of LOCALES) expect(renderLetter('refused', locale, unnamed).body).toContain('Art. 79');
  });

  it.each(LOCALES)(
    'in %s names no article of the GDPR, no court and no pause to somebody whose law is the CCPA',
    (locale) => {
      const refused = REFUSAL_GROUNDS.ccpa.map((ground) => ({ category: 'invoices', ground }));
      const californian: LetterFacts = { ...facts, regime: 'ccpa', refused };
      for (const letter of LETTERS) {
        const { body } = renderLetter(letter, locale, californian);
        expect(body).not.toMatch(
          /GDPR|DSGVO|Art\.|court|Gericht|deadline does not run|läuft die Frist nicht/,
        );
        expect(body).not.toMatch(/ [.;:,]|\(\)/);
      }
      const { body } = renderLetter('refused', locale, californian);
      expect(body).toMatch(/California Privacy Protection Agency.*Attorney General/);
      expect(body).not.toContain(facts.authority); // it is one of the GDPR
      for (const nth of [1, 2, 3, 4, 5, 6, 7, 8]) expect(body).toContain(`§ 1798.105(d)(${nth})`);
    },
  );

  it('speaks of models and certificates where something was unlearned, and of recipients where there are any', () => {
    const { body } = renderLetter('completed', 'en', { ...facts, kind: 'access', recipients: 0 });
    expect(body).not.toMatch(/model|certificate|recipient/);
    expect(renderLetter('completed', 'en', { ...facts, recipients: 1 }).body).toContain('the one recipient');
  });

  it('has words for every kind and ground, in every language, and no sentence of another', () => {
    const kinds: RequestKindView[] = [
      'access',
      'portability',
      'erasure',
      'rectification',
      'restriction',
      'objection',
      'withdrawal',
    ];
    const grounds: RefusalGround[] = [...REFUSAL_GROUNDS.gdpr, ...REFUSAL_GROUNDS.ccpa, ...NOTHING_TO_DO];
    for (const kind of kinds)
      for (const ground of grounds) {
        const refused = [{ category: 'orders', ground }];
        const [english, german] = LOCALES.map((locale) =>
          renderLetter('refused', locale, { ...facts, kind, refused }),
        );
        expect(`${english.subject}${english.body}`).not.toMatch(/undefined|DSGVO|Sie /);
        expect(`${german.subject}${german.body}`).not.toMatch(/undefined|GDPR| the /);
      }
  });
});

describe('a word to the data-protection officer', () => {
  const { requestId, kind, dueAt } = facts;

  it('holds facts only: which request, which kind, until when', () => {
    expect(renderEscalation('en', { requestId, kind, dueAt, light: 'amber' })).toEqual({
      subject: `A deadline comes near: request ${requestId}`,
      body: expect.stringContaining(
        `Request: ${requestId}\nKind: erasure of your data\nDue: 28 February 2026`,
      ),
    });
    expect(renderEscalation('de', { requestId, kind, dueAt, light: 'red' }).body).toContain(
      'Frist: 28. Februar 2026',
    );
  });
});
