/*
 * exp in 32-bit floats: the range reduction and the polynomial of Cephes' expf (Moshier), in additions, multiplications and one shift
 * of the exponent, so that the same bits come out on every machine. `exp.ts` says the same for the host.
 */

const LOG2_E: f32 = 1.44269504088896341;
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.12194440e-4;
const ROUNDING: f32 = 12582912; // 1.5 · 2^23: adding and taking it away rounds to the nearest whole number, ties to even

/** e^x; x is taken into −87 … 88 first, where the result is a normal number. NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function exp32(x: f32): f32 {
  const within = max<f32>(-87, min<f32>(88, x));
  const n: f32 = within * LOG2_E + ROUNDING - ROUNDING;
  const r: f32 = within - n * LN2_HIGH - n * LN2_LOW;
  let p: f32 = 1.9875691500e-4;
  p = p * r + <f32>1.3981999507e-3;
  p = p * r + <f32>8.3334519073e-3;
  p = p * r + <f32>4.1665795894e-2;
  p = p * r + <f32>1.6666665459e-1;
  p = p * r + <f32>5.0000001201e-1;
  return (p * (r * r) + r + 1) * reinterpret<f32>((<i32>n + 127) << 23);
}
