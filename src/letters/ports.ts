import type { RequestState } from '#libs/erasure';

/** What letters are about and to whom they go. */
export interface Correspondence {
  /** @throws ErasureError REQUEST_UNKNOWN */
  request(requestId: string): RequestState;
  /** Mail address of a person, while one is known. */
  addressOf(subject: string): string | undefined;
  /** How many recipients of the data are told about a request. */
  recipients(requestId: string): number;
}
