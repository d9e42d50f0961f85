import { describe, expect, it } from '@jest/globals';
import { CodedError } from '#libs/essentials';
import { errorFacts, openLog } from './index.js';

class SomeError extends CodedError<'SOMETHING_WRONG'> {}

function logged(write: (log: ReturnType<typeof openLog>) => void): string {
  let text = '';
  write(openLog({ name: 'test', level: 'debug', to: { write: (line: string) => (text += line) } }));
  return text;
}

describe('the log', () => {
  it('has the fields that are on the list, and no other', () => {
    const line = logged((log) => log.info({ code: 'A', subject: 'ana@example.org', status: 200 }, 'words'));
    expect(JSON.parse(line)).toMatchObject({ name: 'test', code: 'A', status: 200, msg: 'words' });
    expect(line).not.toContain('ana');
    expect(line).not.toContain('subject');
  });

  it('says of an error that is logged as it is nothing that stood in it', () => {
    const line = logged((log) => log.error(new Error('ana@example.org is unknown'), 'words'));
    expect(line).not.toContain('ana');
    expect(JSON.parse(line)).toMatchObject({ msg: 'words' });
  });

  it('tells of a coded error its code, counts, words of ours and the place', () => {
    const facts = { requestId: '7f1d9b1e', count: 3, found: 'ana@example.org', reason: 'Ana, of all people' };
    const error = new SomeError('SOMETHING_WRONG', 'Ana’s record', { facts, nextStep: 'Try again.' });
    const told = errorFacts(error);
    expect(told).toMatchObject({
      code: 'SOMETHING_WRONG',
      facts: { requestId: '7f1d9b1e', count: 3 },
      nextStep: 'Try again.',
    });
    expect(JSON.stringify(told)).not.toMatch(/ana/i);
    expect(JSON.stringify(told)).toContain('logging.spec');
  });

  it('names the cause by its code only', () => {
    const cause = Object.assign(new Error('no room for ana'), { code: 'ENOSPC' });
    expect(errorFacts(new SomeError('SOMETHING_WRONG', '', { cause }))).toMatchObject({ because: 'ENOSPC' });
    expect(errorFacts(cause)).toMatchObject({ reason: 'Error', system: 'ENOSPC' });
    expect(errorFacts('ana')).toEqual({ reason: 'not an error' });
  });
});
