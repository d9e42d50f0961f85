import { describe, expect, it } from '@jest/globals';
import type { MeasuredVersion } from '#libs/portal-contract';
import { figureOf, utilityPoints } from './utility-points.js';

const few = { withheld: 'fewer-than-200-in-group' } as const;
const measured: MeasuredVersion = {
  line: 'main',
  version: 2,
  configDigest: 'c',
  codeDigest: 'd',
  tested: 1_000,
  overall: { hr10: { value: 0.5, halfWidth: 0.02 }, ndcg10: { value: 0.2, halfWidth: 0.01 } },
  warm: few,
  cold: few,
  activityGap: few,
  shardVariance: { value: 0, halfWidth: 0.0001 },
  measuredAt: '2026-01-31T10:00:00.000Z',
};

describe('the points of the chart of utility', () => {
  it('are all versions, with the figures of those that were measured', () =>
    expect(utilityPoints([{ version: 1 }, { version: 2 }], [measured])).toEqual([
      { version: 1 },
      { version: 2, hr10: 0.5, hr10Half: 0.02, ndcg10: 0.2, ndcg10Half: 0.01 },
    ]));

  it('say why there is no figure of a group', () => {
    expect(figureOf(measured.cold, 'hr10')).toBe(few);
    expect(figureOf(measured.overall, 'ndcg10')).toEqual({ value: 0.2, halfWidth: 0.01 });
  });
});
