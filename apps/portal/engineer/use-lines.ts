import { useQuery } from '@tanstack/react-query';
import type { ModelLineState } from '#libs/erasure';
import { api } from '../api/api.js';

/** Model lines, oldest first. */
export function useLines() {
  return useQuery({
    queryKey: ['lines'],
    queryFn: () => api.get<readonly ModelLineState[]>('/v1/models'),
  });
}
