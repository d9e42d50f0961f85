export { LETTERS, LOCALES, renderEscalation, renderLetter, type LetterFacts, type Locale } from './letter.js';
export type { EscalationFacts, Letter } from './messages.js';
