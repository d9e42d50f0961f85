import { describe, expect, it } from '@jest/globals';
import type { EaseConfig, IalsConfig } from '#libs/contracts';
import { strategyConfig } from '#libs/learning';
import { gridOf } from './index.js';

describe('the grid of a strategy', () => {
  it('begins with the preset, and halves and doubles two numbers of its sub-model', () => {
    const preset = strategyConfig('sisa', { shards: 4 });
    const { unobservedWeight, regularization } = preset.subModel as IalsConfig;
    const grid = gridOf(preset);
    expect(grid).toHaveLength(9);
    expect(grid[0]).toEqual({ config: preset, values: { unobservedWeight, regularization } });
    expect(grid.at(-1)!.values).toEqual({
      unobservedWeight: 2 * unobservedWeight,
      regularization: 2 * regularization,
    });
    expect(grid.map(({ config }) => config.partition)).toEqual(grid.map(() => preset.partition));
  });

  it('tunes the aggregator of statistics, whose shards only count', () => {
    const preset = strategyConfig('statistics');
    const grid = gridOf(preset);
    const { regularization } = preset.aggregator as EaseConfig;
    expect(grid.map(({ values }) => values.regularization)).toEqual([
      regularization,
      regularization / 2,
      2 * regularization,
    ]);
    expect(grid[1].config.subModel).toEqual(preset.subModel);
  });
});
