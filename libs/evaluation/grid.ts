import type { ModelConfig } from '#libs/contracts';
import { validateModelConfig } from '#libs/learning';
import { EvaluationError } from './evaluation-error.js';

/** A configuration to be tried, and what of it differs from the preset. */
export interface GridPoint {
  readonly config: ModelConfig;
  readonly values: Readonly<Record<string, number>>;
}

/** Which numbers of a sub-model are tried; of `gram`, which has none, those of the aggregator. */
const FIELDS: Readonly<Record<ModelConfig['subModel']['kind'], readonly string[]>> = {
  ials: ['unobservedWeight', 'regularization'],
  bpr: ['learningRate', 'regularization'],
  'two-tower': ['learningRate', 'epochs'],
  gram: ['regularization'],
};
const FACTORS = [1, 1 / 2, 2];

/**
 * The preset, and each of its two main numbers halved and doubled: nine configurations of a sub-model, the preset first. Always the same,
 * so that the choice can be repeated.
 *
 * @throws EvaluationError GRID_UNKNOWN; LearningError CONFIG_…
 */
export function gridOf(config: ModelConfig): GridPoint[] {
  const part = config.subModel.kind === 'gram' ? 'aggregator' : 'subModel';
  const preset = config[part] as unknown as Readonly<Record<string, number>>;
  const fields = FIELDS[config.subModel.kind];
  if (fields.some((field) => typeof preset[field] !== 'number'))
    throw new EvaluationError('GRID_UNKNOWN', 'nothing of that configuration can be tuned', {
      nextStep: 'Give a strategy of ials, bpr, two-tower, or statistics.',
    });
  return combinations(fields.map((field) => FACTORS.map((factor) => scaled(preset[field], factor)))).map(
    (numbers) => {
      const values = Object.fromEntries(fields.map((field, at) => [field, numbers[at]]));
      return { values, config: validateModelConfig({ ...config, [part]: { ...preset, ...values } }) };
    },
  );
}

/** Whole numbers, such as epochs, stay whole. */
function scaled(value: number, factor: number): number {
  return Number.isInteger(value) ? Math.max(1, Math.round(value * factor)) : value * factor;
}

function combinations([first, ...rest]: readonly (readonly number[])[]): number[][] {
  if (first === undefined) return [[]];
  return first.flatMap((value) => combinations(rest).map((others) => [value, ...others]));
}
