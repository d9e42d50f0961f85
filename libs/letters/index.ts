export { LETTERS, LOCALES, renderLetter, type Letter, type LetterFacts, type Locale } from './letter.js';
