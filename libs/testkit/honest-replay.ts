import type { ModelManifest } from '#libs/contracts';
import type { RebuiltVersion, ReplayInput } from '#libs/verification';
import { exampleStatement } from './honest-certificate.js';

const ROUNDS = ['e0', 'e1', 'e2'].map((byte) => byte.repeat(32));

/** A replay that arrived at what exampleStatement certifies: the affected shard rebuilt, the others taken at their digests. */
export function honestReplay(): ReplayInput & {
  /** All three shards as a replay of all of them would find them. */
  readonly everyShard: RebuiltVersion['shards'];
} {
  const certificate = exampleStatement().predicate;
  const model = certificate.model!;
  const [{ shard, after }] = model.affectedShards;
  const certified = [model.unaffectedShards[0], { shard, ...after }, model.unaffectedShards[1]].map(stateOf);
  const manifest: ModelManifest = {
    schema: 'urn:lacuna:model-manifest:v1',
    line: model.line,
    version: model.manifest.after.version,
    parent: model.manifest.before.digest,
    genesisDigest: model.genesisDigest,
    configDigest: 'c0'.repeat(32),
    codeDigest: 'c1'.repeat(32),
    kernelDigest: 'c2'.repeat(32),
    numericProfile: 'bit-exact',
    catalogue: { root: model.catalogueRoot, count: 10, position: '40' },
    partition: { kind: 'by-subject', shards: model.partition.shards },
    shards: certified.map((one) => ({
      ...one,
      rounds: ROUNDS,
      position: '40',
      file: `shard-0${one.shard}.safetensors`,
    })),
    aggregator: { kind: 'mean', file: 'aggregator.safetensors', digest: model.aggregator.after },
  };
  const everyShard = certified.map((one) => ({ ...one, roundDigests: ROUNDS }));
  const rebuilt: RebuiltVersion = {
    shards: [everyShard[1]],
    lostShards: [],
    aggregatorDigest: model.aggregator.after,
    catalogueRoot: model.catalogueRoot,
    genesisDigest: manifest.genesisDigest,
    configDigest: manifest.configDigest,
    codeDigest: manifest.codeDigest,
    kernelDigest: manifest.kernelDigest,
  };
  return { certificate, manifest, manifestDigest: model.manifest.after.digest, rebuilt, everyShard };
}

type State = Pick<RebuiltVersion['shards'][number], 'shard' | 'datasetRoot' | 'count' | 'digest'>;

function stateOf({ shard, datasetRoot, count, digest }: State): State {
  return { shard, datasetRoot, count, digest };
}
