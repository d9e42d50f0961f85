import { MAX_DIMENSIONS } from '#libs/kernels';
import { LearningError, type LearningErrorCode } from './learning-error.js';

/** Checks a JSON object's fields one by one; `code` is what the document as a whole is refused with. */
export type FieldCheck = (value: unknown) => boolean;

export const isText: FieldCheck = (value) => typeof value === 'string' && value.length > 0;
export const isCount: FieldCheck = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
export const isSha256: FieldCheck = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
export const isPosition: FieldCheck = (value) =>
  typeof value === 'string' && /^(?:0|[1-9][0-9]{0,18})$/.test(value);
export const isLiteral =
  (...allowed: readonly unknown[]): FieldCheck =>
  (value) =>
    allowed.includes(value);
export const isNullOr =
  (check: FieldCheck): FieldCheck =>
  (value) =>
    value === null || check(value);

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Refuses a value that is not an object of exactly these fields, each of which its check accepts. */
export function checkFields(
  value: unknown,
  checks: Readonly<Record<string, FieldCheck>>,
  code: LearningErrorCode,
  where: string,
): asserts value is Record<string, unknown> {
  if (!isObject(value)) throw new LearningError(code, `${where} must be an object`);
  for (const [field, check] of Object.entries(checks))
    if (!Object.hasOwn(value, field) || !check(value[field]))
      throw new LearningError(code, `${where} lacks a valid ${field}`, {
        facts: { field: `${where}.${field}` },
      });
  const unknown = Object.keys(value).find((field) => !Object.hasOwn(checks, field));
  if (unknown !== undefined)
    throw new LearningError(code, `${where} has a field that is not known`, { facts: { where } });
}

/** Refuses a configuration field that nothing reads: most often it is a misspelt one. */
export function checkConfigFields(config: object, name: string, fields: readonly string[]): void {
  if (Object.keys(config).some((field) => !fields.includes(field)))
    throw new LearningError('CONFIG_FIELD_UNKNOWN', `${name} takes these fields only: ${fields.join(', ')}`, {
      nextStep: 'Correct the model configuration and submit it again.',
    });
}

/** Refuses what the kernels cannot hold as the dimensions of a sub-model. @throws LearningError CONFIG_DIMENSIONS_INVALID */
export function checkDimensions(dimensions: unknown): void {
  const value = typeof dimensions === 'number' ? dimensions : NaN;
  if (!Number.isInteger(value) || value < 4 || value > MAX_DIMENSIONS || value % 4 !== 0)
    throw new LearningError(
      'CONFIG_DIMENSIONS_INVALID',
      `subModel.dimensions must be a multiple of 4 from 4 to ${MAX_DIMENSIONS}`,
    );
}

/** Positive and finite once rounded to 32 bits, as kernels will. */
export function isPositiveFloat(value: unknown): boolean {
  return typeof value === 'number' && Math.fround(value) > 0 && Math.fround(value) < Infinity;
}
