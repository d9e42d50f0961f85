import type { UtilityFigure } from '#libs/contracts';

/** Mantissas of a grid's steps; each step is at most 2.5 times the one below. */
const LADDER = [1, 2, 5, 10] as const;
const DIGITS_OF_A_COUNT = 2;

/**
 * A figure on the grid whose step is the half-width of its interval, widened to the next of 0.001, 0.002, 0.005, 0.01, …: a step that were the
 * half-width itself would tell as much as the figure. What is stored is `value ± halfWidth`, a multiple of `halfWidth`, and both are
 * decimals that print shortly (docs/decisions/0052).
 *
 * @param halfWidth greater than 0, finite
 * @throws RangeError for another
 *
 * @example
 * roundedFigure(0.08913, 0.0072); // { value: 0.09, halfWidth: 0.01 }
 */
export function roundedFigure(value: number, halfWidth: number): UtilityFigure {
  const { mantissa, exponent } = stepFrom(halfWidth);
  const step = decimal(mantissa, exponent);
  const steps = Math.round(value / step) || 0; // never −0
  return { value: decimal(steps * mantissa, exponent), halfWidth: step };
}

/** A number of people, rounded down to two digits. */
export function roundedCount(people: number): number {
  const unit = 10 ** Math.max(0, String(Math.floor(people)).length - DIGITS_OF_A_COUNT);
  return Math.floor(people / unit) * unit;
}

function stepFrom(halfWidth: number): { readonly mantissa: number; readonly exponent: number } {
  if (!(halfWidth > 0 && halfWidth < Infinity)) throw new RangeError('a half-width is a number above 0');
  const exponent = Math.floor(Math.log10(halfWidth));
  const mantissa = LADDER.find((one) => decimal(one, exponent) >= halfWidth);
  return mantissa === undefined ? { mantissa: 1, exponent: exponent + 1 } : { mantissa, exponent };
}

/** mantissa · 10^exponent, as the text of it is read: the double that prints as the decimal does. */
function decimal(mantissa: number, exponent: number): number {
  return Number(`${mantissa}e${exponent}`);
}
