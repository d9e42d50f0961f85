import type { ModelConfig } from '#libs/contracts';
import { EvaluationError, type Split } from '#libs/evaluation';
import {
  configDigest,
  requireFit,
  strategyConfig,
  validateModelConfig,
  type CatalogueLists,
  type StrategyChoice,
} from '#libs/learning';

/** A line that is to be evaluated. */
export interface Candidate {
  readonly name: string;
  readonly strategy: string;
  readonly config: ModelConfig;
  readonly configDigest: string;
}

type AggregatorName = NonNullable<StrategyChoice['aggregator']>;

/** A configuration that somebody wrote, or that tuning has chosen. */
interface OwnConfig {
  readonly name: string;
  readonly config: unknown;
}

export interface CandidateChoice extends Pick<StrategyChoice, 'base'> {
  readonly strategies: readonly string[];
  /** Compared beside the strategies. */
  readonly configs?: readonly OwnConfig[];
  readonly shards: readonly number[];
  /** Each of them, where the strategy leaves it open; the strategy's own where absent. */
  readonly aggregators?: readonly AggregatorName[];
  /** Lines of two towers are measured without features of people, and with them, as `eemu S=8 profile`. */
  readonly profiles?: readonly string[];
}

const PROFILE_PURPOSE = 'profile'; // of a line that nobody consents to: it is only measured

/**
 * Every strategy with every number of shards and every aggregator; those that come out the same (`retrain` has one shard, whatever is
 * asked) once. Where several aggregators are asked for, the names tell them apart, such as `sisa S=8 meta`.
 *
 * @throws LearningError STRATEGY_UNKNOWN, CONFIG_…
 * @throws EvaluationError PROFILES_MISSING
 */
export function candidatesOf(choice: CandidateChoice): Candidate[] {
  const { profiles, configs = [] } = choice;
  const found = new Map<string, Candidate>();
  for (const chosen of [...strategyLines(choice), ...configs.map(ownLine)])
    for (const candidate of variantsOf(chosen, profiles !== undefined))
      if (!found.has(candidate.name)) found.set(candidate.name, candidate);
  return [...found.values()];
}

type Line = Omit<Candidate, 'configDigest'>;

function* strategyLines({ strategies, shards, base, aggregators }: CandidateChoice): Generator<Line> {
  const choices: readonly (AggregatorName | undefined)[] = aggregators ?? [undefined];
  for (const strategy of strategies)
    for (const count of shards)
      for (const aggregator of choices) {
        const config = validateModelConfig(strategyConfig(strategy, { shards: count, base, aggregator }));
        const plain = `${strategy} S=${config.partition.shards}`;
        const name = choices.length > 1 ? `${plain} ${config.aggregator.kind}` : plain;
        yield { name, strategy, config };
      }
}

function ownLine({ name, config: given }: OwnConfig): Line {
  const config = validateModelConfig(given);
  return { name: `${name} S=${config.partition.shards}`, strategy: name, config };
}

function variantsOf({ name, strategy, config }: Line, hasProfiles: boolean): Candidate[] {
  const plain = { name, strategy, config, configDigest: configDigest(config) };
  if (config.profilePurpose !== undefined) {
    if (hasProfiles) return [plain];
    throw new EvaluationError('PROFILES_MISSING', `${name} takes features of people, and none are read`, {
      nextStep:
        'Name the columns of users.csv to `lacuna evaluate --profiles`, or leave profilePurpose out of the configuration.',
    });
  }
  if (!hasProfiles || config.subModel.kind !== 'two-tower') return [plain];
  const profiled = validateModelConfig({ ...config, profilePurpose: PROFILE_PURPOSE });
  return [
    plain,
    { name: `${name} profile`, strategy, config: profiled, configDigest: configDigest(profiled) },
  ];
}

/**
 * The same lines, that which the others are compared with in front: the first one that has that name, else that strategy or aggregator.
 *
 * @throws EvaluationError BASELINE_UNKNOWN
 */
export function baselineFirst(candidates: readonly Candidate[], baseline: string | undefined): Candidate[] {
  if (baseline === undefined) return [...candidates];
  const isMeant = ({ strategy, config }: Candidate): boolean =>
    [strategy, config.aggregator.kind].includes(baseline);
  const first = candidates.find(({ name }) => name === baseline) ?? candidates.find(isMeant);
  if (first === undefined)
    throw new EvaluationError('BASELINE_UNKNOWN', 'no line of this evaluation is called that', {
      nextStep: `Compare with one of: ${candidates.map(({ name }) => name).join(', ')}.`,
    });
  return [first, ...candidates.filter((one) => one !== first)];
}

/**
 * Refuses lines that the data cannot be trained with, before the first one is.
 * @throws EvaluationError SHARDS_MORE_THAN_PEOPLE
 * @throws LearningError DATASET_TOO_LARGE
 */
export function checkCandidates(
  candidates: readonly Candidate[],
  { train }: Pick<Split, 'train'>,
  catalogue: CatalogueLists,
): void {
  for (const { config } of candidates) requireFit(config, catalogue);
  const people = [...train.values()].filter((records) => records.length > 0).length;
  for (const { name, config } of candidates)
    if (config.partition.shards > people)
      throw new EvaluationError('SHARDS_MORE_THAN_PEOPLE', `${name} has more shards than there are people`, {
        facts: { shards: config.partition.shards, people },
        nextStep: 'Ask for fewer shards, or give data of more people.',
      });
}
