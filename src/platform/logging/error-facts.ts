import { isCodedError } from '#libs/essentials';

/** Facts whose values are words of ours or random ids; of all others only numbers and truth values are told. */
const TOLD_AS_TEXT: ReadonlySet<string> = new Set([
  'field',
  'file',
  'holdId',
  'host',
  'kind',
  'line',
  'reason',
  'rebuildId',
  'recipientId',
  'requestId',
  'setting',
  'state',
  'status',
]);
const WORD = /^[\w.:/-]{1,120}$/; // no space, no @: neither sentences nor addresses

/**
 * What may be said of an error: its code, its facts as far as they are on the list, the next step, where it was thrown. Never its message:
 * a library may have filled it with a value.
 */
export function errorFacts(error: unknown): object {
  if (!(error instanceof Error)) return { reason: 'not an error' };
  const stack = stackOf(error);
  if (!isCodedError(error)) return { reason: error.name, system: systemCodeOf(error), stack };
  const { code, facts, nextStep } = error;
  return { code, facts: told(facts), nextStep, stack, because: codeOf(error.cause) };
}

function told(facts: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(facts).filter(([name, value]) => isTold(name, value)));
}

function isTold(name: string, value: unknown): boolean {
  if (typeof value === 'number' || typeof value === 'boolean') return true;
  return typeof value === 'string' && TOLD_AS_TEXT.has(name) && WORD.test(value);
}

/** Such as ENOSPC or SQLITE_FULL. */
function systemCodeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : undefined;
}

function codeOf(cause: unknown): string | undefined {
  return isCodedError(cause) ? cause.code : systemCodeOf(cause);
}

function stackOf({ name, stack }: Error): string {
  return [name, ...(stack ?? '').split('\n').filter((line) => line.startsWith('    at '))].join('\n');
}
