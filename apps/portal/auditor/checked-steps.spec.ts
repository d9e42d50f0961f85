import { describe, expect, it } from '@jest/globals';
import { CodedError } from '#libs/essentials';
import { takeSteps } from './checked-steps.js';

class ExampleError extends CodedError<'NOT_EQUAL'> {}

const NAMES = ['read', 'compare', 'sign'] as const;
const statesOf = ({ steps }: { readonly steps: readonly { readonly state: string }[] }) =>
  steps.map(({ state }) => state);

describe('the steps of a verification', () => {
  it('all hold when it ends', async () => {
    const checked = await takeSteps(NAMES, () => 'report');
    expect([statesOf(checked), checked.result]).toEqual([['verified', 'verified', 'verified'], 'report']);
  });

  it('show the one that was refused, and those that were never looked at', async () => {
    const checked = await takeSteps(NAMES, (hold) => {
      hold('read');
      throw new ExampleError('NOT_EQUAL', 'the two differ');
    });
    expect(statesOf(checked)).toEqual(['verified', 'refused', 'waiting']);
    expect([checked.refusal?.code, checked.result]).toEqual(['NOT_EQUAL', undefined]);
  });

  it('hide no mistake of our own', async () => {
    await expect(
      takeSteps(NAMES, () => {
        throw new TypeError('ours');
      }),
    ).rejects.toThrow('ours');
  });
});
