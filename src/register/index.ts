export { RegisterModule } from './http/register.module.js';
export { registerCsv, RegisterDesk, RegisterError } from './register-desk.js';
