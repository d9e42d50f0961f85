import { checkPairsProblem, triangleLength, type PairsProblem } from './pairs-problem.js';

/** What countPairs computes, to be read and to test against. */
export function countPairsReference(problem: PairsProblem): Uint16Array {
  checkPairsProblem(problem);
  const { offsets, indices, items } = problem;
  const counts = new Uint16Array(triangleLength(items));
  for (let row = 0; row + 1 < offsets.length; row++) {
    const met = indices.subarray(offsets[row], offsets[row + 1]);
    met.forEach((i, at) => {
      for (const j of met.subarray(at)) counts[i * items - (i * (i - 1)) / 2 + (j - i)]++;
    });
  }
  return counts;
}
