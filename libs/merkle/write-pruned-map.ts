import { EMPTY_NODE, type HashPlan, type PlannedNode } from './hash-plan.js';
import { isEmptied, type TwoVersions } from './map-draft.js';
import { KEY_LENGTH } from './sparse-map-hashing.js';
import { TAGS } from './pruned-map.js';

/** The pruned form of a walk, as readPrunedMap reads it; after the plan was run. */
export function writePrunedMap(root: TwoVersions, plan: HashPlan): Uint8Array {
  const parts: Uint8Array[] = [];
  write(root, false, plan, (...some) => parts.push(...some));
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** @param isOpened although nothing below is touched */
function write(
  { old, new: now, touched, halves }: TwoVersions,
  isOpened: boolean,
  plan: HashPlan,
  put: (...parts: Uint8Array[]) => void,
): void {
  if (halves === undefined) {
    writeTerminal(old, now, plan, put);
    return;
  }
  if (!touched && !isOpened) {
    put(Uint8Array.of(TAGS.subtree), plan.hashOf(old));
    return;
  }
  put(Uint8Array.of(TAGS.node));
  const [left, right] = halves;
  write(left, isEmptied(right), plan, put);
  write(right, isEmptied(left), plan, put);
}

function writeTerminal(
  old: PlannedNode,
  now: PlannedNode,
  plan: HashPlan,
  put: (...parts: Uint8Array[]) => void,
): void {
  if (old === now) {
    if (old === EMPTY_NODE) put(Uint8Array.of(TAGS.nothing));
    else if (plan.isLeaf(old)) put(Uint8Array.of(TAGS.kept), plan.entryOf(old));
    else put(Uint8Array.of(TAGS.subtree), plan.hashOf(old));
  } else if (now === EMPTY_NODE) put(Uint8Array.of(TAGS.deleted), plan.entryOf(old));
  else if (old === EMPTY_NODE) put(Uint8Array.of(TAGS.added), plan.entryOf(now));
  else put(Uint8Array.of(TAGS.replaced), plan.entryOf(old), plan.entryOf(now).subarray(KEY_LENGTH));
}
