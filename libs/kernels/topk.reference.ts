import { scoresReference } from './ials.reference.js';
import {
  checkFactorRanking,
  checkScoreRanking,
  NO_ITEM,
  scoreNotANumber,
  type FactorRanking,
  type ScoreRanking,
} from './topk-problem.js';

/*
 * What assembly/topk.ts computes, to be read and to test against.
 */
export function rankTopReference(ranking: FactorRanking): Uint32Array {
  checkFactorRanking(ranking);
  const { dimensions: d, people, items, masked, k } = ranking;
  const scores = Array.from({ length: people.length / d }, (_, row) => [
    ...scoresReference(items, d, people.subarray(row * d, (row + 1) * d)),
  ]);
  return rankScoresReference({
    scores: Float32Array.from(scores.flat()),
    items: items.length / d,
    masked,
    k,
  });
}

export function rankScoresReference(ranking: ScoreRanking): Uint32Array {
  checkScoreRanking(ranking);
  const { scores, items, masked, k } = ranking;
  const people = masked.offsets.length - 1;
  const lists = new Uint32Array(people * k).fill(NO_ITEM);
  for (let row = 0; row < people; row++) {
    const own = scores.subarray(row * items, (row + 1) * items);
    if (own.some((score) => Number.isNaN(score))) throw scoreNotANumber(row);
    const hidden = new Set(masked.indices.subarray(masked.offsets[row], masked.offsets[row + 1]));
    const best = [...own.keys()]
      .filter((item) => !hidden.has(item))
      .sort((a, b) => (own[a] === own[b] ? a - b : own[b] > own[a] ? 1 : -1)); // a difference of infinities is no number
    lists.set(best.slice(0, k), row * k);
  }
  return lists;
}
