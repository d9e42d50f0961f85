import type { NewEvent } from '#libs/messaging';

/** A UUID that stands for a small number; fixed, so that a failing test can be read. */
export function uuid(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

/** A plain event; `number` makes its id. */
export function newEvent(number: number, type = 'Noted', data: unknown = { number }): NewEvent {
  return { id: uuid(number), type, data };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
