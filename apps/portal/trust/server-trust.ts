import { useQuery } from '@tanstack/react-query';
import type { TrustView } from '#libs/portal-contract';
import { api } from '../api/api.js';
import type { TrustTexts } from './trust-choice.js';

/** Trust files, and where they came from. */
export interface TrustSource {
  readonly files: TrustTexts;
  readonly from: 'server' | 'own';
}

export function useServerTrust() {
  return useQuery({
    queryKey: ['trust'],
    queryFn: async (): Promise<TrustSource> => ({
      files: (await api.get<TrustView>('/v1/trust')).files,
      from: 'server',
    }),
    staleTime: Infinity,
  });
}
