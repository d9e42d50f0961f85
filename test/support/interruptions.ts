import type { LacunaEventType } from '#libs/contracts';
import { SqliteEventStore } from '#stages/event-store';
import { ModelRegistry } from '#stages/training';

type Writer = (this: unknown, ...args: never[]) => Promise<unknown>;

/** Where a process can die: before an event is written, before a model file is, or before files are destroyed. */
const WRITERS = {
  event: { of: SqliteEventStore.prototype, method: 'append' },
  file: { of: ModelRegistry.prototype, method: 'put' },
  folder: { of: ModelRegistry.prototype, method: 'materialise' },
  sweep: { of: ModelRegistry.prototype, method: 'keepOnly' },
} as const;

export type Write = keyof typeof WRITERS;

/**
 * Runs work until the process dies before its n-th write of one of these kinds, and before every later one.
 * @returns false when the work needed fewer writes and ended
 */
export function diesBeforeWrite(
  n: number,
  kinds: readonly Write[],
  work: () => Promise<unknown>,
): Promise<boolean> {
  let writes = 0;
  return diesWhen(kinds, () => ++writes >= n, work);
}

/** Runs work until the process dies before it writes an event of this type, and before everything that it would write later. */
export function diesBeforeEvent(type: LacunaEventType, work: () => Promise<unknown>): Promise<boolean> {
  const isOfType = (_: unknown, events: unknown): boolean =>
    Array.isArray(events) && (events as { type?: string }[]).some((event) => event.type === type);
  return diesWhen(['event', 'file', 'folder', 'sweep'], isOfType, work);
}

async function diesWhen(
  kinds: readonly Write[],
  isTime: (...args: readonly unknown[]) => boolean,
  work: () => Promise<unknown>,
): Promise<boolean> {
  let dead = false;
  const restored = kinds.map((kind) =>
    intercept(WRITERS[kind], (...args) => {
      dead ||= isTime(...args);
      if (dead) throw new Error('the process died here');
    }),
  );
  try {
    await work();
  } catch (error) {
    if (!dead) throw error;
  } finally {
    for (const restore of restored) restore();
  }
  return dead;
}

function intercept(
  { of, method }: (typeof WRITERS)[Write],
  before: (...args: readonly unknown[]) => void,
): () => void {
  const writer = of as unknown as Record<string, Writer>;
  const write = writer[method];
  writer[method] = async function (...args) {
    before(...args);
    return write.apply(this, args);
  };
  return () => void (writer[method] = write);
}
