import { QueueError } from './queue-error.js';

/** Value of LACUNA_QUEUE_PATIENCE, seconds. @throws QueueError QUEUE_PATIENCE_MALFORMED */
export function parsePatience(text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new QueueError('QUEUE_PATIENCE_MALFORMED', 'LACUNA_QUEUE_PATIENCE is not a number of seconds', {
    nextStep: 'Write a whole number, such as 300, or leave it away: jobs then wait for a worker.',
  });
}
