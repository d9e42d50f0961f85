import type { KeyPeriod } from '#libs/merkle';
import { invalid } from './shape.js';

/** Keys that one role has had, at most; one a year lasts longer than anybody keeps certificates. */
export const MAX_KEYS = 64;
export const MAX_PERIODS_BYTES = 64 * 1024;

/**
 * Keys of one role, oldest first: at every place in the log some key is in force, and the last one has no end.
 *
 * @throws CertificateError FIELD_INVALID
 */
export function checkPeriods(keys: readonly KeyPeriod[]): void {
  keys.forEach(({ from, until }, at) => {
    if (from > (at === 0 ? 0 : (keys[at - 1].until ?? 0)))
      throw invalid(`[${at}].from`, 'leaves sizes that no key may sign');
    if ((until === null) !== (at === keys.length - 1))
      throw invalid(`[${at}].until`, 'belongs to all keys but the last');
    if (until !== null && until <= from) throw invalid(`[${at}].until`, 'is not larger than from');
  });
}
