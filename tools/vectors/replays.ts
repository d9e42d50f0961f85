import type { RebuiltVersion, ReplayInput } from '#libs/verification';
import { honestReplay } from '../../libs/testkit/honest-replay.js';
import { HONEST_TRUST, type AttackVector, type VectorInput, type VectorSet } from './vector.js';

const { everyShard, ...honest } = honestReplay();
const { manifest, rebuilt } = honest;
const model = honest.certificate.model!;
const [affected] = model.affectedShards;
const rounds = everyShard[0].roundDigests;
const other = 'ff'.repeat(32);
const inputOf = (changes: Partial<ReplayInput>): VectorInput => ({
  ...honest,
  ...changes,
  trust: HONEST_TRUST,
});

const replayed = (
  name: string,
  expect: string,
  attack: string,
  changes: Partial<RebuiltVersion>,
): AttackVector => ({
  name: `replay-${name}`,
  attack,
  claim: 'replay',
  expect,
  twin: 'replay',
  input: inputOf({ rebuilt: { ...rebuilt, ...changes } }),
});

const shardAs = (changes: Partial<RebuiltVersion['shards'][number]>): Partial<RebuiltVersion> => ({
  shards: [{ ...rebuilt.shards[0], ...changes }],
});

// prettier-ignore
const attacks: readonly AttackVector[] = [
  replayed('trained-on-one-row-more', 'REPLAY_SHARD_DIGEST_MISMATCH', 'The dataset is as certified, and the model was trained on one row more.', shardAs({ digest: other, roundDigests: [other, other, other] })),
  replayed('trained-on-one-row-less', 'REPLAY_SHARD_DIGEST_MISMATCH', 'The dataset is as certified, and the model was trained on one row less.', shardAs({ digest: other, roundDigests: [rounds[0], other, other] })),
  replayed('row-withheld-from-the-log', 'REPLAY_RECORDS_MISSING', 'The copy of the events lacks a record that the model was trained on.', shardAs({ count: affected.after.count - 1, datasetRoot: other, digest: other })),
  replayed('row-added-to-the-log', 'REPLAY_RECORDS_ADDED', 'The copy of the events holds a record that the certified dataset does not.', shardAs({ count: affected.after.count + 1, datasetRoot: other, digest: other })),
  replayed('row-exchanged', 'REPLAY_DATASET_ROOT_MISMATCH', 'One record of the dataset is another one.', shardAs({ datasetRoot: other, digest: other })),
  replayed('invented-rounds', 'REPLAY_ROUNDS_MISMATCH', 'The logged digests of the rounds are not those that lead to the model.', shardAs({ roundDigests: [rounds[0], other, rounds[2]] })),
  replayed('leftover-aggregator', 'REPLAY_AGGREGATOR_MISMATCH', 'The aggregator was not rebuilt with its shards.', { aggregatorDigest: model.aggregator.before }),
  replayed('other-seed', 'REPLAY_GENESIS_MISMATCH', 'Seed or partition are not those of the logged genesis.', { genesisDigest: other }),
  replayed('other-configuration', 'REPLAY_CONFIG_DIGEST_MISMATCH', 'The configuration is not that of the genesis.', { configDigest: other }),
  replayed('other-code', 'REPLAY_CODE_DIGEST_MISMATCH', 'The model was trained by other code than the genesis names.', { codeDigest: other }),
  replayed('other-kernel', 'REPLAY_KERNEL_DIGEST_MISMATCH', 'The model was trained by another kernel than the genesis names.', { kernelDigest: other }),
  replayed('other-catalogue', 'REPLAY_CATALOGUE_ROOT_MISMATCH', 'Items were taken into the catalogue, or out of it, in silence.', { catalogueRoot: other }),
  replayed('shard-passed-over', 'REPLAY_SHARD_MISSING', 'An affected shard was not rebuilt.', { shards: [] }),
  { ...replayed('manifest-of-another-version', 'REPLAY_MANIFEST_DIGEST_MISMATCH', 'The manifest is not the one whose digest is certified.', {}), input: inputOf({ manifestDigest: other }) },
  { ...replayed('manifest-tells-otherwise', 'REPLAY_MANIFEST_DISAGREES', 'Certificate and manifest state different aggregators of one version.', {}), input: inputOf({ manifest: { ...manifest, aggregator: { ...manifest.aggregator, digest: other } } }) },
];

export default {
  honest: [{ name: 'replay', claim: 'replay', input: inputOf({}) }],
  attacks,
} satisfies VectorSet;
