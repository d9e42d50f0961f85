const f = Math.fround;
const LOG2_E = f(Math.LOG2E);
const LN2_HIGH = 0.693359375;
const LN2_LOW = f(-2.1219444e-4);
const ROUNDING = 12_582_912; // 1.5 · 2^23: adding and taking it away rounds to the nearest whole number, ties to even
const LEAST = -87;
const MOST = 88;

/** Coefficients of Cephes' expf (Moshier), highest power first. */
const POLYNOMIAL = Float32Array.of(
  1.98756915e-4,
  1.3981999507e-3,
  8.3334519073e-3,
  4.1665795894e-2,
  1.6666665459e-1,
  5.0000001201e-1,
);

/** 2^−126 … 2^127 by exponent + 127. */
const POWERS = Float32Array.from({ length: 255 }, (_, at) => (at === 0 ? 0 : 2 ** (at - 127)));

/**
 * e^x in 32-bit floats, the same bits on every machine and in the kernels (assembly/exp.ts): the host's Math.exp differs between
 * engines in its last bits. x is taken into −87 … 88 first; the error is below 2 units in the last place.
 *
 * @example
 * const sigmoid = Math.fround(1 / Math.fround(1 + exp32(-x)));
 */
export function exp32(x: number): number {
  const within = Math.max(LEAST, Math.min(MOST, f(x)));
  if (Number.isNaN(within)) return NaN;
  const n = f(f(f(within * LOG2_E) + ROUNDING) - ROUNDING);
  const r = f(f(within - f(n * LN2_HIGH)) - f(n * LN2_LOW));
  let p = POLYNOMIAL[0];
  for (let at = 1; at < POLYNOMIAL.length; at++) p = f(f(p * r) + POLYNOMIAL[at]);
  return f(f(f(f(p * f(r * r)) + r) + 1) * POWERS[n + 127]);
}
