/** On which grounds each law lets a request be refused; the names are stored. */
export const REFUSAL_GROUNDS = {
  /** GDPR Art. 17(3), 12(5), 12(2) and (6) */
  gdpr: [
    'art-17-3-a-expression',
    'art-17-3-b-legal-obligation',
    'art-17-3-c-public-health',
    'art-17-3-d-archiving',
    'art-17-3-e-legal-claims',
    'art-12-5-manifestly-unfounded',
    'art-12-6-identity-not-shown',
  ],
  /** Cal. Civ. Code § 1798.105(d)(1)–(8), .145(a), .145(h)(3), .140(ak), as amended by the CPRA */
  ccpa: [
    'ccpa-105-d-1-transaction',
    'ccpa-105-d-2-security',
    'ccpa-105-d-3-debugging',
    'ccpa-105-d-4-free-speech',
    'ccpa-105-d-5-calecpa',
    'ccpa-105-d-6-research',
    'ccpa-105-d-7-internal-uses',
    'ccpa-105-d-8-legal-obligation',
    'ccpa-145-a-legal-claims',
    'ccpa-145-h-manifestly-unfounded',
    'ccpa-140-ak-identity-not-shown',
  ],
} as const;

/** Under any law. */
export const NOTHING_TO_DO = ['nothing-stored', 'already-erased'] as const;
