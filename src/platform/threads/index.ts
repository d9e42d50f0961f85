export { refusals, type Refusal, type Refusals } from './refusals.js';
