/**
 * Indices of the k greatest scores among the allowed, greatest first; of equal scores the lower index first. A binary heap of
 * the k best so far has the worst of them on top: O(n + m log k) for m insertions. Scores must not be NaN.
 */
export function topK(scores: Float32Array, k: number, allowed: (index: number) => boolean): number[] {
  const isWorse = (a: number, b: number): boolean =>
    scores[a] < scores[b] || (scores[a] === scores[b] && a > b);
  const heap: number[] = [];
  for (let index = 0; index < scores.length; index++) {
    if (heap.length === k && !isWorse(heap[0], index)) continue;
    if (!allowed(index)) continue;
    if (heap.length < k) {
      heap.push(index);
      siftUp(heap, isWorse);
    } else {
      heap[0] = index;
      siftDown(heap, isWorse);
    }
  }
  return heap.sort((a, b) => (isWorse(a, b) ? 1 : -1));
}

type IsWorse = (a: number, b: number) => boolean;

function siftUp(heap: number[], isWorse: IsWorse): void {
  let at = heap.length - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isWorse(heap[at], heap[parent])) return;
    [heap[at], heap[parent]] = [heap[parent], heap[at]];
    at = parent;
  }
}

function siftDown(heap: number[], isWorse: IsWorse): void {
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    let worst = at;
    if (left < heap.length && isWorse(heap[left], heap[worst])) worst = left;
    if (left + 1 < heap.length && isWorse(heap[left + 1], heap[worst])) worst = left + 1;
    if (worst === at) return;
    [heap[at], heap[worst]] = [heap[worst], heap[at]];
    at = worst;
  }
}
