import { useSyncExternalStore } from 'react';
import { useServerTrust, type TrustSource } from './server-trust.js';
import { TrustChoices, type TrustChoice, type TrustTexts } from './trust-choice.js';
import type { UseQueryResult } from '@tanstack/react-query';

export const trustChoices = new TrustChoices();

export interface Trust {
  readonly choice: TrustChoice;
  /** Files of the choice; absent while they are coming, or until own ones were chosen. */
  readonly files?: TrustTexts;
  readonly server: UseQueryResult<TrustSource>;
}

/** Whom the verifications of this page believe. */
export function useTrust(): Trust {
  const choice = useSyncExternalStore(trustChoices.subscribe, trustChoices.current);
  const server = useServerTrust();
  return { choice, server, files: choice.source === 'server' ? server.data?.files : choice.own };
}
