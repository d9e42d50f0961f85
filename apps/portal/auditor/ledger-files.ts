import type { LogFiles } from '#libs/verification';
import { ApiError } from '../api/api-error.js';

/** The public files of the ledger, as this server hands them out to everybody. */
export function publicLedger(fetch = globalThis.fetch.bind(globalThis)): LogFiles {
  return {
    read: async (path) => {
      const response = await answered(fetch(`/ledger/${path}`));
      if (response.status === 404) return undefined;
      if (!response.ok)
        throw new ApiError(`HTTP_${response.status}`, 'The ledger’s files cannot be read.', response.status);
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}

async function answered(answer: Promise<Response>): Promise<Response> {
  try {
    return await answer;
  } catch (cause) {
    throw new ApiError('SERVER_UNREACHABLE', 'The server did not answer.', 0, {
      nextStep: 'See whether you are online, and try again.',
      cause,
    });
  }
}
