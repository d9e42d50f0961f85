import { describe, expect, it } from '@jest/globals';
import { Readiness, type Need } from './readiness.js';

const met = (code: string): Need => ({ code, isMet: () => true });
const unmet = (code: string): Need => ({ code, isMet: async () => false });

describe('readiness', () => {
  it('misses nothing when every need is met', async () =>
    expect(await new Readiness([met('A'), met('B')]).missing()).toEqual([]));

  it('names what is missing, in order, and counts what fails as missing', async () => {
    const failing: Need = {
      code: 'B',
      isMet: () => {
        throw new Error('with somebody’s address in it');
      },
    };
    expect(await new Readiness([unmet('A'), failing, met('C')]).missing()).toEqual(['A', 'B']);
  });

  it('does not wait for ever', async () => {
    const silent: Need = { code: 'A', isMet: () => new Promise(() => {}) };
    expect(await new Readiness([silent, met('B')]).missing()).toEqual(['A']);
  });

  it('does not ask anew for everybody who asks', async () => {
    let asked = 0;
    let now = 0;
    const counted: Need = { code: 'A', isMet: () => ++asked > 0 };
    const readiness = new Readiness([counted], () => now);
    await Promise.all([readiness.missing(), readiness.missing()]);
    expect(asked).toBe(1);
    now = 1000;
    await readiness.missing();
    expect(asked).toBe(2);
  });
});
