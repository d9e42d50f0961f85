import { expect, it } from '@jest/globals';
import type { RequestSummary } from '#libs/portal-contract';
import { NONE, regimesOf, toggled, togglePage } from './chosen.js';

const request = (requestId: string, regime: RequestSummary['regime'] = 'gdpr'): RequestSummary => ({
  requestId,
  kind: 'erasure',
  ground: 'art-17-1-erasure',
  channel: 'portal',
  regime,
  phase: 'in-review',
  clock: {
    receivedAt: '2026-03-02T10:00:00.000Z',
    dueAt: '2026-04-02T23:59:59.999Z',
    light: 'green',
    daysLeft: 31,
    extended: false,
  },
  approvals: { given: 0, needed: 2 },
  duplicates: [],
});
const [a, b, z] = ['a', 'b', 'z'].map((id) => request(id));

it('a request is chosen, and left again', () => {
  const one = toggled(NONE, a);
  expect([...one.keys()]).toEqual(['a']);
  expect([...toggled(one, a).keys()]).toEqual([]);
});

it('a page is chosen as a whole, and left as a whole, without touching other pages', () => {
  const some = [a, z].reduce(toggled, NONE);
  const all = togglePage(some, [a, b]);
  expect([...all.keys()].sort()).toEqual(['a', 'b', 'z']);
  expect([...togglePage(all, [a, b]).keys()]).toEqual(['z']);
});

it('names each law of what is chosen once', () => {
  expect(regimesOf([a, b].reduce(toggled, NONE))).toEqual(['gdpr']);
  expect(regimesOf([request('c', 'ccpa'), a, b].reduce(toggled, NONE))).toEqual(['gdpr', 'ccpa']);
});
