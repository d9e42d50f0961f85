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

/** An option without which a command cannot begin. @throws VerifierError OPTION_MISSING */
export function needed(name: string, value: string | undefined, nextStep: string): string {
  if (value !== undefined) return value;
  throw new VerifierError('OPTION_MISSING', `--${name} is missing`, { nextStep });
}

/** @param wanted what these options go with @throws VerifierError OPTIONS_CONFLICT when one of them was given */
export function refuseTogether(wanted: string, options: Readonly<Record<string, string | undefined>>): void {
  const [given] = Object.keys(options).filter((name) => options[name] !== undefined);
  if (given !== undefined)
    throw new VerifierError('OPTIONS_CONFLICT', `--${given} goes with ${wanted}`, {
      nextStep: 'Leave one of them out; --help shows examples.',
    });
}
