export { registerCsv, RegisterDesk, RegisterError } from './register-desk.js';
