import { RegistryError } from './training-error.js';

/** What a failed write means to a person, by its errno; any other error as it is. */
export function storeFailure(cause: unknown): unknown {
  switch (codeOf(cause)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new RegistryError('MODEL_STORE_FULL', 'there is no room for a model file', {
        cause,
        nextStep: 'Free some space and repeat the step; nothing was half-written.',
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new RegistryError('MODEL_STORE_READ_ONLY', 'the model folder cannot be written', {
        cause,
        nextStep: 'Give the service write access to it.',
      });
    default:
      return cause;
  }
}

export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
