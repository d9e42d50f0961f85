import { QueryCache, QueryClient } from '@tanstack/react-query';
import { isOtherSession, mayPass } from './api-error.js';

export const SESSION_KEY = ['session'] as const;

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (isOtherSession(error) && query.queryKey[0] !== SESSION_KEY[0])
        void queryClient.invalidateQueries({ queryKey: SESSION_KEY });
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (failures, error) => failures < 2 && mayPass(error),
      throwOnError: false,
    },
    mutations: { retry: false },
  },
});
