import type { Influence } from './leak-channels.js';

/** Code that others have published, as far as it has been read; channels that are not listed were not looked into. */
export interface PublishedLine {
  readonly source: string;
  readonly influences: readonly Influence[];
}

/**
 * For contrast: what published implementations do. Each entry names the file or section that says so. They are research code, made to
 * measure utility and cost, not to stand up to an auditor.
 */
export const PUBLISHED_LINES = {
  sisa: {
    source: 'Bourtoule et al., "Machine Unlearning", IEEE S&P 2021',
    influences: [
      { channel: 'partition', value: 'drawn', where: '§IV: uniformly, without looking' },
      { channel: 'start', value: 'unaffected-checkpoint', where: '§IV: slicing' },
      { channel: 'aggregator', value: 'unlearned', where: '§IV: vote or mean of the outputs' },
    ],
  },
  receraser: {
    source: 'github.com/chenchongthu/Recommendation-Unlearning, of Chen et al., WWW 2022',
    influences: [
      {
        channel: 'partition',
        value: 'clustered',
        where: 'utility/load_data.py: __init__, data_partition.py',
      },
      {
        channel: 'vocabulary',
        value: 'interactions',
        where: 'utility/load_data.py: __init__, n_items, n_users',
      },
      { channel: 'randomness', value: 'stream', where: 'utility/load_data.py: random and np.random' },
      {
        channel: 'negatives',
        value: 'positives-of-all-shards',
        where: 'utility/load_data.py: local_sample, train_items',
      },
      { channel: 'selection', value: 'test-set', where: 'RecEraser_BPR.py: early_stopping on test recall' },
    ],
  },
  eemu: {
    source: 'source of "Meta-Learn to Unlearn" (EEMU), of Alshabanah et al., PoPETs 2025',
    influences: [
      { channel: 'randomness', value: 'stream', where: 'data/base.py: np.random, BaseCollator.rng' },
      {
        channel: 'negatives',
        value: 'positives-of-all-shards',
        where: 'data/base.py: _generate_negatives, igraph.all_edges',
      },
    ],
  },
} as const satisfies Record<string, PublishedLine>;

export type PublishedName = keyof typeof PUBLISHED_LINES;
