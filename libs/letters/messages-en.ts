import type { Messages } from './messages.js';

export const en: Messages = {
  kinds: {
    access: 'access to your data',
    portability: 'a copy of your data to take elsewhere',
    erasure: 'erasure of your data',
    rectification: 'correction of your data',
    restriction: 'restriction of processing',
    objection: 'objection to processing',
    withdrawal: 'withdrawal of consent',
  },
  grounds: {
    'art-17-3-a-expression': 'it is needed for freedom of expression and information (Art. 17(3)(a) GDPR)',
    'art-17-3-b-legal-obligation': 'the law obliges us to keep it (Art. 17(3)(b) GDPR)',
    'art-17-3-c-public-health': 'it is needed in the interest of public health (Art. 17(3)(c) GDPR)',
    'art-17-3-d-archiving':
      'it is needed for archiving, research or statistics in the public interest (Art. 17(3)(d) GDPR)',
    'art-17-3-e-legal-claims': 'it is needed for legal claims (Art. 17(3)(e) GDPR)',
    'art-12-5-manifestly-unfounded': 'the request is manifestly unfounded or excessive (Art. 12(5) GDPR)',
    'art-12-6-identity-not-shown': 'we could not establish who is asking (Art. 12(2) and (6) GDPR)',
    'ccpa-105-d-1-transaction':
      'it is needed to complete a transaction, honour a warranty or perform a contract with you (Cal. Civ. Code § 1798.105(d)(1))',
    'ccpa-105-d-2-security': 'it helps to ensure security and integrity (Cal. Civ. Code § 1798.105(d)(2))',
    'ccpa-105-d-3-debugging': 'it is needed to find and repair errors (Cal. Civ. Code § 1798.105(d)(3))',
    'ccpa-105-d-4-free-speech':
      'it is needed for free speech, or for another right provided for by law (Cal. Civ. Code § 1798.105(d)(4))',
    'ccpa-105-d-5-calecpa':
      'the California Electronic Communications Privacy Act requires it (Cal. Civ. Code § 1798.105(d)(5))',
    'ccpa-105-d-6-research':
      'it is needed for research to which you have given informed consent (Cal. Civ. Code § 1798.105(d)(6))',
    'ccpa-105-d-7-internal-uses':
      'we use it internally only, and as you can expect from your relationship with us (Cal. Civ. Code § 1798.105(d)(7))',
    'ccpa-105-d-8-legal-obligation': 'the law obliges us to keep it (Cal. Civ. Code § 1798.105(d)(8))',
    'ccpa-145-a-legal-claims':
      'it is needed to exercise or defend legal claims (Cal. Civ. Code § 1798.145(a))',
    'ccpa-145-h-manifestly-unfounded':
      'the request is manifestly unfounded or excessive (Cal. Civ. Code § 1798.145(h)(3))',
    'ccpa-140-ak-identity-not-shown': 'we could not verify who is asking (Cal. Civ. Code § 1798.140(ak))',
    'nothing-stored': 'we hold no such data about you',
    'already-erased': 'it has been erased already',
  },
  reasons: {
    complexity: 'your request is complex',
    'number-of-requests': 'we have received many requests',
  },
  everything: 'Everything you asked for',
  months: [
    'January',
    'February',
    'March',
    'April',
    'May',
    'June',
    'July',
    'August',
    'September',
    'October',
    'November',
    'December',
  ],
  date: (day, month, year) => `${day} ${month} ${year}`,
  list: (parts) => parts.join(' and '),
  greeting: 'Hello,',
  closing: (controller) => `Kind regards\n${controller}`,
  reference: (requestId) =>
    `Your request has the number ${requestId}. Please keep it: with it you can follow the request and ask us about it.`,
  subject: (letter, kind) =>
    ({
      received: `We have received your request: ${kind}`,
      extended: `We need more time for your request: ${kind}`,
      refused: `Our decision on your request: ${kind}`,
      completed: `Your request is completed: ${kind}`,
      'identity-doubted': `Please show us who you are: ${kind}`,
    })[letter],
  lights: { amber: 'A deadline comes near', red: 'A deadline is about to be missed, or was missed' },
  escalation: ({ kind, light, due, requestId }) => ({
    subject: `${light}: request ${requestId}`,
    body: `${light}.\n\nRequest: ${requestId}\nKind: ${kind}\nDue: ${due}\n\nThe queue in the console shows what it waits for.\n`,
  }),
  letters: {
    received: ({ kind, received, due }) => [
      `On ${received} we received your request (${kind}).`,
      `We will tell you by ${due} what we have done. If we should need longer, we will tell you by then, and why.`,
      'If you did not make this request, please let us know at once.',
    ],
    extended: ({ kind, received, due, reasons, isCcpa }) => [
      `On ${received} we received your request (${kind}). We need more time for it, because ${reasons}.`,
      `The new date is ${due} (${isCcpa ? 'Cal. Civ. Code § 1798.130(a)(2)(A)' : 'Art. 12(3) GDPR'}).`,
      ...(isCcpa ? [] : ['You may complain to a supervisory authority or go to court if you do not agree.']),
    ],
    refused: ({ kind, received, refusals, authority, isCcpa }) => [
      `On ${received} we received your request (${kind}). We cannot do what is listed here, for the reason beside it:`,
      refusals.map((refusal) => `- ${refusal}`).join('\n'),
      ...(isCcpa
        ? [
            'You may complain to the California Privacy Protection Agency (Cal. Civ. Code § 1798.199.45) or to the Attorney General of California.',
          ]
        : [
            `You have the right to complain to ${authority ?? 'the data-protection authority of the place where you live or work'} (Art. 77 GDPR).`,
            'You also have the right to go to court (Art. 79 GDPR).',
          ]),
    ],
    completed: ({ kind, received, isErasure, recipients }) => [
      `Your request of ${received} (${kind}) is completed.`,
      ...(isErasure
        ? [
            'The records are destroyed, and the parts of our models that had learned from them were built anew without them. A signed certificate of this is at your request; anybody can verify it without us.',
          ]
        : []),
      ...(recipients > 0
        ? [
            `We tell ${recipients === 1 ? 'the one recipient' : `the ${recipients} recipients`} to whom we had disclosed the data (Art. 19 GDPR). Ask us, and we tell you who they are.`,
          ]
        : []),
    ],
    'identity-doubted': ({ kind, received, isCcpa }) => [
      `On ${received} we received your request (${kind}). Before we act on it, we have to be sure that it comes from the person whom the data is about (Art. 12(6) GDPR).`,
      'Please sign in to the privacy portal, or answer this message with what you can show us. Send no copies of identity papers before we have asked for them.',
      ...(isCcpa ? [] : ['The deadline does not run while we wait for you.']),
    ],
  },
};
