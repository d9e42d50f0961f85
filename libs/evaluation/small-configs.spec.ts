import { describe, expect, it } from '@jest/globals';
import { smallConfigs } from './index.js';

describe('the small lines by which exactness is shown', () => {
  it('hold every kind of sub-model and of aggregator, so that no spec passes one over in silence', () => {
    const configs = smallConfigs(2).map(({ config }) => config);
    const kinds = (part: 'subModel' | 'aggregator'): string[] =>
      [...new Set(configs.map((config) => config[part].kind))].sort();
    expect(kinds('subModel')).toEqual(['bpr', 'gram', 'ials', 'two-tower']);
    expect(kinds('aggregator')).toEqual(['attention', 'ease', 'mean', 'meta']);
  });

  it('refuse a number of shards that no line can have, instead of being none', () => {
    expect(() => smallConfigs(0)).toThrow('partition.shards must be');
  });
});
