const DIGIT = 65_536;

/**
 * Positions of the values in ascending order, ties by position: a radix sort by two digits of 16 bits, since the bits of floats that are
 * not negative ascend with them.
 *
 * @param values none negative, none NaN
 */
export function ascendingOrder(values: Float32Array): Uint32Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const positions = Uint32Array.from({ length: values.length }, (_, at) => at);
  return byDigit(
    byDigit(positions, (at) => bits[at] % DIGIT),
    (at) => Math.floor(bits[at] / DIGIT),
  );
}

function byDigit(positions: Uint32Array, digitOf: (position: number) => number): Uint32Array {
  const next = new Uint32Array(DIGIT + 1);
  for (const position of positions) next[digitOf(position) + 1]++;
  for (let digit = 0; digit < DIGIT; digit++) next[digit + 1] += next[digit];
  const sorted = new Uint32Array(positions.length);
  for (const position of positions) sorted[next[digitOf(position)]++] = position;
  return sorted;
}
