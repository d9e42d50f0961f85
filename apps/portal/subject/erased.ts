import { ApiError } from '../api/api-error.js';

/** Whether an answer says that the account is no more. */
export function isErased(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 410 || error.code === 'SUBJECT_ERASED');
}
