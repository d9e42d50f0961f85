import type { Messages } from './messages.js';

export const de: Messages = {
  kinds: {
    access: 'Auskunft über Ihre Daten',
    portability: 'Kopie Ihrer Daten zur Mitnahme',
    erasure: 'Löschung Ihrer Daten',
    rectification: 'Berichtigung Ihrer Daten',
    restriction: 'Einschränkung der Verarbeitung',
    objection: 'Widerspruch gegen die Verarbeitung',
    withdrawal: 'Widerruf Ihrer Einwilligung',
  },
  grounds: {
    'art-17-3-a-expression':
      'Das ist für die Freiheit der Meinungsäußerung und Information erforderlich (Art. 17 Abs. 3 Buchst. a DSGVO)',
    'art-17-3-b-legal-obligation':
      'Wir sind gesetzlich verpflichtet, sie aufzubewahren (Art. 17 Abs. 3 Buchst. b DSGVO)',
    'art-17-3-c-public-health':
      'Das öffentliche Interesse an der Gesundheit erfordert sie (Art. 17 Abs. 3 Buchst. c DSGVO)',
    'art-17-3-d-archiving':
      'Sie sind für Archiv-, Forschungs- oder Statistikzwecke im öffentlichen Interesse erforderlich (Art. 17 Abs. 3 Buchst. d DSGVO)',
    'art-17-3-e-legal-claims': 'Sie sind für Rechtsansprüche erforderlich (Art. 17 Abs. 3 Buchst. e DSGVO)',
    'art-12-5-manifestly-unfounded':
      'Der Antrag ist offenkundig unbegründet oder exzessiv (Art. 12 Abs. 5 DSGVO)',
    'art-12-6-identity-not-shown':
      'Wir konnten nicht feststellen, wer den Antrag stellt (Art. 12 Abs. 2 und 6 DSGVO)',
    'ccpa-105-d-1-transaction':
      'Sie sind nötig, um ein Geschäft abzuschließen, eine Garantie oder einen Vertrag mit Ihnen zu erfüllen (Cal. Civ. Code § 1798.105(d)(1))',
    'ccpa-105-d-2-security': 'Sie dienen der Sicherheit und Unversehrtheit (Cal. Civ. Code § 1798.105(d)(2))',
    'ccpa-105-d-3-debugging':
      'Sie sind nötig, um Fehler zu finden und zu beheben (Cal. Civ. Code § 1798.105(d)(3))',
    'ccpa-105-d-4-free-speech':
      'Die Redefreiheit oder ein anderes gesetzliches Recht erfordert sie (Cal. Civ. Code § 1798.105(d)(4))',
    'ccpa-105-d-5-calecpa':
      'Der California Electronic Communications Privacy Act verlangt es (Cal. Civ. Code § 1798.105(d)(5))',
    'ccpa-105-d-6-research':
      'Sie sind für Forschung erforderlich, in die Sie eingewilligt haben (Cal. Civ. Code § 1798.105(d)(6))',
    'ccpa-105-d-7-internal-uses':
      'Wir verwenden sie nur intern und so, wie Sie es nach Ihrem Verhältnis zu uns erwarten können (Cal. Civ. Code § 1798.105(d)(7))',
    'ccpa-105-d-8-legal-obligation':
      'Wir sind gesetzlich verpflichtet, sie aufzubewahren (Cal. Civ. Code § 1798.105(d)(8))',
    'ccpa-145-a-legal-claims':
      'Sie sind nötig, um Rechtsansprüche geltend zu machen oder abzuwehren (Cal. Civ. Code § 1798.145(a))',
    'ccpa-145-h-manifestly-unfounded':
      'Der Antrag ist offenkundig unbegründet oder exzessiv (Cal. Civ. Code § 1798.145(h)(3))',
    'ccpa-140-ak-identity-not-shown':
      'Wir konnten nicht prüfen, wer den Antrag stellt (Cal. Civ. Code § 1798.140(ak))',
    'nothing-stored': 'Wir haben solche Daten über Sie nicht gespeichert',
    'already-erased': 'Sie sind bereits gelöscht',
  },
  reasons: {
    complexity: 'Ihr Antrag aufwendig ist',
    'number-of-requests': 'uns viele Anträge erreicht haben',
  },
  everything: 'Alles, worum Sie gebeten haben',
  months: [
    'Januar',
    'Februar',
    'März',
    'April',
    'Mai',
    'Juni',
    'Juli',
    'August',
    'September',
    'Oktober',
    'November',
    'Dezember',
  ],
  date: (day, month, year) => `${day}. ${month} ${year}`,
  list: (parts) => parts.join(' und '),
  greeting: 'Guten Tag,',
  closing: (controller) => `Mit freundlichen Grüßen\n${controller}`,
  reference: (requestId) =>
    `Ihr Antrag hat die Nummer ${requestId}. Bitte bewahren Sie sie auf: Damit können Sie den Antrag verfolgen und bei uns nachfragen.`,
  subject: (letter, kind) =>
    ({
      received: `Ihr Antrag ist eingegangen: ${kind}`,
      extended: `Wir brauchen mehr Zeit für Ihren Antrag: ${kind}`,
      refused: `Unsere Entscheidung über Ihren Antrag: ${kind}`,
      completed: `Ihr Antrag ist erledigt: ${kind}`,
      'identity-doubted': `Bitte weisen Sie sich aus: ${kind}`,
    })[letter],
  lights: { amber: 'Eine Frist rückt näher', red: 'Eine Frist ist fast oder ganz verstrichen' },
  escalation: ({ kind, light, due, requestId }) => ({
    subject: `${light}: Antrag ${requestId}`,
    body: `${light}.\n\nAntrag: ${requestId}\nArt: ${kind}\nFrist: ${due}\n\nWorauf er wartet, steht in der Konsole.\n`,
  }),
  letters: {
    received: ({ kind, received, due }) => [
      `am ${received} ist Ihr Antrag bei uns eingegangen (${kind}).`,
      `Bis zum ${due} teilen wir Ihnen mit, was wir veranlasst haben. Sollten wir länger brauchen, sagen wir Ihnen das bis dahin, mit den Gründen.`,
      'Wenn Sie diesen Antrag nicht gestellt haben, geben Sie uns bitte sofort Bescheid.',
    ],
    extended: ({ kind, received, due, reasons, isCcpa }) => [
      `am ${received} ist Ihr Antrag bei uns eingegangen (${kind}). Wir brauchen dafür mehr Zeit, weil ${reasons}.`,
      `Der neue Termin ist der ${due} (${isCcpa ? 'Cal. Civ. Code § 1798.130(a)(2)(A)' : 'Art. 12 Abs. 3 DSGVO'}).`,
      ...(isCcpa
        ? []
        : [
            'Wenn Sie damit nicht einverstanden sind, können Sie sich bei einer Aufsichtsbehörde beschweren oder ein Gericht anrufen.',
          ]),
    ],
    refused: ({ kind, received, refusals, authority, isCcpa }) => [
      `am ${received} ist Ihr Antrag bei uns eingegangen (${kind}). Dem hier Genannten können wir nicht nachkommen, aus dem Grund, der daneben steht:`,
      refusals.map((refusal) => `- ${refusal}`).join('\n'),
      ...(isCcpa
        ? [
            'Sie können sich bei der California Privacy Protection Agency (Cal. Civ. Code § 1798.199.45) oder beim Attorney General von Kalifornien beschweren.',
          ]
        : [
            authority === undefined
              ? 'Sie haben das Recht, sich bei der Datenschutz-Aufsichtsbehörde Ihres Wohn- oder Arbeitsorts zu beschweren (Art. 77 DSGVO).'
              : `Sie haben das Recht, sich bei der zuständigen Aufsichtsbehörde zu beschweren (Art. 77 DSGVO): ${authority}.`,
            'Außerdem haben Sie das Recht, ein Gericht anzurufen (Art. 79 DSGVO).',
          ]),
    ],
    completed: ({ kind, received, isErasure, recipients }) => [
      `Ihr Antrag vom ${received} (${kind}) ist erledigt.`,
      ...(isErasure
        ? [
            'Die Datensätze sind vernichtet, und die Teile unserer Modelle, die daraus gelernt hatten, wurden ohne sie neu gebildet. Eine signierte Bescheinigung darüber liegt bei Ihrem Antrag; alle können sie ohne uns prüfen.',
          ]
        : []),
      ...(recipients > 0
        ? [
            `Wir unterrichten ${recipients === 1 ? 'den einen Empfänger, dem' : `die ${recipients} Empfänger, denen`} wir die Daten offengelegt hatten (Art. 19 DSGVO). Auf Wunsch nennen wir sie Ihnen.`,
          ]
        : []),
    ],
    'identity-doubted': ({ kind, received, isCcpa }) => [
      `am ${received} ist Ihr Antrag bei uns eingegangen (${kind}). Bevor wir tätig werden, müssen wir sicher sein, dass er von der Person kommt, um deren Daten es geht (Art. 12 Abs. 6 DSGVO).`,
      'Bitte melden Sie sich im Datenschutz-Portal an, oder antworten Sie auf diese Nachricht mit dem, was Sie vorweisen können. Schicken Sie keine Ausweiskopien, bevor wir darum gebeten haben.',
      ...(isCcpa ? [] : ['Solange wir auf Sie warten, läuft die Frist nicht.']),
    ],
  },
};
