import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { MeasurementsView } from '#libs/portal-contract';
import { api } from '../api/api.js';

const AGAIN = 1_000; // ms
const MEASUREMENTS = 'measurements';

const routeOf = (line: string): string => `/v1/models/${encodeURIComponent(line)}`;

/** What was measured of a line, followed for as long as something is being measured. */
export function useMeasurements(line: string) {
  return useQuery({
    queryKey: [MEASUREMENTS, line],
    queryFn: () => api.get<MeasurementsView>(`${routeOf(line)}/measurements`),
    refetchInterval: ({ state }) => (state.data?.running === undefined ? false : AGAIN),
  });
}

/** Starts the measurement of a version of a line, or cancels it; what is being measured is asked for anew. */
export function useMeasuring(what: 'start' | 'cancel', line: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (version: number): Promise<void> => {
      const route = `${routeOf(line)}/versions/${version}/measurement`;
      if (what === 'cancel') return api.delete(route);
      await api.post<MeasurementsView>(route);
    },
    onSettled: () => client.invalidateQueries({ queryKey: [MEASUREMENTS] }),
  });
}
