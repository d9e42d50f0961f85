export { registerEntryOf, registerOf, type Period, type RegisterEntry } from './register.js';
