const INTERACTIONS = 'interactions-';

/** The streams of DESIGN §5. Subject ids are random pseudonyms; nothing here names a person. */
export const streamNames = {
  catalogue: (item: string) => `catalogue-${item}`,
  subject: (subject: string) => `subject-${subject}`,
  interactions: (subject: string, generation: number) => `${INTERACTIONS}${subject}~${generation}`,
  request: (requestId: string) => `request-${requestId}`,
  hold: (holdId: string) => `hold-${holdId}`,
  model: (line: string) => `model-${line}`,
  measured: (line: string) => `measured-${line}`,
  rebuild: (rebuildId: string) => `rebuild-${rebuildId}`,
  ledger: (origin: string) => `ledger-${origin}`,
  /** Ids of staff begin with `staff-` themselves. */
  staff: (staffId: `staff-${string}`) => staffId,
  letters: (requestId: string) => `letters-${requestId}`,
  standard: (requestId: string) => `standard-${requestId}`,
  recipient: (recipientId: string) => `recipient-${recipientId}`,
  prefixes: {
    catalogue: 'catalogue-',
    subject: 'subject-',
    interactions: INTERACTIONS,
    request: 'request-',
    hold: 'hold-',
    model: 'model-',
    measured: 'measured-',
    rebuild: 'rebuild-',
    ledger: 'ledger-',
    staff: 'staff-',
    letters: 'letters-',
    standard: 'standard-',
    recipient: 'recipient-',
  },
} as const;

/** The subject of a `subject-…` or `interactions-…~n` stream. */
export function subjectOfStream(stream: string): string {
  const name = stream.slice(stream.indexOf('-') + 1);
  const generationAt = name.lastIndexOf('~');
  return generationAt < 0 ? name : name.slice(0, generationAt);
}

/** The generation of an `interactions-…~n` stream. */
export function generationOfStream(stream: string): number {
  return Number(stream.slice(stream.lastIndexOf('~') + 1));
}
