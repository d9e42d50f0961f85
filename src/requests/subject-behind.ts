import { ErasureError } from '#libs/erasure';
import type { Vault } from '#libs/messaging';

/** The pseudonym of the person whom the controller knows under an id. @throws ErasureError SUBJECT_UNKNOWN */
export function subjectBehind(vault: Pick<Vault, 'findSubject'>, externalId: string): string {
  const subject = vault.findSubject(externalId);
  if (subject === undefined)
    throw new ErasureError('SUBJECT_UNKNOWN', 'nobody is enrolled under that id', {
      nextStep: 'Check the id; a person who was erased is no longer known under it.',
    });
  return subject;
}
