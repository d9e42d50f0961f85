import type { ModelConfig } from '#libs/contracts';
import { LearningError, strategyConfig, validateModelConfig, type StrategyChoice } from '#libs/learning';
import { InstallationError } from './installation-error.js';

/** What a new line is to be. What is left open is the strategy's, and `sisa` is the strategy. */
export interface LineChoice extends Omit<StrategyChoice, 'purpose'> {
  readonly strategy?: string;
  /** A whole configuration in place of a strategy, as somebody wrote it; its purpose is the installation's unless it names one. */
  readonly config?: unknown;
}

/** Fields of a choice, and what a configuration says of them. */
const CHOSEN = {
  shards: ({ partition }: ModelConfig) => partition.shards,
  base: ({ subModel }: ModelConfig) => subModel.kind,
  aggregator: ({ aggregator }: ModelConfig) => aggregator.kind,
  backend: ({ aggregator }: ModelConfig) =>
    aggregator.kind === 'meta' ? (aggregator.backend ?? 'wasm') : undefined,
  slices: ({ slices = 1 }: ModelConfig) => slices,
  profilePurpose: ({ profilePurpose }: ModelConfig) => profilePurpose,
} as const;

/**
 * The configuration that was chosen.
 * @throws LearningError STRATEGY_UNKNOWN, CONFIG_…
 * @throws InstallationError LINE_OPTION_UNUSED when the strategy or the configuration leaves no such choice
 */
export function configOf(choice: LineChoice, purpose: string): ModelConfig {
  const { strategy = 'sisa', config, ...details } = choice;
  const written =
    config === undefined ? strategyConfig(strategy, { ...details, purpose }) : withPurpose(config, purpose);
  const made = checked(written);
  for (const field of Object.keys(CHOSEN) as (keyof typeof CHOSEN)[])
    if (choice[field] !== undefined && choice[field] !== CHOSEN[field](made)) throw unused(field);
  return made;
}

/** Whether a line that was started earlier is what is asked for now: in what was said, and in nothing else. */
export function isChosen(existing: ModelConfig, choice: LineChoice): boolean {
  if (choice.strategy !== undefined || choice.config !== undefined) return false; // the configurations themselves are compared
  return (Object.keys(CHOSEN) as (keyof typeof CHOSEN)[]).every(
    (field) => choice[field] === undefined || choice[field] === CHOSEN[field](existing),
  );
}

function checked(written: unknown): ModelConfig {
  try {
    return validateModelConfig(written);
  } catch (error) {
    if (!(error instanceof LearningError) || error.nextStep !== undefined) throw error;
    const { code, message, facts } = error;
    const nextStep = 'Correct that field; `lacuna strategies --json` prints configurations that are whole.';
    throw new LearningError(code, message, { facts, nextStep, cause: error });
  }
}

function withPurpose(config: unknown, purpose: string): unknown {
  const isObject = typeof config === 'object' && config !== null && !Array.isArray(config);
  return isObject ? { purpose, ...config } : config;
}

function unused(field: string): InstallationError {
  return new InstallationError(
    'LINE_OPTION_UNUSED',
    `the strategy or configuration leaves no choice of ${field}`,
    {
      facts: { option: field },
      nextStep: `Leave ${field} away, or choose a strategy that has it: lacuna strategies.`,
    },
  );
}
