import { setImmediate } from 'node:timers/promises';

/**
 * Works on what a source gives, several at a time, and yields the results in the order of the source, each as soon as it is there, also while
 * the source has nothing more to give yet. After each that it begins, others of this process get their turn. When one fails, or the source
 * does, no other is begun; the failure is thrown after what came before it, when nothing is under way any more.
 *
 * @param most that are under way at a time
 */
export async function* inOrder<Value, Result>(
  source: AsyncIterable<Value>,
  most: number,
  work: (value: Value) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const values = source[Symbol.asyncIterator]();
  const underWay: Promise<Result>[] = [];
  let failure: { readonly reason: unknown } | undefined;
  const next = (): Promise<IteratorResult<Value, void>> =>
    values.next().catch((reason: unknown) => {
      failure = { reason };
      return { done: true, value: undefined };
    });
  let coming: Promise<IteratorResult<Value, void>> | undefined = next();
  try {
    while (coming !== undefined || underWay.length > 0) {
      if (coming === undefined || underWay.length === most || (await isSooner(underWay[0], coming))) {
        yield await underWay.shift()!;
        continue;
      }
      const came: IteratorResult<Value, void> = await coming;
      coming = came.done === true ? undefined : next();
      if (came.done === true) continue;
      const result = work(came.value);
      result.catch(() => undefined); // told in its turn
      underWay.push(result);
      await setImmediate();
    }
    if (failure !== undefined) throw failure.reason;
  } finally {
    await Promise.allSettled(underWay);
    void values.return?.(); // which a source that waits for more cannot answer yet
  }
}

/** Whether the first of those under way ends before the source has given another. */
function isSooner(first: Promise<unknown> | undefined, coming: Promise<unknown>): Promise<boolean> {
  const came = coming.then(() => false);
  if (first === undefined) return came;
  const ended = first.then(
    () => true,
    () => true,
  );
  return Promise.race([came, ended]);
}
