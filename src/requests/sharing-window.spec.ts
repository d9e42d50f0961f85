import { describe, expect, it } from '@jest/globals';
import { isTimeToUnlearn } from './sharing-window.js';

const request = { receivedAt: '2026-01-31T10:00:00.000Z', dueAt: '2026-02-28T10:00:00.000Z' };

describe('the window in which requests share a rebuild', () => {
  it('is over when the first of them has waited for it', () => {
    const later = { ...request, receivedAt: '2026-01-31T10:50:00.000Z' };
    expect(isTimeToUnlearn([later, request], '2026-01-31T10:59:59.000Z', 60)).toBe(false);
    expect(isTimeToUnlearn([later, request], '2026-01-31T11:00:00.000Z', 60)).toBe(true);
  });

  it('is over a day before the first deadline, however long it is', () => {
    expect(isTimeToUnlearn([request], '2026-02-27T09:59:59.000Z', 1e6)).toBe(false);
    expect(isTimeToUnlearn([request], '2026-02-27T10:00:00.000Z', 1e6)).toBe(true);
  });

  it('is none by default, and nothing waits where nobody does', () => {
    expect(isTimeToUnlearn([request], request.receivedAt, 0)).toBe(true);
    expect(isTimeToUnlearn([], request.receivedAt, 0)).toBe(false);
  });
});
