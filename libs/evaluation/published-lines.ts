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
    source: 'github.com/cleverhans-lab/machine-unlearning, of Bourtoule et al., IEEE S&P 2021',
    influences: [
      { channel: 'partition', value: 'drawn', where: 'distribution.py: np.split of the file as it lies' },
      { channel: 'order', value: 'of-arrival', where: 'sharded.py: fetchShardBatch, holes in batches' },
      { channel: 'randomness', value: 'stream', where: 'sisa.py: weights and dropout of torch, no seed' },
      { channel: 'negatives', value: 'none', where: 'sisa.py: classes' },
      {
        channel: 'statistics',
        value: 'all-shards',
        where: 'purchase/prepare_data.py: KMeans makes the labels',
      },
      { channel: 'selection', value: 'fixed', where: 'sisa.py: --epochs' },
      { channel: 'optimiser', value: 'fresh', where: 'sisa.py: checkpoints hold weights only' },
      { channel: 'start', value: 'unaffected-checkpoint', where: 'sisa.py: getShardHash of what is left' },
      { channel: 'aggregator', value: 'unlearned', where: 'aggregation.py: --strategy uniform' },
      { channel: 'aggregator', value: 'kept', where: 'aggregation.py: --strategy proportional, old sizes' },
    ],
  },
  receraser: {
    source: 'github.com/chenchongthu/Recommendation-Unlearning, of Chen et al., WWW 2022',
    influences: [
      {
        channel: 'partition',
        value: 'clustered',
        where: 'utility/data_partition.py, kept in C_type-….pk',
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
      {
        channel: 'statistics',
        value: 'kept',
        where: 'utility/load_data.py: get_adj_mat_local, of RecEraser_LightGCN',
      },
      { channel: 'selection', value: 'test-set', where: 'RecEraser_BPR.py: early_stopping on test recall' },
      { channel: 'inference', value: 'stored-people', where: 'RecEraser_BPR.py: user_embedding' },
    ],
  },
  cure4rec: {
    source: 'github.com/xiye7lai/CURE4Rec, which compares SISA, RecEraser and UltraRE, NeurIPS 2024',
    influences: [
      {
        channel: 'partition',
        value: 'clustered',
        where: 'read.py: readRating_group, by …_wmf_emb.npy of everybody; random for sisa',
      },
      { channel: 'vocabulary', value: 'interactions', where: 'config.py: n_user, n_item' },
      { channel: 'randomness', value: 'stream', where: 'read.py: random, no seed; utils.py: np.random' },
      { channel: 'selection', value: 'test-set', where: 'scratch.py: train, by test_ndcg' },
      { channel: 'optimiser', value: 'fresh', where: 'scratch.py: Adam' },
      { channel: 'start', value: 'genesis', where: "scratch.py: given_model=''" },
      { channel: 'inference', value: 'stored-people', where: 'utils.py: user_mat' },
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
