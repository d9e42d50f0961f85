import { describe, expect, it } from '@jest/globals';
import { EventStoreError, VaultError } from '#libs/messaging';
import { refusals } from './refusals.js';

const { refusalOf, toError } = refusals({ VaultError });

describe('a coded error on its way between threads', () => {
  it('keeps class, code, message, facts and next step', () => {
    const thrown = new VaultError('KEY_UNKNOWN', 'no such key', {
      facts: { key: 'a' },
      nextStep: 'Look again.',
    });
    const arrived = toError(structuredClone(refusalOf(thrown)));
    expect(arrived).toBeInstanceOf(VaultError);
    expect(arrived).toMatchObject({
      name: 'VaultError',
      code: 'KEY_UNKNOWN',
      message: 'no such key',
      facts: { key: 'a' },
      nextStep: 'Look again.',
    });
  });

  it.each([
    new TypeError('a defect'),
    new EventStoreError('STORE_CLOSED', 'of a library that was not named'),
  ])('is thrown on when nobody at the other end knows it: %s', (error) => {
    expect(() => refusalOf(error)).toThrow(error);
  });
});
