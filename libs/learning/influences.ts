/**
 * What decides a kind of model's bytes besides its configuration and the records that it is given, as the kind declares it. The leak
 * lint (libs/evaluation) reports by it, and a spec there puts it to the test. Values that no kind of ours may have are there for
 * those that people write themselves, and for what is said of others' code.
 */
export interface Influences {
  /** Where draws come from (DESIGN §4.1). */
  readonly randomness: 'none' | 'by-name' | 'by-position' | 'stream';
  /** What negative samples are rejected against (DESIGN §4.4). */
  readonly negatives: 'none' | 'own-positives' | 'positives-of-all-shards';
  /** What decides when training ends, or which of several models stays (DESIGN §4.5). */
  readonly selection: 'fixed' | 'own-query-set' | 'shared-validation' | 'test-set';
  /** What state the optimiser begins with. */
  readonly optimiser: 'none' | 'fresh' | 'kept';
  /** What making the file begins with, in a line without slices (DESIGN §4.8). */
  readonly start: 'none' | 'genesis' | 'earlier-counts' | 'older-model';
}

/** Of a sub-model, besides. */
export interface SubModelInfluences extends Influences {
  /** Counts, means, degrees that enter training: over which records (DESIGN §4.4). */
  readonly statistics: 'own-shard' | 'all-shards';
  /** What an answer about a person is made from besides what the model says of items (DESIGN §4.7). */
  readonly inference: readonly ('present-records' | 'present-records-and-degrees' | 'stored-people')[];
}
