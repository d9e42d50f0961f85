import { describe, expect, it } from '@jest/globals';
import type { PartView } from '#libs/portal-contract';
import { inReadingOrder, progressOf, standingOf } from './progress.js';

const parts = (...states: PartView['state'][]): PartView[] =>
  states.map((state) => ({ part: 'shards', state }));

describe('how a request stands', () => {
  it('is never completed while a part is not', () => {
    expect(standingOf({ phase: 'completed', parts: parts('done', 'running') })).toBe('partly-done');
    expect(standingOf({ phase: 'completed', parts: parts('done', 'waiting') })).toBe('partly-done');
    expect(standingOf({ phase: 'completed', parts: parts('done', 'failed') })).toBe('failed');
  });
  it('is completed when every part is done or was not needed', () =>
    expect(standingOf({ phase: 'completed', parts: parts('done', 'not-needed') })).toBe('completed'));
  it('is in progress before the first part is done, and partly done after', () => {
    expect(standingOf({ phase: 'in-progress', parts: parts('running', 'waiting') })).toBe('in-progress');
    expect(standingOf({ phase: 'in-progress', parts: parts('done', 'waiting') })).toBe('partly-done');
  });
  it('is what the phase says elsewhere', () =>
    expect(standingOf({ phase: 'on-hold', parts: parts('done', 'waiting') })).toBe('on-hold'));
});

it('progress counts only what there is to do', () =>
  expect(progressOf(parts('done', 'not-needed', 'running'))).toEqual({ done: 1, of: 2 }));

it('open requests come first, and the newest first among them', () => {
  const request = (phase: 'completed' | 'in-review', receivedAt: string) => ({
    phase,
    parts: [],
    clock: { receivedAt, dueAt: '', light: 'green' as const, daysLeft: 1, extended: false },
  });
  const [old, done, young] = [
    request('in-review', '2026-01-01'),
    request('completed', '2026-03-01'),
    request('in-review', '2026-02-01'),
  ];
  expect(inReadingOrder([old, done, young])).toEqual([young, old, done]);
});
