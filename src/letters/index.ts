export { AutomaticLetters } from './automatic-letters.js';
export { LetterDesk, type LetterDeskParts, type LetterSettings } from './letter-desk.js';
export { LettersError, type LettersErrorCode } from './letters-error.js';
export type { Correspondence } from './ports.js';
