import type { TwoTowerConfig } from '#libs/contracts';
import { MAX_DIMENSIONS } from '#libs/kernels';
import { checkConfigFields } from './fields.js';
import { LearningError } from './learning-error.js';

const MAX_WIDTH = 2048;
const MAX_LAYERS = 8;
const FIELDS = [
  'kind',
  'embedding',
  'userLayers',
  'itemLayers',
  'training',
  'people',
  'epochs',
  'batch',
  'learningRate',
  'weightDecay',
  'innerRate',
  'support',
  'supportBy',
  'queries',
  'negatives',
  'inBatch',
  'margin',
];
/** Whole numbers, with their least and their greatest value. */
const COUNTS = {
  epochs: [1, 1000],
  batch: [1, 1024],
  support: [1, 256],
  queries: [1, 256],
  negatives: [1, 4096],
  inBatch: [0, 4096],
} as const;

/** @throws LearningError CONFIG_FIELD_UNKNOWN, CONFIG_DIMENSIONS_INVALID, CONFIG_NUMBER_NOT_POSITIVE, CONFIG_VALUE_INVALID */
export function validateTwoTower(config: TwoTowerConfig): void {
  checkConfigFields(config, 'subModel', FIELDS);
  checkWidths(config);
  checkChoice(config, 'training', ['plain', 'fomaml', 'fomaml-both', 'anil']);
  checkChoice(config, 'people', ['rows', 'shared']);
  checkChoice(config, 'supportBy', ['recency', 'rarity']);
  if (config.training === 'plain' && config.people === 'shared')
    throw new LearningError(
      'CONFIG_COMBINATION_INVALID',
      'without an inner step nothing would tell people apart who begin from a shared row',
      { nextStep: 'Give every person a row, or train with fomaml, fomaml-both or anil.' },
    );
  for (const [field, [least, most]] of Object.entries(COUNTS)) {
    const value = config[field as keyof typeof COUNTS];
    if (!Number.isInteger(value) || value < least || value > most)
      throw new LearningError('CONFIG_VALUE_INVALID', `subModel.${field} must be ${least} … ${most}`, {
        facts: { field },
      });
  }
  for (const field of ['learningRate', 'innerRate', 'margin'] as const)
    if (!isFloat(config[field]) || Math.fround(config[field]) <= 0)
      throw new LearningError('CONFIG_NUMBER_NOT_POSITIVE', `subModel.${field} must be a positive number`, {
        facts: { field },
      });
  if (!isFloat(config.weightDecay) || config.weightDecay < 0)
    throw new LearningError('CONFIG_VALUE_INVALID', 'subModel.weightDecay must be 0 or a positive number');
}

function checkWidths({ embedding, userLayers, itemLayers }: TwoTowerConfig): void {
  const isWidth = (width: unknown): boolean =>
    Number.isInteger(width) &&
    (width as number) >= 4 &&
    (width as number) <= MAX_WIDTH &&
    (width as number) % 4 === 0;
  const areLayers = (layers: unknown): layers is number[] =>
    Array.isArray(layers) && layers.length >= 1 && layers.length <= MAX_LAYERS && layers.every(isWidth);
  if (!isWidth(embedding) || !areLayers(userLayers) || !areLayers(itemLayers))
    throw new LearningError(
      'CONFIG_DIMENSIONS_INVALID',
      `subModel.embedding and the widths of 1 … ${MAX_LAYERS} layers a tower must be multiples of 4 up to ${MAX_WIDTH}`,
    );
  const [last, other] = [userLayers.at(-1), itemLayers.at(-1)] as [number, number];
  if (last !== other || last > MAX_DIMENSIONS)
    throw new LearningError(
      'CONFIG_DIMENSIONS_INVALID',
      `both towers must end with as many outputs, ${MAX_DIMENSIONS} at most`,
    );
}

function checkChoice<Field extends 'training' | 'people' | 'supportBy'>(
  config: TwoTowerConfig,
  field: Field,
  allowed: readonly TwoTowerConfig[Field][],
): void {
  if (!allowed.includes(config[field]))
    throw new LearningError(
      'CONFIG_VALUE_INVALID',
      `subModel.${field} must be one of: ${allowed.join(', ')}`,
      {
        facts: { field },
      },
    );
}

/** Finite once rounded to 32 bits, as the kernel will. */
function isFloat(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(Math.fround(value));
}
