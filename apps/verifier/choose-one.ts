import { VerifierError } from './verifier-error.js';

/**
 * The one option that was given out of several that exclude each other.
 *
 * @example chooseOne({ folder: 'ledger', url: undefined }) // ['folder', 'ledger']
 * @throws VerifierError OPTION_MISSING, OPTIONS_CONFLICT
 */
export function chooseOne<Name extends string>(
  options: Readonly<Record<Name, string | undefined>>,
): [Name, string] {
  const given = (Object.entries(options) as [Name, string | undefined][]).filter(
    (option): option is [Name, string] => option[1] !== undefined,
  );
  const [chosen] = given;
  if (chosen !== undefined && given.length === 1) return chosen;
  const names = Object.keys(options).map((name) => `--${name}`);
  throw new VerifierError(
    chosen === undefined ? 'OPTION_MISSING' : 'OPTIONS_CONFLICT',
    `expected exactly one of ${names.join(' and ')}`,
    { nextStep: 'Name one of them; --help shows examples.' },
  );
}
